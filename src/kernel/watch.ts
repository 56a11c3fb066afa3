// Watch: something that is observed: its last value, who wants to know, and how it feels.

import { makeAbort } from './abort.js';
import { checkFunction } from './check-function.js';
import type { Release } from './clock.js';
import { counted } from './counted.js';
import { Demand } from './demand.js';
import { equal } from './equal.js';
import { errorOf, ManagedError, NoOwnerError, SpecterError } from './errors.js';
import { type Health, healthOf } from './health.js';
import { nameOf, underConstruction } from './home.js';
import { checkOptionKeys } from './option-keys.js';
import { Runner } from './runner.js';
import type { Owner, Scope } from './scope.js';
import { snapshotOf } from './snapshot.js';
import { isThenable } from './thenable.js';
import { VALUES, Values, type ValuesOptions } from './values.js';
import { Hands, WatchLoop } from './watch-loop.js';
import { type Unchanged, unchanged, type WatchOptions, type WatchSource } from './watch-source.js';

export interface WatchSubscription {
  /** Call at once with the last value, if there is one. @default false */
  readonly immediate?: boolean;
  /** Ends the subscription when it stops. */
  readonly owner?: Owner;
}

const SUBSCRIPTION = ['immediate', 'owner'] satisfies (keyof WatchSubscription)[];

/** Sets a watch going under a run: how `@Poll`, `@Stream` and `createWatcher` begin. */
export let watchFrom: <T>(watch: Watch<T>, source: WatchSource<T>, options: WatchOptions<T>, run: Scope) => void;

/**
 * Something that is observed. Extend it with one `@Poll` or `@Stream` method under `@Watcher`.
 *
 * @example
 * @Watcher()
 * class Hdmi extends Watch<HdmiStatus> {
 *   @Poll(2000, { dedupe: true }) read() { return readStatus(); }
 * }
 */
export abstract class Watch<T> implements Owner {
  readonly #runner: Runner;
  readonly #subscribers = new Set<(value: T) => void>();
  readonly #demand = new Demand();
  readonly #hands = new Hands<T>();
  #last: { readonly value: T; readonly shot: unknown } | undefined;
  /** What came last, when it could not be transformed: a source that says `unchanged` does not give it again. */
  #untaken: { readonly raw: T } | undefined;
  #trouble: { readonly failures: number; readonly error: Error } | undefined;
  /** Aborted when a run ends, until the next begins. */
  #over = makeAbort();
  #lazy = false;
  #dropped = 0;

  constructor() {
    this.#runner = claimRunner(new.target);
  }

  get name(): string {
    return this.#runner.name;
  }

  get running(): boolean {
    return this.#runner.phase === 'running';
  }

  /** The last value that was told, if there was one; it may be old while a lazy watcher rests, or after a stop. */
  get lastValue(): T | undefined {
    return this.#last?.value;
  }

