// testApplication(): a whole application inside a test: free port, no signals, storage in memory, time turned by hand.
import type { DynamicModule, Source } from '../app/module.js';
import { Application } from '../application.js';
import { HttpServer } from '../http/server.js';
import { type Clock, type Release, systemClock } from '../kernel/clock.js';
import { SpecterError } from '../kernel/errors.js';
import type { Class, Token } from '../kernel/token.js';
import type { Logger } from '../observability/logger.js';
import type { ApplicationOptions } from '../options.js';
import { SocketServer } from '../sockets/server.js';
import { cutOff, LeakError, type StopFailure, UncleanStopError } from './errors.js';
import { type Agent, agentOf } from './http-agent.js';
import { type Leak, stillOwned } from './leak.js';
import { HandleLedger } from './leaks.js';
import { ManualClock } from './manual-clock.js';
import { userPlace } from './place.js';
import { type Socket, type SocketOptions, TestSockets } from './test-socket.js';
import { remember } from './unstopped.js';

/** How the application under test differs from a real one; everything else may be given too. */
export interface TestOptions<C extends Clock = ManualClock> extends Omit<ApplicationOptions, 'clock' | 'signals'> {
  /** `'real'`, or a clock. @default a ManualClock */
  readonly clock?: 'real' | C;
  /** The wall time at which virtual time begins. @default 2026-01-01T00:00:00Z */
  readonly now?: number | Date;
  /** `stop()` does not reject although something failed or hung on the way, because that is what the test is about. @default false */
  readonly uncleanStop?: boolean;
}

/** What takes the place of a provider. */
export interface Override<T, C extends Clock> {
  useValue(value: T extends object ? Partial<T> : T): TestBuilder<C>;
  useClass(target: Class<T extends object ? Partial<T> : T>): TestBuilder<C>;
  useFactory(make: (...dependencies: never[]) => T | Promise<T>, inject?: readonly Token[]): TestBuilder<C>;
}

/** An application under test before its start. */
export class TestBuilder<C extends Clock = ManualClock> {
  /** The time of the application. */
  readonly clock: C;
  readonly #root: Class | DynamicModule;
  readonly #options: TestOptions<C>;
  readonly #overrides = new Map<Token, Source>();
  readonly #place: string | undefined;

  constructor(root: Class | DynamicModule, options: TestOptions<C>) {
    this.#root = root;
    this.#options = options;
    this.#place = userPlace(new Error('test').stack ?? '');
    this.clock = clockOf(options);
  }

  /** Puts something else in the place of a provider. @throws at the start when nobody provides the token */
  override<T>(token: Token<T>): Override<T, C> {
    const use = (source: Source) => {
      this.#overrides.set(token, source);
      return this;
    };
    return {
      useValue: (value) => use({ kind: 'value', value }),
      useClass: (target) => use({ kind: 'class', target: target as Class }),
      useFactory: (make, inject = []) => use({ kind: 'factory', make, inject }),
    };
  }

  /** @throws BootError, after releasing everything */
  async start(): Promise<TestApplication<C>> {
    const place = this.#place;
    const ledger = new HandleLedger({ testFile: place?.replace(/:\d+:\d+$/, '') });
    const { now: _, uncleanStop = false, ...options } = this.#options;
    const application = new TestApplication<C>(
      this.#root,
      { ...options, clock: this.clock },
      { overrides: this.#overrides, ledger, place, uncleanStop },
    );
    try {
      return await application.start();
    } catch (thrown) {
      ledger.close();
      throw thrown;
    }
  }
}

/** What surrounds an application under test. */
interface Kit {
  readonly overrides: ReadonlyMap<Token, Source>;
  readonly ledger: HandleLedger;
  /** Where it was made. */
  readonly place: string | undefined;
  readonly uncleanStop: boolean;
}

/** A running application under test. */
export class TestApplication<C extends Clock = ManualClock> extends Application {
  readonly #kit: Kit;
  readonly #sockets = new TestSockets();
  readonly #failures: StopFailure[] = [];
  #url: string | undefined;
  #forget: Release = () => {};
  #stopped: Promise<void> | undefined;

  constructor(root: Class | DynamicModule, options: Omit<TestOptions<C>, 'clock'> & { clock: C }, kit: Kit) {
    const defaults = { logger: errorsOnly, signals: false, storage: { file: ':memory:' } } as const;
    super(root, { ...defaults, ...options, http: { health: false, ...options.http } }, kit.overrides);
    this.#kit = kit;
    this.events.on('app-shuffled', (event) => tellSeed(this.events.wordingOf(event).text));
  }

  override get clock(): C {
    return super.clock as C;
  }

