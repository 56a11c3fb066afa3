// Random: numbers that a seed decides, so that a failing order can be run again.

/** Mulberry32: one 32-bit state, good enough to shuffle calls. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  /** One of them. */
  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] as T;
  }
}
