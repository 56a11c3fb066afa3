// Seats: how many of one kind are there, up to a number.
import type { Release } from '../kernel/clock.js';

/** Counts by key, and gives out no more than so many of each. */
export class Seats {
  readonly #most: number;
  readonly #taken = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether none is left. */
  isFull(key: string): boolean {
    return (this.#taken.get(key) ?? 0) >= this.#most;
  }

  /** @returns gives it back; undefined when none is left */
  take(key: string): Release | undefined {
    if (this.isFull(key)) return undefined;
    this.enter(key);
    let held = true;
    return () => {
      if (held) this.leave(key);
      held = false;
    };
  }

  /** Counts somebody who is there already, whether one is left or not. */
  enter(key: string): void {
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
  }

  /** Who was counted has gone. */
  leave(key: string): void {
    const left = (this.#taken.get(key) ?? 0) - 1;
    if (left > 0) this.#taken.set(key, left);
    else this.#taken.delete(key);
  }
}
