// The loop under a watch: polls or follows a source, with patience after failures. Never overlaps, never spins.
import { type BackoffOptions, checkBackoff, fillBackoff } from './backoff.js';
import { type Clock, checkDuration } from './clock.js';
import { errorOf, InvalidArgumentError, WaitTimeoutError } from './errors.js';
import { RestartBudget, restartPolicy } from './restart-budget.js';

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

const BACKOFF: Required<BackoffOptions> = { min: 1_000, max: 30_000, factor: 2, jitter: 0 };

/** A poll at hand. */
interface Pending<T> {
  readonly result: Promise<T>;
  readonly abort: (reason: unknown) => void;
}

/** One source, one sink, and the patience with the source. */
export class WatchLoop<T> {
  readonly #source: WatchSource<T>;
  readonly #options: WatchOptions<T>;
  readonly #sink: Sink<T>;
  readonly #clock: Clock;
  readonly #budget: RestartBudget;
  #pending: Pending<T> | undefined;

  constructor(source: WatchSource<T>, options: WatchOptions<T>, at: { sink: Sink<T>; clock: Clock }) {
    this.#source = source;
    this.#options = options;
    this.#sink = at.sink;
    this.#clock = at.clock;
    this.#budget = budgetOf(options);
    check(at.sink.name, source, options);
    const { backoff, maxRestarts } = this.#budget.policy;
    // Each good value begins the count anew.
    checkBackoff(`backoff of ${at.sink.name}`, backoff, maxRestarts > 0);
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
    this.#budget.reset();
  }

  #afterFailure(error: Error): number | undefined {
    const retry = this.#budget.failed(this.#clock.monotonic());
    if (retry) this.#sink.failed(error, retry.attempt, retry.delay);
    else this.#sink.gaveUp(error, this.#budget.policy.maxRestarts + 1);
    return retry?.delay;
  }

  /** Whether there is reason to go on after that time. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    await this.#clock.sleep(ms, { signal }).catch(() => {});
    return !signal.aborted;
  }
}

/** In a row, not in a window: however long ago the last good value was. */
function budgetOf({ retry = true, backoff }: Pick<WatchOptions, 'retry' | 'backoff'>): RestartBudget {
  const maxRestarts = retry === true ? Number.POSITIVE_INFINITY : Number(retry);
  return new RestartBudget(
    restartPolicy({ maxRestarts, within: Number.POSITIVE_INFINITY, backoff: fillBackoff(BACKOFF, backoff) }),
  );
}

/** @throws SPECTER_INVALID_ARGUMENT for times that would make it spin */
function check<T>(name: string, source: WatchSource<T>, { timeout = 0 }: WatchOptions<T>): void {
  checkDuration(`timeout of ${name}`, timeout);
  if (!('poll' in source)) return;
  checkDuration(`interval of ${name}`, source.interval);
  if (source.interval < 1)
    throw new InvalidArgumentError(`interval of ${name}`, 'at least 1 millisecond', source.interval);
}
