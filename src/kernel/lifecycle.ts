// Lifecycle: the face that a managed class wears over its runner and scope; delegation only.
import { Adoption, type AdoptOptions } from './adoption.js';
import type { BusData, BusEvents } from './bus.js';
import type { Clock, Release } from './clock.js';
import { InvalidArgumentError, ManagedError } from './errors.js';
import { type Health, healthOf } from './health.js';
import { underConstruction } from './home.js';
import { checkLifecycleOptions, type LifecycleOptions, refuseIgnored } from './lifecycle-options.js';
import { Observable, type StateSubscription } from './observable.js';
import { checkOptionKeys } from './option-keys.js';
import { type Hooks, Runner } from './runner.js';
import type { Owner } from './scope.js';
import { standalone } from './standalone.js';
import type { SpawnOptions, Task } from './task.js';
import type { Token } from './token.js';
import { unowned } from './unowned.js';

export type { LifecycleOptions } from './lifecycle-options.js';

/** A lifecycle of any state. */
export type Adoptable = Pick<Lifecycle, 'name' | 'running' | 'signal' | 'health' | typeof Symbol.asyncDispose>;

/** The runner under a lifecycle: its application drives it from there. */
export let runnerOf: (lifecycle: Lifecycle) => Runner;

/**
 * Base of a class that owns what it opens: everything acquired through it is released, in reverse, when it stops.
 *
 * @example
 * class Ticker extends Lifecycle<{ ticks: number }> {
 *   constructor() { super({ ticks: 0 }); }
 *   protected onStart() { this.interval(() => this.setState({ ticks: this.state.ticks + 1 }), 1000); }
 * }
 * const ticker = await new Ticker().start();
 * await ticker.stop();
 */
export abstract class Lifecycle<State extends object = object> implements Owner {
  readonly #runner: Runner;
  readonly #state: Observable<State, this>;

  constructor(initialState: State = {} as State, options: LifecycleOptions = {}) {
    checkLifecycleOptions(new.target.name, options);
    this.#runner = claimRunner(new.target, options) ?? standaloneRunner(new.target, options);
    this.#runner.bind(this, this as unknown as Hooks);
    this.#state = new Observable<State, this>(initialState, this, this.#runner);
  }

  /** Shows in logs, errors and the ownership tree. */
  get name(): string {
    return this.#runner.name;
  }

  get running(): boolean {
    return this.#runner.phase === 'running';
  }

  /** Aborted when this run ends. */
  get signal(): AbortSignal {
    return this.#runner.scope.signal;
  }

  get state(): Readonly<State> {
    return this.#state.value;
  }

  protected get clock(): Clock {
    return this.#runner.environment.clock;
  }

  /** Called at each start, after everything it depends on has started. Schedule long work and return. */
  protected onStart?(): void | Promise<void>;

  /** Called at each stop, before what the run owns is released. */
  protected onStop?(): void | Promise<void>;

