// Deadline: the real-time end of a sequence of waits that guard against hanging.
import { type Clock, systemClock } from './clock.js';

/** What is left for the remaining steps once one of them has used up the time. */
const LAST_CHANCE = 100;

/** One budget of real time, spent by several waits one after the other. */
export class Deadline {
  readonly ms: number;
  readonly #clock: Clock;
  #end: number;
  #missed = false;

  /** @param ms - the whole budget, in milliseconds from now */
  constructor(ms: number, clock: Clock = systemClock) {
    this.ms = ms;
    this.#clock = clock;
    this.#end = clock.monotonic() + ms;
  }

  get passed(): boolean {
    return this.#clock.monotonic() >= this.#end;
  }

  /** Settles as `work` does, or rejects with what `missed` makes when the time is up first. The work itself goes on. */
  wait<T>(work: PromiseLike<T>, missed: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const left = Math.max(0, this.#end - this.#clock.monotonic());
      const release = this.#clock.setTimeout(() => {
        this.#giveLastChance();
        reject(missed());
      }, left);
      const settle =
        <A>(then: (value: A) => void) =>
        (value: A) => {
          release();
          then(value);
        };
      work.then(settle(resolve), settle(reject));
    });
  }

  #giveLastChance(): void {
    if (this.#missed) return;
    this.#missed = true;
    this.#end = this.#clock.monotonic() + LAST_CHANCE;
  }
}

/** Waits in real time, whatever the application's clock says. */
export function pause(ms: number): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve) => void systemClock.setTimeout(resolve, ms));
}
