// RestartBudget: how often something that failed may begin again, and how long it waits before each try. Pure: the caller brings the time.
import { type BackoffOptions, backoffDelay, checkBackoff, fillBackoff } from './backoff.js';
import { checkDuration } from './clock.js';
import { InvalidOptionError } from './errors.js';
import { checkOptionKeys } from './option-keys.js';

/** When and how often something that failed begins again. Services, watchers and processes are told in the same words. */
export interface RestartOptions<On extends string = 'failure' | 'never'> {
  /** `'failure'`: after `fail()`, a critical task that rejects, a watcher that gives up. `'never'`: it is only reported. @default 'never' */
  readonly on?: On;
  /** More restarts than this within `within` stop the application. @default 5 */
  readonly maxRestarts?: number;
  /** Milliseconds over which restarts are counted. @default 60,000 */
  readonly within?: number;
  /** How long to wait before each. @default 100 ms, doubled up to 30 s, spread by a fifth */
  readonly backoff?: BackoffOptions;
}

/** What a budget goes by: all of it said. */
export interface RestartPolicy {
  readonly maxRestarts: number;
  readonly within: number;
  readonly backoff: Required<BackoffOptions>;
}

/** One more try: the how many-th in a row, and after how many milliseconds. */
export interface Retry {
  readonly attempt: number;
  readonly delay: number;
}

const BACKOFF = { min: 100, max: 30_000, factor: 2, jitter: 0.2 } as const;
/** After so many milliseconds of running, the next failure is a first one again. */
const HEALTHY = 30_000;
type Key = keyof RestartOptions;
const WHEN: readonly string[] = ['failure', 'never'];

/** Fills in what was not said. */
export function restartPolicy({ maxRestarts = 5, within = 60_000, backoff }: RestartOptions = {}): RestartPolicy {
  return { maxRestarts, within, backoff: fillBackoff(BACKOFF, backoff) };
}

/** @param when - what `on` may be @throws SPECTER_INVALID_ARGUMENT for what would restart without a pause or without an end, or never although it should */
export function checkRestart(who: string, options: RestartOptions<string>, when = WHEN): void {
  checkOptionKeys(`restart of ${who}`, options, ['on', 'maxRestarts', 'within', 'backoff'] satisfies Key[]);
  checkOptionKeys(`restart.backoff of ${who}`, options.backoff ?? {}, Object.keys(BACKOFF));
  const { maxRestarts, within, backoff } = restartPolicy(options as RestartOptions);
  checkDuration(`restart.within of ${who}`, within, InvalidOptionError);
  checkBackoff(`restart.backoff of ${who}`, backoff, maxRestarts === Number.POSITIVE_INFINITY);
  if (!(maxRestarts >= 0))
    throw new InvalidOptionError(`restart.maxRestarts of ${who}`, 'a number of at least 0', maxRestarts);
  if (!when.includes(options.on ?? 'never'))
    throw new InvalidOptionError(`restart.on of ${who}`, `one of ${when.join(', ')}`, options.on);
}

/**
 * Counts the failures of one thing in a sliding window, and those in a row.
 *
 * @example
 * const budget = new RestartBudget(restartPolicy({ maxRestarts: 1 }));
 * budget.failed(0); // { attempt: 1, delay: about 100 }
 * budget.failed(500); // undefined: that was one too many
 */
export class RestartBudget {
  readonly policy: RestartPolicy;
  /** Times of the failures within the window. */
  #times: number[] = [];
  #attempt = 0;
  /** Since when it runs; undefined while it does not. */
  #upSince: number | undefined;

  constructor(policy: RestartPolicy) {
    this.policy = policy;
  }

  /** It failed. @returns when to try again, or undefined when it has failed more often than it may */
  failed(now: number): Retry | undefined {
    this.stopped(now);
    const { maxRestarts, backoff } = this.policy;
    this.#note(now);
    if (this.#times.length > maxRestarts) return undefined;
    this.#attempt += 1;
    return { attempt: this.#attempt, delay: backoffDelay(this.#attempt, backoff) };
  }

  /** It runs. */
  started(now: number): void {
    this.#upSince = now;
  }

  /** It runs no more, for whatever reason; long enough, and the next failure is a first one. */
  stopped(now: number): void {
    if (this.#upSince !== undefined && now - this.#upSince >= HEALTHY) this.#attempt = 0;
    this.#upSince = undefined;
  }

  /** It has proved to be well: nothing counts any more. */
  reset(): void {
    this.#times = [];
    this.#attempt = 0;
  }

  /** Only the latest can be within the window later; whoever may fail for ever needs no memory of any. */
  #note(now: number): void {
    const { maxRestarts, within } = this.policy;
    const latest = [...this.#times.filter((time) => now - time < within), now];
    this.#times = Number.isFinite(maxRestarts) ? latest.slice(-(Math.floor(maxRestarts) + 1)) : [];
  }
}
