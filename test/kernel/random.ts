// Random: numbers that come in the same order for the same seed, for tests of properties.

/** The seed of this run; `SEED=7 npx jest ...` repeats a run that failed. */
export const SEED = Number(process.env.SEED ?? 42);

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * end);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