  /** Where it listens: a free port of the loopback. @throws when no service has a route or a handler */
  get url(): string {
    if (this.#url === undefined)
      throw new SpecterError(
        'SPECTER_APPLICATION_STATE',
        'The application has no routes and no handlers, so the test has nothing to call.',
      );
    return this.#url;
  }

  /** Requests into the application, with supertest. @throws SPECTER_MISSING_PACKAGE */
  get http(): Agent {
    return agentOf(this.url);
  }

  override async start(): Promise<this> {
    return this.#kit.ledger.run(async () => {
      await super.start();
      if (this.#url !== undefined || this.#stopped) return this;
      this.events.on('http-cut', ({ service, requests }) => void this.#failures.push(cutOff(service, requests)));
      this.events.on('release-failed', (event) => void (this.ready || this.#failures.push(event)));
      if (this.hasDoors) await this.#openPort();
      this.#forget = remember(this.#kit.place);
      void this.closed.catch(() => {}).then(this.#forget);
      return this;
    });
  }

  /** A port that does not keep the process alive, nor does any connection to it: a test that fails may never stop this. */
  async #openPort(): Promise<void> {
    const { server } = this.get(HttpServer);
    server.on('connection', (connection) => connection.unref());
    this.#url = (await this.listen(0, '127.0.0.1')).url;
    server.unref();
    if (server.listenerCount('upgrade') === 0) return;
    const { engine } = this.get(SocketServer).io;
    engine.on('connection', (connection: { pingIntervalTimer?: NodeJS.Timeout }) =>
      connection.pingIntervalTimer?.unref(),
    );
  }

  /**
   * Connects a client, with socket.io-client; it is closed at the stop.
   *
   * @param namespace - default `/`
   * @throws what the server refused it with, SPECTER_DISCONNECTED when it only hung up, or SPECTER_MISSING_PACKAGE
   */
  socket(namespace = '/', options: SocketOptions = {}): Promise<Socket> {
    return this.#sockets.connect(this.url, namespace, options);
  }

  /** Makes a service fail as if by itself. Resolves when the failure has been taken; then turn the clock over the backoff. */
  async crash<T>(token: Token<T>, error: Error): Promise<void> {
    await this.fail(token, error);
  }

  /** What the application's code has opened and not closed, as far as it shows now. */
  leaks(): readonly Leak[] {
    const { ledger } = this.#kit;
    return [...ledger.ofApplication(this.leftovers), ...ledger.leaks];
  }

  /**
   * Stops it.
   *
   * @throws when all that can be stopped has been: SPECTER_UNCLEAN_STOP when something failed or hung on the way,
   *   SPECTER_LEAK when anything is left, each with file and line. Once: a stop that comes later has nothing to say
   */
  override stop(): Promise<void> {
    if (this.#stopped) return this.#stopped.catch(() => {});
    this.#stopped = this.#stopAndProve();
    return this.#stopped;
  }

  async #stopAndProve(): Promise<void> {
    const { ledger, uncleanStop } = this.#kit;
    this.#forget();
    this.#sockets.disconnect();
    await ledger.run(() => super.stop());
    const open = await ledger.settle();
    const leaks = [...ledger.ofApplication([...this.leftovers, ...stillOwned(this)]), ...open];
    ledger.close();
    if (this.#failures.length > 0 && !uncleanStop) throw new UncleanStopError(this.#failures, leaks);
    if (leaks.length > 0) throw new LeakError(leaks);
  }
}

/**
 * Prepares an application for a test: a free port, no signals, storage in memory, time turned by hand, and only errors on the console.
 *
 * @example
 * const app = await testApplication(AppModule).override(Disk).useValue(fakeDisk).start();
 * await app.http.post('/greetings').send({ name: 'Ada' }).expect(201);
 * await app.clock.advance(10_000);
 * await app.stop(); // in afterEach(), so that a failing test reaches it
 */
export function testApplication(
  root: Class | DynamicModule,
  options: TestOptions<Clock> & { readonly clock: 'real' },
): TestBuilder<Clock>;
export function testApplication<C extends Clock = ManualClock>(
  root: Class | DynamicModule,
  options?: TestOptions<C>,
): TestBuilder<C>;
export function testApplication<C extends Clock>(
  root: Class | DynamicModule,
  options: TestOptions<C> = {},
): TestBuilder<C> {
  return new TestBuilder<C>(root, options);
}

const ignore = () => {};
const show = (_fields: object, text: string) => console.error(text);
/** A failure that a test did not expect should be seen; `logger: false` hides it. */
const errorsOnly: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: show,
  fatal: show,
};

function clockOf<C extends Clock>({ clock, now }: TestOptions<C>): C {
  if (clock === 'real') return systemClock as C;
  return clock ?? (new ManualClock(now === undefined ? {} : { now }) as unknown as C);
}

const toldSeeds = new Set<string>();

/** How to repeat a shuffled start is never hidden, but all applications of a process share it. */
function tellSeed(text: string): void {
  if (toldSeeds.has(text)) return;
  toldSeeds.add(text);
  process.stderr.write(`${text}\n`);
}
