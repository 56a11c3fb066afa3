// testApplication(): a whole application inside a test: free port, no signals, storage in memory, time turned by hand.
import { createRequire } from 'node:module';
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import type { Agent } from 'supertest';
import type { DynamicModule, Source } from '../app/module.js';
import { Application } from '../application.js';
import type { Clock } from '../kernel/clock.js';
import { systemClock } from '../kernel/clock.js';
import { SpecterError } from '../kernel/errors.js';
import type { Class, Token } from '../kernel/token.js';
import type { Logger } from '../observability/logger.js';
import type { ApplicationOptions } from '../options.js';
import { LeakError, MissingPackageError } from './errors.js';
import { type Leak, stillOwned } from './leak.js';
import { HandleLedger } from './leaks.js';
import { ManualClock } from './manual-clock.js';
import { userPlace } from './place.js';

/** How the application under test differs from a real one; everything else may be given too. */
export interface TestOptions<C extends Clock = ManualClock> extends Omit<ApplicationOptions, 'clock' | 'signals'> {
  /** `'real'`, or a clock. @default a ManualClock */
  readonly clock?: 'real' | C;
  /** The wall time at which virtual time begins. @default 2026-01-01T00:00:00Z */
  readonly now?: number | Date;
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
  readonly #testFile: string | undefined;

  constructor(root: Class | DynamicModule, options: TestOptions<C>) {
    this.#root = root;
    this.#options = options;
    this.#testFile = userPlace(new Error('test').stack ?? '')?.replace(/:\d+:\d+$/, '');
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
    const ledger = new HandleLedger({ testFile: this.#testFile });
    const { now: _, ...options } = this.#options;
    const application = new TestApplication<C>(
      this.#root,
      { ...options, clock: this.clock },
      { overrides: this.#overrides, ledger },
    );
    try {
      return await application.start();
    } catch (thrown) {
      ledger.close();
      throw thrown;
    }
  }
}

/** A running application under test. */
export class TestApplication<C extends Clock = ManualClock> extends Application {
  readonly #ledger: HandleLedger;
  readonly #clients = new Set<Socket>();
  #url: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    root: Class | DynamicModule,
    options: Omit<TestOptions<C>, 'clock'> & { clock: C },
    kit: { overrides: ReadonlyMap<Token, Source>; ledger: HandleLedger },
  ) {
    const { ledger, overrides } = kit;
    const defaults = { logger: errorsOnly, signals: false, storage: { file: ':memory:' } } as const;
    super(root, { ...defaults, ...options, http: { health: false, ...options.http } }, overrides);
    this.#ledger = ledger;
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
    const request = load<(url: string) => Agent>('supertest', 'app.http');
    return request(this.url);
  }

  override async start(): Promise<this> {
    return this.#ledger.run(async () => {
      await super.start();
      if (this.hasDoors && this.#url === undefined) this.#url = (await this.listen(0, '127.0.0.1')).url;
      return this;
    });
  }

  /**
   * Connects a client, with socket.io-client; it is closed at the stop.
   *
   * @param namespace - default `/`
   * @throws what the server refused it with, or SPECTER_MISSING_PACKAGE
   */
  async socket(namespace = '/', options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    const { io } = load<typeof import('socket.io-client')>('socket.io-client', 'app.socket()');
    const socket = io(this.url + namespace, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options,
    });
    this.#clients.add(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('connect_error', reject);
    });
    return socket;
  }

  /** Makes a service fail as if by itself. Resolves when the failure has been taken; then turn the clock over the backoff. */
  async crash<T>(token: Token<T>, error: Error): Promise<void> {
    await this.fail(token, error);
  }

  /** What the application's code has opened and not closed, as far as it shows now. */
  leaks(): readonly Leak[] {
    return [...this.#ledger.ofApplication(this.leftovers), ...this.#ledger.leaks];
  }

  /** Stops it. @throws SPECTER_LEAK when anything is left, each with file and line */
  override stop(): Promise<void> {
    this.#stopped ??= this.#stopAndProve();
    return this.#stopped;
  }

  async #stopAndProve(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.#ledger.run(() => super.stop());
    const open = await this.#ledger.settle();
    const leaks = [...this.#ledger.ofApplication([...this.leftovers, ...stillOwned(this)]), ...open];
    this.#ledger.close();
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
 * await app.stop();
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
/** A failure that a test did not expect should be seen, and how to repeat a shuffled start; `logger: false` hides it. */
const errorsOnly: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: (fields, text) => void ((fields as { type?: string }).type === 'app-shuffled' && show(fields, text)),
  error: show,
  fatal: show,
};

function clockOf<C extends Clock>({ clock, now }: TestOptions<C>): C {
  if (clock === 'real') return systemClock as C;
  return clock ?? (new ManualClock(now === undefined ? {} : { now }) as unknown as C);
}

function load<T>(packageName: string, what: string): T {
  try {
    return createRequire(import.meta.url)(packageName) as T;
  } catch (cause) {
    throw new MissingPackageError(what, packageName, cause);
  }
}
