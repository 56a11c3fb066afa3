// Watch: something that is observed: its last value, who wants to know, and how it feels.
import type { Release } from './clock.js';
import { counted } from './counted.js';
import { equal } from './equal.js';
import { errorOf, ManagedError, NoOwnerError, SpecterError } from './errors.js';
import { nameOf, underConstruction } from './home.js';
import type { Health } from './lifecycle.js';
import { Runner } from './runner.js';
import type { Owner, Scope } from './scope.js';
import { Values } from './values.js';
import { WatchLoop, type WatchOptions, type WatchSource } from './watch-loop.js';

export interface WatchSubscription {
  /** Call at once with the last value, if there is one. @default false */
  readonly immediate?: boolean;
  /** Ends the subscription when it stops. */
  readonly owner?: Owner;
}

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
  #last: { readonly value: T; readonly shot: T } | undefined;
  #trouble: { readonly failures: number; readonly error: Error } | undefined;

  constructor() {
    this.#runner = claimRunner(new.target);
  }

  get name(): string {
    return this.#runner.name;
  }

  get running(): boolean {
    return this.#runner.phase === 'running';
  }

  /** The last value that was told, if there was one. */
  get lastValue(): T | undefined {
    return this.#last?.value;
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

  /** Up with good values, degraded while tries fail, down when it gave up. */
  health(): Health {
    if (this.#runner.failure || !this.running) return { status: 'down' };
    return this.#trouble
      ? { status: 'degraded', failures: this.#trouble.failures, error: this.#trouble.error.message }
      : { status: 'up' };
  }

  /** Calls `fn` with each value. Its failure is reported and stops nobody else. */
  subscribe(fn: (value: T, self: this) => unknown, options: WatchSubscription = {}): Release {
    const service = nameOf(options.owner) ?? this.name;
    const subscriber = (value: T) => this.#guard(() => fn(value, this), service);
    this.#subscribers.add(subscriber);
    if (options.immediate && this.#last) subscriber(this.#last.value);
    const release = () => void this.#subscribers.delete(subscriber);
    return options.owner ? options.owner.addCleanup(release) : release;
  }

  addCleanup(fn: () => unknown): Release {
    return this.#runner.scope.addCleanup(fn);
  }

  /** The values from now on. Ends when the watcher stops; a slow reader loses the oldest beyond 1,000. */
  [Symbol.asyncIterator](): Values<T> {
    return new Values((take) => this.subscribe(take), { signals: [this.#runner.scope.signal] });
  }

  static {
    watchFrom = (watch, source, options, run) => watch.#watch(source, options, run);
  }

  #watch(source: WatchSource<T>, options: WatchOptions<T>, run: Scope): void {
    const sink = {
      name: this.name,
      take: (value: T) => this.#take(value, options),
      failed: (error: Error, failures: number, retryIn: number) => {
        this.#trouble = { failures, error };
        run.events.emit('watch-failed', { service: this.name, error, retryIn });
      },
      gaveUp: (error: Error, failures: number) => this.#runner.fail(new GaveUpError(this.name, failures, error)),
    };
    const loop = new WatchLoop(source, options, { sink, clock: run.clock });
    run.spawn((signal) => loop.run(signal), {
      label: 'poll' in source ? `poll every ${source.interval} ms` : 'stream',
    });
  }

  #take(raw: T, { transform, dedupe }: WatchOptions<T>): void {
    this.#trouble = undefined;
    const value = transform ? transform(raw) : raw;
    const shot = dedupe ? snapshot(value) : value;
    if (dedupe && this.#last && equal(shot, this.#last.shot)) return;
    this.#last = { value, shot };
    for (const subscriber of [...this.#subscribers]) subscriber(value);
  }

  #guard(call: () => unknown, service: string): void {
    const { events, within } = this.#runner.environment;
    const report = (thrown: unknown) =>
      events.emit('listener-failed', { service, event: this.name, error: errorOf(thrown) });
    try {
      const result = within ? within(service, call) : call();
      Promise.resolve(result).catch(report);
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

/** What is compared: the source may go on changing the object it gave. */
function snapshot<T>(value: T): T {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}
