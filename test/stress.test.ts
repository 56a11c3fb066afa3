// Started, stopped and restarted by ten callers at random: everything that has a life comes through in order.
import {
  Application,
  Bus,
  type Class,
  Controller,
  Cron,
  createCache,
  createKeyedCache,
  createModel,
  createProcess,
  createStore,
  Get,
  Handler,
  HttpServer,
  Interval,
  inject,
  Lifecycle,
  type LifecycleOptions,
  Listen,
  Module,
  Observe,
  On,
  Poll,
  type ProcessOptions,
  Queue,
  QueueService,
  Scope,
  Service,
  SocketServer,
  Storage,
  Stream,
  startProcess,
  tailFile,
  Watch,
  Watcher,
  watchFiles,
} from '../src/index.js';
import { construct } from '../src/kernel/home.js';
import { Runner } from '../src/kernel/runner.js';
import { watchFrom } from '../src/kernel/watch.js';
import type { WatchOptions, WatchSource } from '../src/kernel/watch-source.js';
import {
  ManualClock,
  type Startable,
  StressError,
  type StressOptions,
  startStopStress,
  testApplication,
} from '../src/testing/index.js';
import { surround } from './kernel/heard.js';

jest.setTimeout(120_000);

/** Whoever looks into a failure runs its order again with SEED=...; otherwise each run has an order of its own. */
const seed = process.env.SEED ? { seed: Number(process.env.SEED) } : {};

const stress = (thing: Startable, options: StressOptions = {}) => startStopStress(thing, { ...seed, ...options });
const faultsOf = async (thing: Startable, options: StressOptions = {}) => {
  const error = await stress(thing, options).then(
    () => undefined,
    (thrown: StressError) => thrown,
  );
  expect(error).toBeInstanceOf(StressError);
  expect(error).toMatchObject({ code: 'SPECTER_STRESS', message: expect.stringMatching(/seed \d+/) });
  return error?.faults.join('\n') ?? '';
};

describe('a lifecycle', () => {
  // A lifecycle on its own reports refused starts on the console.
  beforeAll(() => void jest.spyOn(console, 'error').mockImplementation());
  afterAll(() => jest.restoreAllMocks());
  const clock = new ManualClock();
  const options = { clock, bus: new Bus({ clock }), stopTimeout: 5_000 };
  let calls = 0;

  class Quick extends Lifecycle {
    protected override onStart() {
      this.interval(() => {}, 3);
      this.listen('x', () => {});
    }
    protected override onStop() {}
  }
  class Slow extends Lifecycle {
    protected override async onStart() {
      this.spawn((signal) => this.clock.sleep(60_000, { signal }).catch(() => {}));
      await this.sleep(7);
      this.timeout(() => {}, 1);
    }
    protected override async onStop() {
      await this.clock.sleep(11);
    }
  }
  class Moody extends Lifecycle {
    protected override async onStart() {
      this.addCleanup(() => this.clock.sleep(2));
      if (++calls % 3 === 0) throw new Error('not today');
      if (calls % 3 === 1) await this.sleep(1);
    }
    protected override onStop() {
      if (calls % 2 === 0) throw new Error('the disk is on fire');
    }
  }
  class Family extends Lifecycle {
    protected override async onStart() {
      await this.adopt(new Quick());
      await this.adopt(new Slow());
    }
    protected override onStop() {}
  }
  const expected = ({ code, message }: Error & { code?: string }) =>
    code === 'SPECTER_START_ABORTED' || message === 'not today';

  test.each<[string, new (state: object, options: LifecycleOptions) => Lifecycle]>([
    ['with synchronous hooks', Quick],
    ['with slow hooks', Slow],
    ['whose hooks throw now and then', Moody],
    ['that adopts others', Family],
  ])('%s', async (_, Type) => {
    const report = await stress(new Type({}, options), { clock, expected });
    expect(report.calls).toBe(501);
    expect(report.starts).toBeGreaterThan(5);
    if (Type !== Moody) expect(report.stops).toBeGreaterThan(0);
    expect([clock.pending, options.bus.listenerCount()]).toEqual([0, 0]);
  });

  test('that is a queue with jobs', async () => {
    @Queue({ name: 'chores', type: String, concurrency: 3, timeout: 5, backoff: { min: 2 } })
    class Chores extends QueueService<string> {
      protected override async onStart() {
        if (calls++ < 20) await this.enqueueMany(['short', 'rather long', 'fails']);
      }
      protected override onStop() {}
      protected async handle({ data, signal }: { data: string; signal: AbortSignal }) {
        await this.clock.sleep(data.length, { signal });
        if (data === 'fails') throw new Error('not today');
      }
    }
    calls = 0;
    const chores = new Chores(options);
    const report = await stress(chores, { clock });
    expect([report.starts > 5, clock.pending, options.bus.listenerCount()]).toEqual([true, 0, 0]);
    const { active } = await chores.counts();
    expect(active).toBe(0);
    await chores[Symbol.asyncDispose]();
  });

  test('that was adopted, and leaves nothing with its parent', async () => {
    const parent = await new Quick({}, options).start();
    const child = new Slow({}, options);
    await parent.adopt(child, { start: false });
    await stress(child, { clock });
    await parent.stop();
    expect([clock.pending, child.running]).toEqual([0, false]);
  });

  test('of ten children at once, while their parent stops and starts', async () => {
    class Parent extends Lifecycle {
      protected override async onStart() {
        await Promise.all(Array.from({ length: 10 }, () => this.adopt(new Slow())));
      }
    }
    await stress(new Parent({}, options), { clock, calls: 20 });
    expect(clock.pending).toBe(0);
  });
});

