// StopWaits: tells what a stop waits for when it takes its time, so that it does not look like one that hangs.
import type { UnderWay } from './app/events.js';
import { type Release, systemClock } from './kernel/clock.js';
import type { Events } from './kernel/events.js';

/** Milliseconds until it is told for the first time, and until it is told again. */
const FIRST = 1_000;
const AGAIN = 5_000;

/** Looks at what is under way until the stop has come to its end. */
export class StopWaits {
  readonly #events: Events;
  readonly #look: () => UnderWay;
  #begun = 0;
  #disarm: Release | undefined;

  constructor(events: Events, look: () => UnderWay) {
    this.#events = events;
    this.#look = look;
  }

  /** The stop begins, or goes on. */
  begin(): void {
    if (this.#disarm) return;
    this.#begun = performance.now();
    this.#wake(FIRST);
  }

  end(): void {
    this.#disarm?.();
  }

  /** In real time, as the deadlines that it waits for. */
  #wake(ms: number): void {
    this.#disarm = systemClock.setTimeout(() => {
      this.#tell();
      this.#wake(AGAIN);
    }, ms);
  }

  #tell(): void {
    const underWay = this.#look();
    const isAny = Object.values(underWay).some((what: readonly string[]) => what.length > 0);
    if (isAny) this.#events.emit('app-waiting', { duration: performance.now() - this.#begun, ...underWay });
  }
}
