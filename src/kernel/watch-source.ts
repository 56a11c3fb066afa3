// Where a watch gets its values, how it goes about it, and what is wrong with that.
import { type BackoffOptions, checkBackoff, fillBackoff } from './backoff.js';
import { checkDuration } from './clock.js';
import { InvalidOptionError } from './errors.js';
import { checkOptionKeys } from './option-keys.js';
import { RestartBudget, restartPolicy } from './restart-budget.js';

/**
 * What a poll returns that went well and has nothing to tell.
 *
 * @example
 * createWatcher('even', { poll: () => (Date.now() % 2 === 0 ? 'even' : unchanged), interval: 1000 });
 */
export const unchanged: unique symbol = Symbol('unchanged');
export type Unchanged = typeof unchanged;

/** Where a watch gets its values. */
export type WatchSource<T> = PollSource<T> | StreamSource<T>;

export interface PollSource<T> {
  readonly poll: (signal: AbortSignal) => T | Unchanged | Promise<T | Unchanged>;
  /** Milliseconds between the end of one poll and the next. */
  readonly interval: number;
}

export interface StreamSource<T> {
  readonly stream: (signal: AbortSignal) => AsyncIterable<T>;
}

export interface WatchOptions<T = unknown> {
  /** Tell only values that differ, deeply, from the last one; or that differ in what a function takes from them. @default false */
  readonly dedupe?: boolean | ((value: T) => unknown);
  /** Changes each value before anybody sees it. */
  readonly transform?: (value: T) => T;
  /** Try again after a failure: for ever, so many times in a row, or not at all. @default true */
  readonly retry?: boolean | number;
  /** How long to wait between tries; the first good value resets it. @default 1 s, doubled up to 30 s */
  readonly backoff?: BackoffOptions;
  /** Poll at once when it starts, and when a lazy one resumes. @default true */
  readonly immediate?: boolean;
  /** Milliseconds for one poll; its signal is aborted then. @default none */
  readonly timeout?: number;
  /** Open a stream again when it ends by itself. @default true */
  readonly restart?: boolean;
  /** Rest while nobody listens. @default false */
  readonly lazy?: boolean;
}

type Key = keyof WatchOptions;
const KEYS: Readonly<Record<Key, true>> = {
  dedupe: true,
  transform: true,
  retry: true,
  backoff: true,
  immediate: true,
  timeout: true,
  restart: true,
  lazy: true,
};
/** The names of the options of a watch. */
export const WATCH_KEYS: readonly string[] = Object.keys(KEYS);

const BACKOFF: Required<BackoffOptions> = { min: 1_000, max: 30_000, factor: 2, jitter: 0 };

/** In a row, not in a window: however long ago the last good value was. */
export function budgetOf({ retry = true, backoff }: Pick<WatchOptions, 'retry' | 'backoff'>): RestartBudget {
  const maxRestarts = retry === true ? Number.POSITIVE_INFINITY : Number(retry);
  return new RestartBudget(
    restartPolicy({ maxRestarts, within: Number.POSITIVE_INFINITY, backoff: fillBackoff(BACKOFF, backoff) }),
  );
}

/** @throws SPECTER_INVALID_ARGUMENT for options that nobody reads, and for times that would make it spin */
export function checkWatch<T>(name: string, source: WatchSource<T>, options: WatchOptions<T>): void {
  checkWatchOptions(name, options);
  if (!('poll' in source)) return;
  checkDuration(`interval of ${name}`, source.interval, InvalidOptionError);
  if (source.interval < 1)
    throw new InvalidOptionError(`interval of ${name}`, 'at least 1 millisecond', source.interval);
}

/** What can be known before there is a source. @throws SPECTER_INVALID_ARGUMENT */
export function checkWatchOptions<T>(name: string, options: WatchOptions<T>): void {
  checkOptionKeys(`The watcher ${name}`, options, WATCH_KEYS);
  checkOptionKeys(`backoff of ${name}`, options.backoff ?? {}, Object.keys(BACKOFF));
  checkDuration(`timeout of ${name}`, options.timeout ?? 0, InvalidOptionError);
  checkRetry(name, options.retry);
  const { backoff, maxRestarts } = budgetOf(options).policy;
  // Each good value begins the count anew.
  checkBackoff(`backoff of ${name}`, backoff, maxRestarts > 0);
}

function checkRetry(name: string, retry: unknown = true): void {
  if (typeof retry !== 'boolean' && !(Number(retry) >= 0))
    throw new InvalidOptionError(`retry of ${name}`, 'true, false, or a number of at least 0', retry);
}