describe('under a runner', () => {
  /** A thing that has a runner, as the container gives it one. */
  function driven(hooks: object, prepare: (runner: Runner) => void = () => {}) {
    const around = surround();
    const runner = new Runner('it', around, { stopTimeout: 5_000 });
    prepare(runner);
    const thing: Startable = {
      name: 'it',
      start: () => runner.start(),
      stop: () => runner.stop(),
      get running() {
        return runner.phase === 'running';
      },
    };
    return { thing, around, runner, clock: around.clock, options: { clock: around.clock, hooks: [hooks] } };
  }

  test('a plain class with hooks', async () => {
    class Plain {
      async onStart() {
        await clock.sleep(2);
      }
      onStop() {}
    }
    const plain = new Plain();
    const { thing, options, clock } = driven(plain, (runner) =>
      runner.bind(plain, { onStart: () => plain.onStart(), onStop: () => plain.onStop() }),
    );
    expect((await stress(thing, options)).starts).toBeGreaterThan(5);
    expect(clock.pending).toBe(0);
  });

  test.each<[string, (clock: ManualClock) => WatchSource<unknown>, WatchOptions?]>([
    ['polls', () => ({ interval: 3, poll: () => Promise.resolve(1) })],
    ['follows a stream', (clock) => ({
      stream: async function* (signal) {
        for (let i = 0; !signal.aborted; i++) {
          yield i;
          await clock.sleep(2, { signal });
        }
      },
    })],
    ['follows a stream that ends', () => ({ stream: async function* () { yield 1; } })],
    ['rests while nobody listens', (clock) => ({ stream: tailFile(__filename, { clock, from: 'start', interval: 3 }) }), { lazy: true }],
    ['follows files', (clock) => ({ stream: watchFiles(__filename, { clock, debounce: 10, existing: true }) })],
    ['polls what fails', () => ({ interval: 3, poll: () => Promise.reject(new Error('unplugged')) })],
  ])('a watch that %s', async (_, source, how = {}) => {
    class Sensor extends Watch<unknown> {}
    const hooks = { onStart: () => {}, onStop: () => {} };
    const { thing, options, clock } = driven(hooks, (runner) => {
      const sensor = construct({ target: Sensor, home: runner }, () => new Sensor());
      runner.bind(sensor, { onStart: () => hooks.onStart(), onStop: () => hooks.onStop() });
      runner.attach((run) => watchFrom(sensor, source(runner.environment.clock as ManualClock), how, run));
    });
    expect((await stress(thing, options)).starts).toBeGreaterThan(5);
    expect(clock.pending).toBe(0);
  }); // biome-ignore format: a table

  test('stores, models and caches that belong to the run', async () => {
    const { thing, options, around, runner } = driven({}, (it) => {
      it.attach((run) => {
        const owner = { owner: run };
        createStore('store', { volume: 1 }, { ...owner, emitEvents: true }).set({ volume: 2 });
        createModel('model', { at: { x: 1 } }, owner).set('at.x', 2);
        createCache('cache', { ...owner, ttl: 10, dependsOn: ['store:changed'] }).set(1);
        createKeyedCache('keyed', { ...owner, ttl: 10 }).set('a', 1);
      });
    });
    await stress(thing, options);
    expect([around.clock.pending, around.bus.listenerCount(), runner.scope.size]).toEqual([0, 0, 0]);
  });
});

