// Values: what a subscription tells, as an async iteration that ends at once when its reader or its source does.
import type { Release } from './clock.js';

/** Values kept for a reader that is slower than the source. */
const BUFFER = 1_000;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

export interface ValuesOptions {
  /** Each of them ends it. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** How many values may wait for the reader. @default 1,000 */
  readonly limit?: number;
  /** What a reader gets that lets more wait; without it the oldest are lost. */
  readonly tooSlow?: () => Error;
}

/** One reader of a subscription. */
export class Values<T> implements AsyncIterableIterator<T> {
  readonly #kept: T[] = [];
  readonly #readers: ((result: IteratorResult<T>) => void)[] = [];
  readonly #options: ValuesOptions;
  readonly #limit: number;
  readonly #forget: Release;
  readonly #end = () => void this.return();
  #ended = false;
  #failure: Error | undefined;

  /** @param subscribe - begins the telling; `end` ends the iteration, for a source that has no signal */
  constructor(subscribe: (take: (value: T) => void, end: () => void) => Release, options: ValuesOptions) {
    this.#options = options;
    this.#limit = options.limit ?? BUFFER;
    this.#forget = subscribe((value) => this.#take(value), this.#end);
    for (const signal of options.signals) {
      if (signal?.aborted) this.#end();
      else signal?.addEventListener('abort', this.#end, { once: true });
    }
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#failure) return this.#fail();
    if (this.#kept.length > 0) return Promise.resolve({ done: false, value: this.#kept.shift() as T });
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Ends the iteration, also for a reader that is waiting. */
  return(): Promise<IteratorResult<T>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#kept.length = 0;
      this.#forget();
      for (const signal of this.#options.signals) signal?.removeEventListener('abort', this.#end);
      for (const reader of this.#readers.splice(0)) reader(END);
    }
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(value: T): void {
    const reader = this.#readers.shift();
    if (reader) return reader({ done: false, value });
    if (this.#kept.push(value) <= this.#limit) return;
    if (this.#options.tooSlow) this.#letGo(this.#options.tooSlow());
    else this.#kept.shift();
  }

  /** What waits is let go, too: the reader is told at its next turn. */
  #letGo(failure: Error): void {
    this.#failure = failure;
    this.#end();
  }

  #fail(): Promise<never> {
    const failure = this.#failure;
    this.#failure = undefined;
    return Promise.reject(failure);
  }
}