  /** How it feels; override it to tell more. */
  health(): Health | Promise<Health> {
    return healthOf(this.#runner);
  }

  /**
   * Starts. Idempotent; concurrent calls share one promise.
   *
   * @throws what `onStart` threw, SPECTER_START_TIMEOUT, SPECTER_START_ABORTED, or SPECTER_MANAGED inside an application
   */
  async start(): Promise<this> {
    if (this.#runner.managed) throw new ManagedError(this.name, 'start');
    await this.#runner.start();
    return this;
  }

  /** Stops, and resolves even when something could not be released: that is reported. @throws SPECTER_MANAGED inside an application */
  async stop(): Promise<this> {
    if (this.#runner.managed) throw new ManagedError(this.name, 'stop');
    await this.#runner.stop();
    return this;
  }

  /** Merges into the state and tells the subscribers, unless nothing changed. */
  setState(partial: Partial<State>): void {
    this.#state.merge(partial);
  }

  /** Calls `fn` after each change of the state, or of the slice that `selector` takes from it. */
  subscribe<T>(
    fn: (slice: T, self: this) => void,
    options: StateSubscription & { selector: (state: Readonly<State>) => T },
  ): Release;
  subscribe(fn: (state: Readonly<State>, self: this) => void, options?: StateSubscription): Release;
  subscribe<T>(
    fn: (slice: never, self: this) => void,
    options: StateSubscription & { selector?: (state: Readonly<State>) => T } = {},
  ): Release {
    return this.#state.subscribe(fn, options);
  }

  /** Runs work that ends with this run: its signal is aborted and it is awaited. @throws SPECTER_NOT_RUNNING */
  spawn(work: (signal: AbortSignal) => unknown, options: SpawnOptions = {}): Task {
    return this.#runner.scope.spawn(work, { ...options, onCritical: (error) => this.fail(error) });
  }

  /** Calls `fn` every `ms` milliseconds; the next tick is armed when `fn` has settled. @throws SPECTER_NOT_RUNNING */
  interval(fn: () => unknown, ms: number): Release {
    return this.#runner.scope.interval(fn, ms);
  }

  /** Calls `fn` once after `ms` milliseconds. @throws SPECTER_NOT_RUNNING */
  timeout(fn: () => unknown, ms: number): Release {
    return this.#runner.scope.timeout(fn, ms);
  }

  /** Waits `ms` milliseconds. @throws when it stops meanwhile */
  sleep(ms: number): Promise<void> {
    return this.clock.sleep(ms, { signal: this.signal });
  }

  /** Listens on the bus until it stops. @throws SPECTER_NOT_RUNNING */
  listen<E extends keyof BusEvents | (string & {})>(event: E, fn: (data: BusData<E>) => unknown): Release {
    this.#runner.scope.demand('listen to', event);
    return this.#runner.environment.bus.on(event, fn, { owner: this });
  }

  emit<E extends keyof BusEvents | (string & {})>(event: E, data?: BusData<E>): void {
    this.#runner.environment.bus.emit(event, data);
  }

  /** Waits for something in the registry, by default 10,000 ms. @throws SPECTER_WAIT_TIMEOUT, SPECTER_WAIT_DEADLOCK */
  waitFor<T>(key: Token<T>, options: { timeout?: number } = {}): Promise<T> {
    checkOptionKeys(`${this.name}.waitFor()`, options, ['timeout']);
    return this.#runner.environment.registry.waitFor(key, { ...options, owner: this, signal: this.signal });
  }

  /**
   * Owns another lifecycle, which gets this clock and bus, and starts it unless `start` is false.
   *
   * @param options.onFailure - is told when the running child fails; without it, this fails with the same error
   */
  async adopt<C extends Adoptable>(child: C, options: AdoptOptions<C> = {}): Promise<C> {
    checkOptionKeys(`${this.name}.adopt()`, options, ['start', 'onFailure'] satisfies (keyof AdoptOptions<C>)[]);
    if (!((child as unknown) instanceof Lifecycle))
      throw new InvalidArgumentError(`${this.name}.adopt()`, 'a Lifecycle', child);
    const runner = runnerOf(child as unknown as Lifecycle);
    if (runner.managed) throw new ManagedError(child.name, 'adopt');
    if (runner === this.#runner || runner.keeper?.holds)
      throw new InvalidArgumentError(`${this.name}.adopt()`, 'another Lifecycle, that nobody has adopted', child);
    runner.move(this.#runner.environment);
    const { onFailure } = options;
    runner.keeper = new Adoption(this.#runner, runner, onFailure && ((error) => onFailure(error, child)));
    if (options.start !== false) await this.#startChild(runner);
    return child;
  }

  /** A child that is still starting gives up when its parent ends; one that fails is released. */
  async #startChild(child: Runner): Promise<void> {
    const { signal } = this;
    const abort = () => child.abortStart(`${this.name}, which adopts it, is stopping`, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      await child.start();
    } catch (thrown) {
      await child.dispose();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Becomes responsible for closing a resource, and returns it. @throws SPECTER_NO_RELEASE */
  own<R>(resource: R, release?: keyof R | ((resource: R) => unknown)): R {
    return this.#runner.scope.own(resource, release);
  }

  /** Calls `fn` when it stops; the returned function calls it now. */
  addCleanup(fn: () => unknown): Release {
    return this.#runner.scope.addCleanup(fn);
  }

  /** Hands a fatal error to the supervisor. */
  fail(error: Error): void {
    this.#runner.fail(error);
  }

  /** Stops, then releases what the instance itself owns. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#runner.dispose();
  }

  static {
    runnerOf = (lifecycle) => lifecycle.#runner;
  }
}

/** Inside an application the container has made the runner already. */
function claimRunner(target: unknown, options: LifecycleOptions): Runner | undefined {
  const construction = underConstruction();
  if (!construction || construction.claimed || construction.target !== target) return undefined;
  construction.claimed = true;
  if (!(construction.home instanceof Runner)) return undefined;
  refuseIgnored(construction.home, options);
  return construction.home;
}

function standaloneRunner(target: { name: string }, options: LifecycleOptions): Runner {
  const around = underConstruction()?.home.environment;
  const { clock = around?.clock, bus = around?.bus } = options;
  const own = around && clock && bus ? { ...around, clock, bus } : standalone(options);
  return unowned(new Runner(options.name ?? target.name, own, options), { kind: 'lifecycle', target });
}
