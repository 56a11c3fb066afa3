// InFlight: how many calls are under way, and when the last of them has ended.
import { isThenable } from '../kernel/thenable.js';

/** Counts calls from their begin to their end, however they end. */
export class InFlight {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** Does a piece of work, which may take time. */
  run<T>(work: () => T): T {
    this.#count++;
    try {
      const result = work();
      // Looking at what came back may throw as well.
      if (isThenable(result)) return Promise.resolve(result).finally(() => this.#leave()) as T;
      this.#leave();
      return result;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Resolves when nothing is under way; undefined when nothing is. */
  settled(): Promise<void> | undefined {
    if (this.#count === 0) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    this.#count--;
    if (this.#count > 0 || this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
