// Recent: a bounded map in order of use; the entry unused for longest goes first.

/** An entry, between the one used before it and the one used after it. */
export interface Linked<K> {
  readonly key: K;
  older: this | undefined;
  newer: this | undefined;
}

/** Links in a list beside a map: using an entry moves four references, where a map alone would have to be written. */
export class Recent<K, E extends Linked<K>> {
  readonly #entries = new Map<K, E>();
  readonly #max: number;
  #oldest: E | undefined;
  #newest: E | undefined;

  /** @param max - how many entries there may be */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key; to look is not to use it. */
  find(key: K): E | undefined {
    return this.#entries.get(key);
  }

  /** Notes that one of the entries was used. */
  use(entry: E): void {
    const { older, newer } = entry;
    const newest = this.#newest;
    if (!newer || !newest) return;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    newer.older = older;
    entry.older = newest;
    entry.newer = undefined;
    newest.newer = entry;
    this.#newest = entry;
  }

  /** Puts an entry in as the newest. @returns the one that had to go for it */
  put(entry: E): E | undefined {
    this.delete(entry.key);
    this.#entries.set(entry.key, entry);
    this.#append(entry);
    const oldest = this.#oldest;
    if (this.#entries.size <= this.#max || !oldest) return undefined;
    this.delete(oldest.key);
    return oldest;
  }

  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#unlink(entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
  }

  #append(entry: E): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: E): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
  }
}
