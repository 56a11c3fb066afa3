// Random: choices that a seed decides, so that a failing order can be run again.
import { seeded } from '../kernel/random.js';

/** Chooses; good enough to shuffle calls. */
export class Random {
  readonly seed: number;
  readonly #next: () => number;

  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.seed = seed;
    this.#next = seeded(seed);
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** One of them. */
  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] as T;
  }
}