describe('a process', () => {
  const LIVES = 'setInterval(() => {}, 1000)';
  const few = { callers: 4, calls: 8, hooks: [], stopTimeout: 20_000 };

  test.each<[string, string, ProcessOptions]>([
    ['that ends when it is asked to', LIVES, {}],
    ['that is ready late', `setTimeout(() => console.log('up'), 30); ${LIVES}`, { ready: /up/ }],
    ['that ignores SIGTERM', `process.on('SIGTERM', () => {}); ${LIVES}`, { terminateTimeout: 50 }],
    ['that breaks down all the time', 'process.exit(1)', { restart: { on: 'always', maxRestarts: 1e6, backoff: { min: 1, max: 3 } } }],
  ])('%s', async (_, code, options) => {
    const owner = new Scope('owner', { events: surround().events });
    const child = createProcess('child', process.execPath, ['-e', code], { owner, ...options });
    await stress(child, few);
    expect([child.running, owner.size]).toEqual([false, 0]);
    await owner.close();
  }); // biome-ignore format: a table

  test('two of a service that is started and stopped', async () => {
    class Recorder extends Lifecycle {
      readonly camera = createProcess('camera', process.execPath, ['-e', LIVES], { owner: this });
      protected override async onStart() {
        await Promise.all([this.camera.start(), startProcess(this, 'sleep', ['300'])]);
      }
      protected override onStop() {}
    }
    const recorder = new Recorder({}, { bus: new Bus(), stopTimeout: 5_000 });
    await stress(recorder, { callers: 4, calls: 8, stopTimeout: 20_000 });
    expect(recorder.camera.running).toBe(false);
  });
});

