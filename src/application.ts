// bootstrap, createApplication, Application: from a root module to a running application and its end. The roof.
import type Koa from 'koa';
import type { Server as SocketIoServer } from 'socket.io';
import type { DependencyContainer } from 'tsyringe';
import { bootPlan } from './app/boot-order.js';
import { Engine } from './app/engine.js';
import { ApplicationStateError, BootError } from './app/errors.js';
import type { DynamicModule, Source } from './app/module.js';
import { reasonOfEnd, reasonOfListen } from './app/reasons.js';
import { type EndReason, endByCrash, handleSignals, isEnding } from './app/signals.js';
import { checkDoors } from './door-checks.js';
import { hostOf, portOf } from './http/port.js';
import type { Address } from './http/server.js';
import type { Bus } from './kernel/bus.js';
import type { Clock } from './kernel/clock.js';
import { Deadline, pause } from './kernel/deadline.js';
import { errorOf, StartAbortedError } from './kernel/errors.js';
import type { Events } from './kernel/events.js';
import type { Registry } from './kernel/registry.js';
import type { Class, Token } from './kernel/token.js';
import { writeLog } from './observability/environment-logger.js';
import type { Graph } from './observability/graph.js';
import type { ApplicationHealth } from './observability/health.js';
import type { Leftover } from './observability/leftovers.js';
import { notifySystemd } from './observability/systemd.js';
import type { TimelineReport } from './observability/timeline.js';
import type { OwnershipTree } from './observability/tree.js';
import { type ApplicationOptions, checkOptions } from './options.js';
import { Parts } from './parts.js';
import { Pictures } from './pictures.js';
import { Teardown } from './teardown.js';

const SHUTDOWN_TIMEOUT = 25_000;
/** Milliseconds for requests in flight after a crash. */
const CRASH_DRAIN = 1_000;

type State = 'new' | 'starting' | 'running' | 'stopping' | 'stopped';

/**
 * A running whole: its services, its doors, and their end. Made by `bootstrap` or `createApplication`.
 *
 * @example
 * const app = await bootstrap(AppModule);
 * await app.listen(3000);
 * await app.stop();
 */
export class Application {
  /** Resolves when the application has stopped; rejects with the error that ended it. */
  readonly closed: Promise<void>;
  readonly #root: Class | DynamicModule;
  readonly #options: ApplicationOptions;
  readonly #overrides: ReadonlyMap<Token, Source>;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #parts: Parts;
  readonly #pictures: Pictures;
  readonly #teardown: Teardown;
  #engine: Engine | undefined;
  #state: State = 'new';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #tearingDown: Promise<void> | undefined;
  #listening: Promise<Address> | undefined;
  #error: Error | undefined;
  #left: readonly Leftover[] = [];
  #releaseSignals = () => {};
  #settle: (error?: Error) => void = () => {};