  /** How many values slow readers have lost so far, all together. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @throws SPECTER_MANAGED inside an application, which starts it */
  async start(): Promise<this> {
    if (this.#runner.managed) throw new ManagedError(this.name, 'start');
    await this.#runner.start();
    return this;
  }

  /** @throws SPECTER_MANAGED inside an application, which stops it */
  async stop(): Promise<this> {
    if (this.#runner.managed) throw new ManagedError(this.name, 'stop');
    await this.#runner.stop();
    return this;
  }

  /** Up with good values, degraded while tries fail, down when it gave up, both with the last error; `resting` while it is lazy and nobody listens. */
  health(): Health {
    const own = healthOf(this.#runner);
    if (own.status === 'down') return own;
    const more = {
      ...(this.#lazy && !this.#demand.any ? { resting: true } : {}),
      ...(this.#dropped > 0 ? { dropped: this.#dropped } : {}),
    };
    return this.#trouble
      ? { status: 'degraded', failures: this.#trouble.failures, error: this.#trouble.error.message, ...more }
      : { status: 'up', ...more };
  }

  /** Calls `fn` with each value. Its failure is reported and stops nobody else. */
  subscribe(fn: (value: T, self: this) => unknown, options: WatchSubscription = {}): Release {
    checkFunction(`${this.name}.subscribe()`, fn);
    checkOptionKeys(`${this.name}.subscribe()`, options, SUBSCRIPTION);
    const service = nameOf(options.owner) ?? this.name;
    const subscriber = (value: T) => this.#guard(() => fn(value, this), service);
    this.#subscribers.add(subscriber);
    const leave = this.#demand.join();
    if (options.immediate && this.#last) subscriber(this.#last.value);
    const release = () => {
      this.#subscribers.delete(subscriber);
      leave();
    };
    return options.owner ? options.owner.addCleanup(release) : release;
  }

  addCleanup(fn: () => unknown): Release {
    return this.#runner.scope.addCleanup(fn);
  }

  /** The values from now on, as `values()` gives them with its defaults. */
  [Symbol.asyncIterator](): Values<T> {
    return this.values();
  }

  /** The values from now on, for `for await`. Ends when the watcher stops; a slow reader loses the oldest beyond its buffer. */
  values(options: ValuesOptions = {}): Values<T> {
    checkOptionKeys(`${this.name}.values()`, options, VALUES);
    const { immediate = false } = options;
    return new Values<T>(
      {
        subscribe: (take) => this.subscribe(take, { immediate }),
        dropped: () => void this.#dropped++,
        signals: [this.#over.signal, this.#runner.scope.signal],
      },
      options,
    );
  }

  /** Stops, then releases what the instance itself owns. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#runner.dispose();
  }

  static {
    watchFrom = (watch, source, options, run) => watch.#watch(source, options, run);
  }

  #watch(source: WatchSource<T>, options: WatchOptions<T>, run: Scope): void {
    const label = 'poll' in source ? `poll every ${source.interval} ms` : 'stream';
    const service = this.name;
    const sink = {
      name: service,
      demand: this.#demand,
      take: (value: T | Unchanged) => this.#take(value, options),
      failed: (error: Error, failures: number, retryIn: number) => {
        this.#trouble = { failures, error };
        run.events.emit('watch-failed', { service, error, retryIn });
      },
      gaveUp: (error: Error, failures: number) => this.#runner.fail(new GaveUpError(service, failures, error)),
      late: (error: Error) => run.events.emit('task-failed', { service, task: label, error }),
    };
    const loop = new WatchLoop(source, options, { sink, clock: run.clock, hands: this.#hands });
    if (this.#over.signal.aborted) this.#over = makeAbort();
    run.signal.addEventListener('abort', () => this.#over.abort(), { once: true });
    this.#lazy = options.lazy ?? false;
    this.#trouble = undefined;
    run.spawn((signal) => loop.run(signal), { label });
  }

  #take(raw: T | Unchanged, { transform, dedupe }: WatchOptions<T>): void {
    this.#trouble = undefined;
    const given = raw === unchanged ? this.#untaken : { raw: raw as T };
    if (!given) return;
    this.#untaken = given;
    const value = transform ? transform(given.raw) : given.raw;
    const key = typeof dedupe === 'function' ? dedupe(value) : value;
    const shot = dedupe ? snapshotOf(key) : undefined;
    this.#untaken = undefined;
    if (dedupe && this.#last && equal(shot, this.#last.shot)) return;
    this.#last = { value, shot };
    for (const subscriber of [...this.#subscribers]) if (this.#subscribers.has(subscriber)) subscriber(value);
  }

  #guard(call: () => unknown, service: string): void {
    const { events, within } = this.#runner.environment;
    const report = (thrown: unknown) =>
      events.emit('listener-failed', { service, event: this.name, error: errorOf(thrown) });
    try {
      const result = within ? within(service, call) : call();
      if (isThenable(result)) result.then(undefined, report);
    } catch (thrown) {
      report(thrown);
    }
  }
}

/** A watcher has tried as often as it may. */
export class GaveUpError extends SpecterError {
  constructor(name: string, failures: number, cause: Error) {
    super('SPECTER_GAVE_UP', `${name} gave up after ${counted(failures, 'failure')} in a row: ${cause.message}`, {
      cause,
    });
  }
}

function claimRunner(target: { name: string }): Runner {
  const construction = underConstruction();
  const free = construction && !construction.claimed && construction.target === target;
  if (!free || !(construction.home instanceof Runner))
    throw new NoOwnerError(target.name, 'an application that constructs it');
  construction.claimed = true;
  return construction.home;
}
