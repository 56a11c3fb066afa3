// The loop under a watch: polls or follows a source, with patience after failures. Never overlaps, never spins.
import type { Clock } from './clock.js';
import type { Demand } from './demand.js';
import { errorOf } from './errors.js';
import { PollAtHand } from './poll-at-hand.js';
import type { RestartBudget } from './restart-budget.js';
import { StreamAtHand } from './stream-at-hand.js';
import {
  budgetOf,
  checkWatch,
  type PollSource,
  type StreamSource,
  type Unchanged,
  type WatchOptions,
  type WatchSource,
} from './watch-source.js';

/** What the loop tells. */
export interface Sink<T> {
  readonly name: string;
  /** Whether anybody listens. */
  readonly demand: Demand;
  take(value: T | Unchanged): void;
  failed(error: Error, failures: number, retryIn: number): void;
  gaveUp(error: Error, failures: number): void;
  /** What went wrong after nobody waited for it any more. */
  late(error: Error): void;
}

/** What one source has under way; it outlives the loop when it does not end with it. */
export class Hands<T> {
  readonly poll = new PollAtHand<T>();
  readonly stream = new StreamAtHand<T>();
}

/** One source, one sink, and the patience with the source. */
export class WatchLoop<T> {
  readonly #source: WatchSource<T>;
  readonly #options: WatchOptions<T>;
  readonly #sink: Sink<T>;
  readonly #clock: Clock;
  readonly #hands: Hands<T>;
  readonly #budget: RestartBudget;

  /** @throws SPECTER_INVALID_ARGUMENT for options that would make it spin */
  constructor(source: WatchSource<T>, options: WatchOptions<T>, at: { sink: Sink<T>; clock: Clock; hands?: Hands<T> }) {
    this.#source = source;
    this.#options = options;
    this.#sink = at.sink;
    this.#clock = at.clock;
    this.#hands = at.hands ?? new Hands();
    checkWatch(at.sink.name, source, options);
    this.#budget = budgetOf(options);
  }

  /** Runs until the signal aborts, the source is used up, or patience has come to its end; then until what is under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#turns(signal);
    await Promise.all([this.#hands.poll.ended(signal), this.#hands.stream.ended(signal)]);
  }

  async #turns(signal: AbortSignal): Promise<void> {
    const now = () => this.#clock.monotonic();
    let due = now() + this.#delay;
    while (!signal.aborted) {
      if (await this.#rest(signal)) due = Math.max(due, now() + this.#delay);
      if (!(await this.#pause(due - now(), signal))) return;
      if (!this.#wanted) continue;
      const wait = await this.#try(signal);
      if (wait === undefined) return;
      due = now() + wait;
    }
  }

  /** Milliseconds to wait before the first poll of all, and the first after a rest. */
  get #delay(): number {
    return this.#options.immediate === false && 'poll' in this.#source ? this.#source.interval : 0;
  }

  get #wanted(): boolean {
    return !this.#options.lazy || this.#sink.demand.any;
  }

  /** @returns whether there was a rest */
  async #rest(signal: AbortSignal): Promise<boolean> {
    if (this.#wanted) return false;
    await this.#sink.demand.wait(signal);
    return true;
  }

  /** Milliseconds until the next try, or undefined when there is none. */
  async #try(signal: AbortSignal): Promise<number | undefined> {
    const source = this.#source;
    try {
      return 'poll' in source ? await this.#poll(source, signal) : await this.#follow(source, signal);
    } catch (thrown) {
      return signal.aborted ? undefined : this.#afterFailure(errorOf(thrown));
    }
  }

  async #poll(source: PollSource<T>, signal: AbortSignal): Promise<number> {
    const { name, late } = this.#sink;
    const { timeout } = this.#options;
    this.#good(await this.#hands.poll.ask(source, { name, signal, timeout, clock: this.#clock, late }));
    return source.interval;
  }

  /** A stream that ends is opened again with the same patience as one that failed. */
  async #follow(source: StreamSource<T>, signal: AbortSignal): Promise<number | undefined> {
    const { demand, late } = this.#sink;
    const whenUnwanted = (fn: () => void) => (this.#options.lazy ? demand.whenNone(fn) : () => {});
    const take = (value: T) => this.#good(value);
    if (!(await this.#hands.stream.follow(source, { signal, clock: this.#clock, whenUnwanted, take, late }))) return 0;
    if (this.#options.restart === false) return undefined;
    throw new Error('its stream ended');
  }

  #good(value: T | Unchanged): void {
    this.#sink.take(value);
    this.#budget.reset();
  }

  #afterFailure(error: Error): number | undefined {
    const retry = this.#budget.failed(this.#clock.monotonic());
    if (!retry) this.#sink.gaveUp(error, this.#budget.policy.maxRestarts + 1);
    const delay = retry && Math.max(retry.delay, askedFor(error));
    if (delay !== undefined && retry) this.#sink.failed(error, retry.attempt, delay);
    return delay;
  }

  /** Whether there is reason to go on after that time. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    if (ms > 0) await this.#clock.sleep(ms, { signal }).catch(() => {});
    return !signal.aborted;
  }
}

/** Milliseconds that an error says one should wait. */
function askedFor(error: Error & { readonly retryAfter?: unknown }): number {
  const { retryAfter } = error;
  return typeof retryAfter === 'number' && Number.isFinite(retryAfter) ? Math.max(0, retryAfter) : 0;
}