describe('under an application', () => {
  @Watcher()
  class Polled extends Watch<number> {
    @Poll(3) read() {
      return 1;
    }
  }
  @Watcher()
  class Followed extends Watch<number> {
    @Stream() async *follow() {
      yield 1;
    }
  }
  @Service()
  class Ticker extends Lifecycle<{ ticks: number }> {
    readonly settings = createStore('settings', { volume: 1 }, { persist: true, emitEvents: true });
    readonly cache = createCache<number>('cache', { ttl: 10, dependsOn: ['settings:changed'] });
    constructor() {
      super({ ticks: 0 });
    }
    protected override async onStart() {
      this.settings.set({ volume: this.settings.get('volume') + 1 });
      await this.cache.getOrCompute(() => 1);
    }
    protected override onStop() {}
    @Interval(4) tick() {}
    @Cron('* * * * * *') each() {}
    @Listen('settings:changed') heard() {}
    @Observe(Polled) seen() {}
    @Observe(Followed) followed() {}
  }
  // Its jobs sleep in virtual time, which not every test turns.
  @Queue({ type: String, concurrency: 2, timeout: 6, backoff: { min: 3 }, stopTimeout: 50 })
  class Chores extends QueueService<string> {
    protected async handle({ data, signal }: { data: string; signal: AbortSignal }) {
      await this.clock.sleep(data.length, { signal });
      if (data === 'fails') throw new Error('not today');
    }
    protected override onStart() {
      return this.enqueueMany(['a', 'fails', 'takes too long']).then(() => {});
    }
    protected override onStop() {}
  }
  @Controller('/ticks')
  class TicksController {
    readonly ticker = inject(Ticker);
    @Get('/') read() {
      return this.ticker.state;
    }
    onStart() {}
    onStop() {}
  }
  @Handler()
  class TicksHandler {
    readonly ticker = inject(Ticker);
    @On('ticks') read() {
      return this.ticker.state;
    }
    onStart() {}
    onStop() {}
  }
  @Module({ providers: [TicksController, TicksHandler, Ticker, Chores, Polled, Followed] })
  class App {}

  /** Restarts one of them or another, or calls while they are restarted, and stops the application in the end. */
  const restarted = (targets: readonly [Class, ...Class[]], call: () => unknown): ((app: Application) => Startable) => {
    let next = 0;
    return (app) => ({
      name: 'App',
      start: () => app.restart(targets[next++ % targets.length] as Class),
      restart: () => app.restart(targets[0]),
      stop: call,
    });
  };

  test('services, queues, watchers, cron jobs, controllers and handlers are restarted while others call', async () => {
    const app = await testApplication(App, { logger: false }).start();
    const socket = await app.socket();
    const answers: number[] = [];
    const call = async () => {
      answers.push((await fetch(`${app.url}/ticks`)).status);
      const ack = await socket.emitWithAck('ticks');
      answers.push(ack.error?.status ?? 200);
    };
    const hooks = [app.get(Ticker), app.get(Chores), app.get(TicksController), app.get(TicksHandler)];
    const targets = [TicksController, TicksHandler, Ticker, Chores, Polled, Followed] as const;
    const { starts } = await stress(restarted(targets, call)(app), {
      clock: app.clock,
      hooks,
      calls: 20,
      stopTimeout: 20_000,
      finish: () => app.stop(),
      leaks: false,
    });
    expect(starts).toBeGreaterThan(5);
    expect(answers).toContain(200);
    expect(answers.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  });

  test('an application, whose start and stop are called at random, ends stopped with everything in it', async () => {
    for (let round = 0; round < 20; round++) {
      const app = new Application(App, {
        logger: false,
        signals: false,
        storage: { file: ':memory:' },
        clock: new ManualClock(),
      });
      const code = ({ code = '' }: { code?: string }) =>
        ['SPECTER_START_ABORTED', 'SPECTER_APPLICATION_STATE'].includes(code);
      const thing: Startable = {
        name: 'App',
        start: () => app.start(),
        stop: () => app.stop(),
        restart: () => app.listen(0),
        get running() {
          return app.ready;
        },
      };
      await stress(thing, { callers: 4, calls: 4, expected: (error) => code(error) || /listen/i.test(error.message) });
      // Rejects when it was the port that could not be had.
      await app.closed.catch(() => {});
      expect(app.tree().children.flatMap(({ children }) => children)).toEqual([]);
    }
  });

  test('doors and storage end closed, whoever opens and closes them in whatever order', async () => {
    for (let round = 0; round < 10; round++) {
      const environment = { ...surround(), clock: new ManualClock() };
      const status = { ready: () => true, health: async () => ({ status: 'up' as const, services: {} }) };
      const http = new HttpServer(environment, {}, status);
      const sockets = new SocketServer(environment, {}, http);
      const storage = new Storage({ file: ':memory:', events: environment.events });
      const states = ['SPECTER_APPLICATION_STATE', 'SPECTER_LISTEN', 'SPECTER_STORAGE_CLOSED'];
      const thing: Startable = {
        name: 'doors',
        start: () => {
          sockets.open();
          return http.listen(0, '127.0.0.1');
        },
        restart: () => storage.transaction((db) => db.exec('CREATE TABLE IF NOT EXISTS a (b)')),
        stop: async () => {
          await Promise.all([http.drain(), sockets.drain()]);
          await sockets.close();
          await http.close();
          await storage.close();
        },
      };
      await stress(thing, { callers: 4, calls: 5, hooks: [], expected: ({ code = '' }) => states.includes(code) });
      expect([http.server.listening, http.tree(), sockets.tree()]).toEqual([false, [], []]);
    }
  });
});

describe('what the stress must find', () => {
  const open: (() => unknown)[] = [];
  afterAll(() => {
    for (const close of open) close();
  });

  /** Started and stopped by hand, as people write it. */
  class Unlocked {
    running = false;
    async start() {
      if (this.running) return;
      await this.onStart();
      this.running = true;
    }
    async stop() {
      if (!this.running) return;
      await this.onStop();
      this.running = false;
    }
    async onStart() {
      await Promise.resolve();
    }
    async onStop() {
      await Promise.resolve();
    }
  }

  test('a start and a stop without a lock between them', async () => {
    const faults = await faultsOf(new Unlocked());
    expect(faults).toMatch(/Unlocked\.onSt(art|op)\(\) was called while it was (starting|running|stopping|stopped)/);
  });

  test('one thing under two runners, each with a lock of its own', async () => {
    const hooks = { onStart: () => Promise.resolve(), onStop: () => {} };
    const runners = [1, 2].map(() => {
      const runner = new Runner('shared', surround());
      runner.bind({}, { onStart: () => hooks.onStart(), onStop: () => hooks.onStop() });
      return runner;
    });
    let next = 0;
    const thing: Startable = {
      name: 'shared',
      start: () => runners[next++ % 2]?.start(),
      stop: () => Promise.all(runners.map((runner) => runner.stop())),
    };
    expect(await faultsOf(thing, { hooks: [hooks] })).toMatch(/onStart\(\) was called while it was/);
  });

  test('a stop that hangs, and one that rejects', async () => {
    class Hangs extends Unlocked {
      override stop() {
        return new Promise<never>(() => {});
      }
    }
    class Rejects extends Unlocked {
      override async stop() {
        throw new Error('no');
      }
    }
    const few = { callers: 2, calls: 2, seed: 1 };
    expect(await faultsOf(new Hangs(), { ...few, stopTimeout: 20 })).toContain('finish() did not settle within 20 ms');
    expect(await faultsOf(new Rejects(), few)).toContain('finish() rejected: no');
  });

  test('equal failures are told once with their number, and how to repeat them', async () => {
    const thing = {
      name: 'Door',
      start: () => {},
      stop: () => {
        throw new Error('no');
      },
    };
    const options = { callers: 2, calls: 20, seed: 7, leaks: false };
    const error: StressError = await stress(thing, options).catch((thrown) => thrown);
    expect([...error.faults].sort()).toEqual([
      'finish() rejected: no',
      expect.stringMatching(/^restart\(\) rejected \d+ times: no$/),
      expect.stringMatching(/^stop\(\) rejected \d+ times: no$/),
    ]);
    expect(error.message).toContain(`startStopStress(thing, { seed: 7 })`);
  });

  test('a start that fails in an unexpected way', async () => {
    class Fails extends Unlocked {
      override async start() {
        throw new Error('out of film');
      }
    }
    expect(await faultsOf(new Fails())).toMatch(/start\(\) rejected \d+ times: out of film/);
  });

  test('something that is still up in the end', async () => {
    class Immortal extends Unlocked {
      override async stop() {}
    }
    const faults = await faultsOf(new Immortal(), { callers: 1, calls: 5, seed: 3 });
    expect(faults).toContain('Immortal is running in the end');
    expect(faults).toContain('it says that it runs');
  });

  test('a handle that each start leaves behind, by file and line', async () => {
    class Leaky extends Lifecycle {
      protected override onStart() {
        const listener = () => {};
        process.on('SIGUSR2', listener);
        open.push(() => process.removeListener('SIGUSR2', listener));
      }
    }
    const faults = await faultsOf(new Leaky(), { callers: 1, calls: 5, seed: 3 });
    expect(faults).toMatch(/listener "SIGUSR2" of process is left, made at .*stress\.test\.ts:\d+/);
  });

  test('the same in the same order, with the same seed', async () => {
    const orders = await Promise.all(
      [1, 2].map(async () => {
        const order: string[] = [];
        const note = (what: string) => async () => void order.push(what);
        const thing = { name: 'noted', start: note('start'), stop: note('stop'), restart: note('restart') };
        await stress(thing, { callers: 1, seed: 42, leaks: false });
        return order.join();
      }),
    );
    expect(orders[0]).toBe(orders[1]);
    expect(orders[0]).toMatch(/start.*restart.*stop|restart.*start/);
  });
});