  /** @param overrides - what takes the place of providers, in tests */
  constructor(
    root: Class | DynamicModule,
    options: ApplicationOptions = {},
    overrides: ReadonlyMap<Token, Source> = new Map(),
  ) {
    checkOptions(options);
    this.#root = root;
    this.#options = options;
    this.#overrides = overrides;
    this.#env = options.env ?? process.env;
    this.#parts = new Parts(options, this.#env, {
      status: { ready: () => this.ready, health: () => this.health() },
      dependencies: {
        nameOf: (key) => this.#engine?.nameOf(key),
        needs: (name) => this.#engine?.needs(name) ?? [],
        names: () => this.#engine?.names ?? [],
      },
      find: (token) => this.get(token),
    });
    const { events } = this;
    this.#pictures = new Pictures({ events, parts: this.#parts, env: this.#env, engine: () => this.#engine });
    this.#teardown = new Teardown(this.#parts, () => this.#pictures.underWay());
    writeLog(events, options.logger, this.#env);
    this.closed = new Promise((resolve, reject) => {
      this.#settle = (error) => (error ? reject(error) : resolve());
    });
    this.closed.catch(() => {});
  }

  get bus(): Bus {
    return this.#parts.environment.bus;
  }

  get events(): Events {
    return this.#parts.environment.events;
  }

  get clock(): Clock {
    return this.#parts.environment.clock;
  }

  get registry(): Registry {
    return this.#parts.environment.registry;
  }

  /** tsyringe's container, which constructed what the registry holds. */
  get container(): DependencyContainer {
    return this.#started('app.container').container.tsyringe;
  }

  /** The koa application; middleware added before the start runs outermost. */
  get koa(): Koa {
    return this.#parts.http().koa;
  }

  get io(): SocketIoServer {
    return this.#parts.sockets().io;
  }

  /** Whether everything has started and nothing is stopping. */
  get ready(): boolean {
    return this.#state === 'running';
  }

  /** An instance or a value. @throws SPECTER_MISSING_DEPENDENCY, or SPECTER_APPLICATION_STATE before the start */
  get<T>(token: Token<T>): T {
    return this.#started('app.get()').get(token);
  }

  /**
   * Starts everything in dependency order.
   *
   * @throws BootError with everything that is wrong, or SPECTER_START_ABORTED; nothing is left open then
   */
  async start(): Promise<this> {
    try {
      await this.#startOnce();
      return this;
    } catch (error) {
      // A process that is about to exit with its own code must not be ended by this rejection first.
      if (this.#options.signals && isEnding()) return new Promise(() => {});
      throw error;
    }
  }

  /**
   * Opens the port, and starts before if need be. An application listens once.
   *
   * @param port - default: the environment's `PORT`, else 3000; 0 for any free one; a path as `/run/app.sock` opens a socket there
   * @param host - default: the environment's `HOST`, else 127.0.0.1
   * @throws SPECTER_LISTEN when the port cannot be had; everything has been stopped then
   */
  async listen(port?: number | string, host?: string): Promise<Address> {
    if (this.#listening && !this.#stopping) throw new ApplicationStateError('app.listen()', 'it listens already');
    this.#listening = this.#listen(port, host);
    return this.#listening;
  }

  /** Drains the doors, then stops everything in reverse. Resolves whatever happens; what failed is in the log and `timeline()`. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop('app.stop() was called');
    return this.#stopping;
  }

  /**
   * Stops a service and all that depends on it, in order, and starts them again. Calls in flight are answered before.
   *
   * @throws what it failed to start with, or SPECTER_MISSING_DEPENDENCY
   */
  async restart<T>(token: Token<T>): Promise<void> {
    if (!this.ready) throw new ApplicationStateError('app.restart()', 'it is not running');
    await this.#started('app.restart()').restart(token);
  }

  /** How every service feels, and the worst of it. */
  async health(): Promise<ApplicationHealth> {
    return this.#state === 'running' ? this.#pictures.health() : { status: 'down', services: {} };
  }

  /** Who needs whom. */
  graph(): Graph {
    this.#started('app.graph()');
    return this.#pictures.graph();
  }

  /** How long each service waited and worked, at the start and at the stop. */
  timeline(): TimelineReport {
    return this.#pictures.timeline();
  }

  /** Who owns what at this moment. */
  tree(): OwnershipTree {
    return this.#pictures.tree();
  }

  /** Makes a service fail. */
  protected async fail<T>(token: Token<T>, error: Error): Promise<void> {
    await this.#started('app.fail()').crash(token, error);
  }

  /** Listeners and registry entries that nobody had taken away when it had stopped. */
  protected get leftovers(): readonly Leftover[] {
    return this.#left;
  }

  /** Whether a service has asked for HTTP or sockets. */
  protected get hasDoors(): boolean {
    return this.#parts.hasDoors;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #shutdownTimeout(): number {
    return this.#options.shutdownTimeout ?? SHUTDOWN_TIMEOUT;
  }

  #startOnce(): Promise<void> {
    if (this.#stopping) {
      const why = 'it has been stopped, and an application is not started again. Make a new one';
      throw new ApplicationStateError('app.start()', why);
    }
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    this.#handleSignals();
    const begun = performance.now();
    try {
      this.#engine = this.#makeEngine();
      this.events.emit('app-starting', { services: this.#engine.size });
      await this.#engine.start();
      this.#openDoors(this.#engine);
      if (this.#options.signals)
        this.#pictures.checkStopChain({ limit: this.#shutdownTimeout, delay: this.#options.drainDelay ?? 0 });
      if (this.#stopping) throw new StartAbortedError('The application', 'it was stopped meanwhile', this.#error);
    } catch (thrown) {
      await this.#failStart(errorOf(thrown));
    }
    this.#state = 'running';
    this.events.emit('app-ready', {
      duration: performance.now() - begun,
      services: this.#engine?.patients.length ?? 0,
    });
    this.#pictures.tellTimeline('start');
    this.bus.emit('app:ready');
  }

  #openDoors(engine: Engine): void {
    const root = typeof this.#root === 'function' ? this.#root : this.#root.module;
    this.#parts.open({ root, guards: this.#options.guards ?? [], parts: engine });
  }

  #makeEngine(): Engine {
    return new Engine(this.#root, {
      environment: this.#parts.environment,
      parts: this.#parts.tokens,
      overrides: this.#overrides,
      env: this.#env,
      boot: bootPlan(this.#options, this.#env),
      escalate: (error) => this.#escalate(error),
      check: (targets) => checkDoors(this.#parts.list(targets), this.#options, this.#root),
    });
  }

  async #failStart(error: Error): Promise<never> {
    const aborted = this.#stopping !== undefined;
    const cause =
      aborted && !(error instanceof StartAbortedError)
        ? new StartAbortedError('The application', 'it was stopped meanwhile', error)
        : error;
    if (!aborted) {
      this.#error = error;
      if (!(error instanceof BootError && this.#engine?.units.length)) this.events.emit('app-failed', { error });
      this.#pictures.tellTimeline('start');
      await this.#tearDown();
    }
    throw cause;
  }

  async #listen(port?: number | string, host?: string): Promise<Address> {
    const { PORT, HOST } = this.#env;
    try {
      const at = [port ?? portOf(PORT), host ?? hostOf(HOST)] as const;
      await this.#startOnce();
      return await this.#parts.http().listen(...at);
    } catch (thrown) {
      return this.#failListen(errorOf(thrown));
    }
  }

  /** Not for a start that failed or was given up: that has been told, and is over. */
  async #failListen(error: Error): Promise<never> {
    if (!this.#stopping && this.#state !== 'stopped') {
      this.#error = error;
      this.events.emit('app-failed', { error });
      this.#stopping = this.#stop(reasonOfListen(error));
    }
    await this.#stopping;
    throw error;
  }

  async #stop(reason: string, haste = false): Promise<void> {
    const begun = performance.now();
    if (this.#state === 'starting') {
      this.#engine?.abort('the application was stopped meanwhile');
      await this.#starting?.catch(() => {});
    }
    if (this.#state === 'running') await this.#drain(reason, haste);
    await this.#tearDown(begun);
  }

  /** @param haste - after a crash services need the time more than balancers and clients do */
  async #drain(reason: string, haste: boolean): Promise<void> {
    this.#state = 'stopping';
    this.events.emit('app-draining', { reason });
    this.bus.emit('app:draining');
    if (!haste) await pause(this.#options.drainDelay ?? 0);
    await this.#teardown.drain(haste ? new Deadline(CRASH_DRAIN) : undefined);
  }

  /** @param begun - when the stop began, with the draining of the doors */
  #tearDown(begun = performance.now()): Promise<void> {
    this.#tearingDown ??= this.#tearDownOnce(begun).finally(() => {
      this.#releaseSignals();
      this.#settle(this.#error);
    });
    return this.#tearingDown;
  }

  async #tearDownOnce(begun: number): Promise<void> {
    const started = this.#state === 'stopping';
    this.#state = 'stopping';
    this.#left = await this.#teardown.close(this.#engine);
    this.#state = 'stopped';
    this.#pictures.tellTimeline('stop');
    this.events.emit('app-stopped', { duration: performance.now() - begun, started });
  }

  #handleSignals(): void {
    if (!this.#options.signals) return;
    notifySystemd(this.events, this.#env, { opening: () => !!this.#listening, stopTimeout: this.#shutdownTimeout });
    this.#releaseSignals = handleSignals({
      shutdownTimeout: this.#shutdownTimeout,
      end: (reason) => this.#end(reason),
      blockers: () => this.#pictures.blockers(),
      environment: this.#parts.environment,
    });
  }

  /** A process that handles signals ends with its exit code for a crash; elsewhere only the application does. */
  #escalate(error: Error): void {
    if (this.#options.signals) endByCrash(error);
    else void this.#end({ crash: error });
  }

  async #end(reason: EndReason): Promise<void> {
    const crashed = 'crash' in reason;
    if (crashed) {
      this.#error = reason.crash;
      this.events.emit('app-crashed', { error: reason.crash, ...reason.blame });
    }
    this.#stopping ??= this.#stop(reasonOfEnd(reason, this.hasDoors && !this.#listening), crashed);
    await this.#stopping;
  }

  #started(what: string): Engine {
    if (!this.#engine) throw new ApplicationStateError(what, 'it has not started yet. Await app.start() first');
    return this.#engine;
  }
}

/** Makes an application without starting it, to add koa middleware for example. Signals are left alone unless asked for. */
export function createApplication(root: Class | DynamicModule, options: ApplicationOptions = {}): Application {
  return new Application(root, options);
}

/**
 * Makes an application and starts it; it stops at SIGTERM and SIGINT.
 *
 * @throws BootError with everything that is wrong; nothing is left open then
 * @example
 * const app = await bootstrap(AppModule);
 * await app.listen(3000);
 */
export function bootstrap(root: Class | DynamicModule, options: ApplicationOptions = {}): Promise<Application> {
  return createApplication(root, { signals: true, ...options }).start();
}
