// Ring: the latest readings of one device, never more than it has room for.
import type { Reading } from './reading.js';

/** Numbers in two typed arrays: a thousand devices with a day each are 24 MB, and nothing for the garbage collector. */
export class Ring {
  readonly #at: Float64Array;
  readonly #values: Float64Array;
  #count = 0;

  constructor(readonly capacity: number) {
    this.#at = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get size(): number {
    return Math.min(this.#count, this.capacity);
  }

  push({ at, value }: Reading): void {
    const slot = this.#count++ % this.capacity;
    this.#at[slot] = at;
    this.#values[slot] = value;
  }

  /** The readings since that moment, the oldest first. */
  since(from: number): Reading[] {
    const found: Reading[] = [];
    const oldest = this.#count - this.size;
    for (let i = this.#count - 1; i >= oldest; i--) {
      const at = this.#at[i % this.capacity] as number;
      if (at < from) break;
      found.push({ at, value: this.#values[i % this.capacity] as number });
    }
    return found.reverse();
  }
}
