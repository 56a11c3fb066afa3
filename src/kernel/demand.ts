// Demand: whether anybody wants something, and the wait for somebody who does.
import type { Release } from './clock.js';

/** How many want it at this moment. */
export class Demand {
  #count = 0;
  readonly #waiting = new Set<() => void>();
  readonly #leaving = new Set<() => void>();

  get any(): boolean {
    return this.#count > 0;
  }

  /** One more wants it, until the release. */
  join(): Release {
    let joined = true;
    if (++this.#count === 1) for (const wake of [...this.#waiting]) wake();
    return () => {
      if (!joined) return;
      joined = false;
      if (--this.#count === 0) for (const leave of [...this.#leaving]) leave();
    };
  }

  /** Resolves when somebody wants it, or the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (this.any || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Calls `fn` each time nobody wants it any more. */
  whenNone(fn: () => void): Release {
    this.#leaving.add(fn);
    return () => void this.#leaving.delete(fn);
  }
}
