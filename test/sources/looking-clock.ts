// LookingClock: real time that knows when a source has looked, because then it waits.
import { Clock, type Release, systemClock } from '../../src/kernel/clock.js';

export class LookingClock extends Clock {
  readonly #waiting = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  setTimeout(fn: () => void, ms: number): Release {
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
    return systemClock.setTimeout(fn, ms);
  }

  /** Resolves when a look is over that began after this call; the one that is under way may have seen less. */
  async looked(): Promise<void> {
    for (let looks = 0; looks < 2; looks++) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }
}
