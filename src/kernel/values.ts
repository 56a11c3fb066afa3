// Values: what a subscription tells, as an async iteration that ends at once when its reader or its source does.
import type { Release } from './clock.js';

/** Values kept for a reader that is slower than the source. */
const BUFFER = 1_000;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One reader of a subscription. */
export class Values<T> implements AsyncIterableIterator<T> {
  readonly #kept: T[] = [];
  readonly #readers: ((result: IteratorResult<T>) => void)[] = [];
  readonly #signal: AbortSignal;
  readonly #forget: Release;
  readonly #end = () => void this.return();
  #ended = false;

  /** @param subscribe - begins the telling; @param signal - aborted when the source ends */
  constructor(subscribe: (take: (value: T) => void) => Release, signal: AbortSignal) {
    this.#signal = signal;
    this.#forget = subscribe((value) => this.#take(value));
    if (signal.aborted) this.#end();
    else signal.addEventListener('abort', this.#end, { once: true });
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#kept.length > 0) return Promise.resolve({ done: false, value: this.#kept.shift() as T });
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Ends the iteration, also for a reader that is waiting. */
  return(): Promise<IteratorResult<T>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#forget();
      this.#signal.removeEventListener('abort', this.#end);
      for (const reader of this.#readers.splice(0)) reader(END);
    }
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(value: T): void {
    const reader = this.#readers.shift();
    if (reader) reader({ done: false, value });
    else if (this.#kept.push(value) > BUFFER) this.#kept.shift();
  }
}
