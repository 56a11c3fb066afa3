// Tally: what went wrong, in the order of its first time, each told once with how often it happened.

interface Entry {
  readonly what: string;
  readonly why: string;
  times: number;
}

/** Counts equal things. */
export class Tally {
  readonly #entries = new Map<string, Entry>();

  /** @param why - told after the count */
  add(what: string, why = ''): void {
    const key = JSON.stringify([what, why]);
    const entry = this.#entries.get(key) ?? { what, why, times: 0 };
    entry.times++;
    this.#entries.set(key, entry);
  }

  /** One sentence each. */
  get lines(): readonly string[] {
    return [...this.#entries.values()].map(
      ({ what, why, times }) => `${what}${times > 1 ? ` ${times} times` : ''}${why && `: ${why}`}`,
    );
  }
}
