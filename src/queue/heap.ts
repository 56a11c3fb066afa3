// Heap: items in order, each of which can be taken out wherever it stands.

/** What the heap keeps of an item: where it stands. */
export interface Placed {
  /** Its index while it is in a heap; the heap sets it. */
  place: number;
}

/**
 * A binary heap. Taking the first, adding one and removing any take O(log n). Of the small packages that we know none removes
 * an item from the middle faster than by a search, and a cancelled job must not wait for its turn to be forgotten.
 */
export class Heap<T extends Placed> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** @param before - whether `a` comes before `b` */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#put(item, this.#items.length);
    this.#rise(item);
  }

  /** Takes an item out. It must be in this heap. */
  remove(item: T): void {
    const last = this.#items.pop() as T;
    if (last === item) return;
    this.#put(last, item.place);
    this.#rise(last);
    this.#sink(last);
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }

  #rise(item: T): void {
    while (item.place > 0) {
      const parent = this.#items[(item.place - 1) >> 1] as T;
      if (!this.#before(item, parent)) return;
      this.#swap(parent, item);
    }
  }

  #sink(item: T): void {
    for (let child = this.#lesserChild(item); child; child = this.#lesserChild(item)) {
      if (!this.#before(child, item)) return;
      this.#swap(item, child);
    }
  }

  #lesserChild({ place }: T): T | undefined {
    const [left, right] = [this.#items[2 * place + 1], this.#items[2 * place + 2]];
    return left && right && this.#before(right, left) ? right : left;
  }

  /** @param upper - the parent of `lower` */
  #swap(upper: T, lower: T): void {
    const { place } = upper;
    this.#put(upper, lower.place);
    this.#put(lower, place);
  }
}
