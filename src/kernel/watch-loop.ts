// The loop under a watch: polls or follows a source, with patience after failures. Never overlaps, never spins.
import { type BackoffOptions, backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import { errorOf, WaitTimeoutError } from './errors.js';

/** Where a watch gets its values. */
export type WatchSource<T> = PollSource<T> | StreamSource<T>;

export interface PollSource<T> {
  readonly poll: (signal: AbortSignal) => T | Promise<T>;
  /** Milliseconds between the end of one poll and the next. */
  readonly interval: number;
}

export interface StreamSource<T> {
  readonly stream: (signal: AbortSignal) => AsyncIterable<T>;
}

export interface WatchOptions<T = unknown> {
  /** Tell only values that differ, deeply, from the last one. @default false */
  readonly dedupe?: boolean;
  /** Changes each value before anybody sees it. */
  readonly transform?: (value: T) => T;
  /** Try again after a failure: for ever, so many times in a row, or not at all. @default true */
  readonly retry?: boolean | number;
  /** How long to wait between tries; the first good value resets it. @default 1 s, doubled up to 30 s */
  readonly backoff?: BackoffOptions;
  /** Poll at once when it starts. @default true */
  readonly immediate?: boolean;
  /** Milliseconds for one poll; its signal is aborted then. @default none */
  readonly timeout?: number;
  /** Open a stream again when it ends by itself. @default true */
  readonly restart?: boolean;
}

/** What the loop tells. */
export interface Sink<T> {
  readonly name: string;
  take(value: T): void;
  failed(error: Error, failures: number, retryIn: number): void;
  gaveUp(error: Error, failures: number): void;
}

const DEFAULT_BACKOFF: Required<BackoffOptions> = { min: 1_000, max: 30_000, factor: 2, jitter: 0 };

/** A poll at hand. */
interface Pending<T> {
  readonly result: Promise<T>;
  readonly abort: (reason: unknown) => void;
}

/** One source, one sink, and how often the source has failed in a row. */
export class WatchLoop<T> {
  readonly #source: WatchSource<T>;
  readonly #options: WatchOptions<T>;
  readonly #sink: Sink<T>;
  readonly #clock: Clock;
  #failures = 0;
  #pending: Pending<T> | undefined;

  constructor(source: WatchSource<T>, options: WatchOptions<T>, at: { sink: Sink<T>; clock: Clock }) {
    this.#source = source;
    this.#options = options;
    this.#sink = at.sink;
    this.#clock = at.clock;
  }

  /** Runs until the signal aborts, the source is used up, or patience has come to its end. */
  async run(signal: AbortSignal): Promise<void> {
    const source = this.#source;
    const polls = 'poll' in source;
    if (polls && this.#options.immediate === false && !(await this.#pause(source.interval, signal))) return;
    while (!signal.aborted) {
      const wait = polls
        ? await this.#try(() => this.#poll(source, signal), signal)
        : await this.#try(() => this.#follow(source, signal), signal);
      if (wait === undefined || !(await this.#pause(wait, signal))) return;
    }
  }

  /** Milliseconds until the next try, or undefined when there is none. */
  async #try(work: () => Promise<number | undefined>, signal: AbortSignal): Promise<number | undefined> {
    try {
      return await work();
    } catch (thrown) {
      return signal.aborted ? undefined : this.#afterFailure(errorOf(thrown));
    }
  }

  async #poll(source: PollSource<T>, signal: AbortSignal): Promise<number> {
    this.#good(await this.#pollOnce(source, signal));
    return source.interval;
  }

  /** A poll that overran its time is waited for again: a second one beside it would overlap. */
  #pollOnce(source: PollSource<T>, signal: AbortSignal): Promise<T> {
    this.#pending ??= this.#begin(source, signal);
    const { result, abort } = this.#pending;
    const { timeout } = this.#options;
    if (timeout === undefined) return result;
    return new Promise((resolve, reject) => {
      const late = () => {
        const error = new WaitTimeoutError(this.#sink.name, 'its poll', timeout);
        abort(error);
        reject(error);
      };
      const disarm = this.#clock.setTimeout(late, timeout);
      result.finally(disarm).then(resolve, reject);
    });
  }

  /** Not given up when the watch stops: a poll at hand is part of the work that the stop waits for. */
  #begin(source: PollSource<T>, signal: AbortSignal): Pending<T> {
    const own = new AbortController();
    const abort = (reason: unknown) => own.abort(reason);
    const end = () => abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const result = Promise.resolve()
      .then(() => source.poll(own.signal))
      .finally(() => {
        signal.removeEventListener('abort', end);
        this.#pending = undefined;
      });
    return { result, abort };
  }

  /** A stream that ends is opened again with the same patience as one that failed. */
  async #follow(source: StreamSource<T>, signal: AbortSignal): Promise<undefined> {
    for await (const value of source.stream(signal)) {
      if (signal.aborted) return undefined;
      this.#good(value);
    }
    if (this.#options.restart === false) return undefined;
    throw new Error('its stream ended');
  }

  #good(value: T): void {
    this.#sink.take(value);
    this.#failures = 0;
  }

  #afterFailure(error: Error): number | undefined {
    this.#failures += 1;
    const { retry = true, backoff } = this.#options;
    const tries = retry === true ? Number.POSITIVE_INFINITY : Number(retry);
    if (this.#failures > tries) {
      this.#sink.gaveUp(error, this.#failures);
      return undefined;
    }
    const retryIn = backoffDelay(this.#failures, { ...DEFAULT_BACKOFF, ...backoff });
    this.#sink.failed(error, this.#failures, retryIn);
    return retryIn;
  }

  /** Whether there is reason to go on after that time. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    await this.#clock.sleep(ms, { signal }).catch(() => {});
    return !signal.aborted;
  }
}
