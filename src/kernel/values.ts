// Values: what a subscription tells, as an async iteration that ends at once when its reader or its source does.
import type { Release } from './clock.js';
import { InvalidArgumentError } from './errors.js';
import { homeOf } from './home.js';
import { type Owner, Scope } from './scope.js';

export interface ValuesOptions {
  /** How many values are kept for a reader that is slower than the source; beyond, the oldest are dropped. @default 1,000 */
  readonly buffer?: number;
  /** Begin with the last value, if there is one. @default false */
  readonly immediate?: boolean;
  /** Ends the iteration when it stops. */
  readonly owner?: Owner;
  /** Ends the iteration when it aborts. */
  readonly signal?: AbortSignal;
}

/** Every name of an option. */
export const VALUES: readonly string[] = ['buffer', 'immediate', 'owner', 'signal'] satisfies (keyof ValuesOptions)[];

/** What is iterated over. */
export interface ValuesSource<T> {
  /** Begins the telling; `end` ends the iteration, for a source that has no signal. */
  subscribe(take: (value: T) => void, end: () => void): Release;
  /** Told of each value that a slow reader has lost. */
  dropped?(): void;
  /** What a reader gets that lets more values wait than it may; without it the oldest are lost. */
  tooSlow?(): Error;
  /** One of them is aborted when no more values come. */
  readonly signals: readonly AbortSignal[];
}

const BUFFER = 1_000;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * One reader of a watcher.
 *
 * @example
 * const time = createWatcher('time', { poll: () => Date.now(), interval: 1000 });
 * const reader = time.values({ buffer: 1 });
 * for await (const now of reader) console.log(now, reader.dropped);
 */
export class Values<T> implements AsyncIterableIterator<T> {
  readonly #source: ValuesSource<T>;
  readonly #limit: number;
  readonly #kept: T[] = [];
  readonly #readers: ((result: IteratorResult<T>) => void)[] = [];
  readonly #releases: Release[] = [];
  readonly #end = () => void this.return();
  #ended = false;
  #dropped = 0;
  #failure: Error | undefined;

  /** Use `watch.values()`. @throws SPECTER_INVALID_ARGUMENT for a buffer that holds nothing */
  constructor(source: ValuesSource<T>, { buffer = BUFFER, owner, signal }: ValuesOptions = {}) {
    if (!(buffer >= 1)) throw new InvalidArgumentError('buffer of values()', 'a number of at least 1', buffer);
    this.#source = source;
    this.#limit = Math.floor(buffer);
    for (const end of [...source.signals, ...(signal ? [signal] : [])]) this.#endWith(end);
    if (this.#ended) return;
    if (owner) this.#endWithOwner(owner);
    if (this.#ended) return;
    this.#releases.push(source.subscribe((value) => this.#take(value), this.#end));
  }

  /** How many values this reader has lost because it was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#failure) return this.#fail(this.#failure);
    if (this.#kept.length > 0) return Promise.resolve({ done: false, value: this.#kept.shift() as T });
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Ends the iteration, also for a reader that is waiting. */
  return(): Promise<IteratorResult<T>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#kept.length = 0;
      for (const release of this.#releases.splice(0)) release();
      for (const reader of this.#readers.splice(0)) reader(END);
    }
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Its signal comes first: a task of the owner that reads here ends before anything is released. */
  #endWithOwner(owner: Owner): void {
    this.#releases.push(owner.addCleanup(this.#end));
    const signal = (owner instanceof Scope ? owner : homeOf(owner)?.scope)?.signal;
    if (signal) this.#endWith(signal);
  }

  #endWith(signal: AbortSignal): void {
    if (this.#ended) return;
    if (signal.aborted) return this.#end();
    signal.addEventListener('abort', this.#end, { once: true });
    this.#releases.push(() => signal.removeEventListener('abort', this.#end));
  }

  #take(value: T): void {
    const reader = this.#readers.shift();
    if (reader) return reader({ done: false, value });
    if (this.#kept.push(value) <= this.#limit) return;
    if (this.#source.tooSlow) return this.#letGo(this.#source.tooSlow());
    this.#kept.shift();
    this.#dropped++;
    this.#source.dropped?.();
  }

  /** What waits is let go, too: the reader is told at its next turn, once. */
  #letGo(failure: Error): void {
    this.#failure = failure;
    this.#end();
  }

  #fail(failure: Error): Promise<never> {
    this.#failure = undefined;
    return Promise.reject(failure);
  }
}
