// Kept: answers by name, for as long as somebody may ask again. The oldest are forgotten first.
import type { Clock } from '../kernel/clock.js';

/** How long, and how many. */
interface KeptOptions {
  /** Milliseconds. */
  readonly window: number;
  readonly most: number;
}

/** The most characters of all that is kept; the newest is kept however long it is. */
const MOST_TEXT = 16 * 1024 * 1024;

/** What has a text, until its time is over or there is too much of it. */
export class Kept<T extends { readonly text: string }> {
  readonly #clock: Clock;
  readonly #options: KeptOptions;
  /** In the order in which they came. */
  readonly #items = new Map<string, { readonly item: T; readonly until: number }>();
  #text = 0;

  constructor(clock: Clock, options: KeptOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): T | undefined {
    this.#forgetOld();
    return this.#items.get(key)?.item;
  }

  add(key: string, item: T): void {
    if (this.#items.has(key)) return;
    this.#items.set(key, { item, until: this.#clock.monotonic() + this.#options.window });
    this.#text += item.text.length;
    this.#forgetOld();
  }

  clear(): void {
    this.#items.clear();
    this.#text = 0;
  }

  /** Without a timer: what is kept too long is only in the way of what comes next. */
  #forgetOld(): void {
    const now = this.#clock.monotonic();
    for (const [key, { item, until }] of this.#items) {
      const { size } = this.#items;
      const fits = size <= this.#options.most && (this.#text <= MOST_TEXT || size === 1);
      if (until > now && fits) return;
      this.#items.delete(key);
      this.#text -= item.text.length;
    }
  }
}
