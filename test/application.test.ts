import { IsInt, IsString } from 'class-validator';
import {
  Action,
  type Application,
  type ApplicationOptions,
  Body,
  BootError,
  Bus,
  Config,
  Controller,
  createApplication,
  Get,
  Handler,
  inject,
  Lifecycle,
  type LifecycleEvent,
  type Logger,
  Module,
  On,
  Post,
  Service,
  SpecterError,
  Storage,
} from '../src/index.js';

const quiet = { logger: false, env: {} } as const;

/** Applications that a failing test left running would keep jest from ending. */
const made: Application[] = [];
const create = (...parameters: Parameters<typeof createApplication>) => {
  const app = createApplication(parameters[0], { ...quiet, ...parameters[1] });
  made.push(app);
  return app;
};
afterEach(() => Promise.all(made.splice(0).map((app) => app.stop())));

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: SpecterError) => error.code,
  );

@Service()
class Disk extends Lifecycle {
  free() {
    return 42;
  }
}

@Controller('/disk')
class DiskController {
  readonly disk = inject(Disk);
  @Get('/') read() {
    return { free: this.disk.free(), running: this.disk.running };
  }
}

@Module({ providers: [Disk, DiskController] })
class DiskApp {}

describe('one after the other', () => {
  test('listen() starts what has not started, and resolves with where it listens', async () => {
    const app = create(DiskApp);
    const { host, port, url } = await app.listen(0);
    expect({ host, url }).toEqual({ host: '127.0.0.1', url: `http://127.0.0.1:${port}` });
    expect(await (await fetch(`${url}/disk`)).json()).toEqual({ free: 42, running: true });
  });

  test('PORT and HOST of the environment say where, and a PORT that is none is an error before anything listens', async () => {
    const app = create(DiskApp, { env: { PORT: '0', HOST: 'localhost' } });
    expect((await app.listen()).host).toMatch(/127\.0\.0\.1|localhost|::1/);
    expect(await codeOf(create(DiskApp, { env: { PORT: 'abc' } }).listen())).toBe('SPECTER_APPLICATION_STATE');
  });

  test('an application listens once', async () => {
    const app = create(DiskApp);
    await app.listen(0);
    expect(await codeOf(app.listen(0))).toBe('SPECTER_APPLICATION_STATE');
  });

  test('a port that is taken stops everything that had started, and the error says which port', async () => {
    const { port } = await create(DiskApp).listen(0);
    const second = create(DiskApp);
    const error = await second.listen(port).catch((thrown: SpecterError) => thrown);
    expect(error).toMatchObject({ code: 'SPECTER_LISTEN', message: expect.stringContaining(String(port)) });
    expect(second.ready).toBe(false);
    expect(second.get(Disk).running).toBe(false);
    await expect(second.closed).rejects.toBe(error);
    await expect(second.listen(0)).rejects.toThrow('an application is not started again. Make a new one');
  });

  test('ready is true between the start and the stop only', async () => {
    const app = create(DiskApp);
    const seen = [app.ready];
    const starting = app.start();
    seen.push(app.ready);
    await starting;
    seen.push(app.ready);
    const stopping = app.stop();
    seen.push(app.ready);
    await stopping;
    expect(seen).toEqual([false, false, true, false]);
    await expect(app.closed).resolves.toBeUndefined();
  });

  test('a stopped application is not started again', async () => {
    const app = create(DiskApp);
    await app.start();
    await app.stop();
    expect(await codeOf(app.start())).toBe('SPECTER_APPLICATION_STATE');
  });

  test('before the start there is nothing to get', () => {
    expect(() => create(DiskApp).get(Disk)).toThrow(expect.objectContaining({ code: 'SPECTER_APPLICATION_STATE' }));
  });

  test('stop() during the start wins: start() rejects SPECTER_START_ABORTED, and what had started has stopped', async () => {
    let disk: Disk | undefined;
    @Service({ dependsOn: [Disk] })
    class Slow extends Lifecycle {
      protected override async onStart() {
        disk = inject === undefined ? undefined : app.get(Disk);
        void app.stop();
        await this.sleep(60_000);
      }
    }
    @Module({ providers: [Disk, Slow] })
    class App {}
    const app = create(App);
    expect(await codeOf(app.start())).toBe('SPECTER_START_ABORTED');
    expect(disk?.running).toBe(false);
    await expect(app.stop()).resolves.toBeUndefined();
  });

  test('using the application at the end of a block stops it', async () => {
    const app = create(DiskApp);
    {
      await using scoped = await app.start();
      expect(scoped.ready).toBe(true);
    }
    expect(app.get(Disk).running).toBe(false);
  });
});

describe('several parts', () => {
  test('two applications in one process never see each other', async () => {
    const [one, two] = await Promise.all([create(DiskApp).start(), create(DiskApp).start()]);
    const heard: string[] = [];
    one.bus.on('hello', () => heard.push('one'));
    two.bus.on('hello', () => heard.push('two'));
    one.registry.provide('mine', 1);
    one.bus.emit('hello');
    expect(heard).toEqual(['one']);
    expect(two.registry.has('mine')).toBe(false);
    expect(one.get(Disk)).not.toBe(two.get(Disk));
    await one.stop();
    expect(two.get(Disk).running).toBe(true);
  });

  test('managed instances are in the registry under class and name while they run', async () => {
    const app = await create(DiskApp).start();
    expect(app.registry.resolve(Disk)).toBe(app.get(Disk));
    expect(app.registry.resolve('Disk')).toBe(app.get(Disk));
    await app.stop();
    expect(app.registry.list()).toEqual([]);
  });

  test('the same instance answers over HTTP, sockets and actions', async () => {
    class Amount {
      @IsInt() by!: number;
    }
    @Service()
    class Counter {
      value = 0;
      add(by: number) {
        this.value += by;
        return this.value;
      }
    }
    @Controller('/counter')
    class CounterController {
      readonly counter = inject(Counter);
      @Post('/') post(@Body(Amount) amount: Amount) {
        return this.counter.add(amount.by);
      }
      @Action() add(amount: Amount) {
        return this.counter.add(amount.by);
      }
    }
    @Handler()
    class CounterHandler {
      readonly counter = inject(Counter);
      @On('add', { type: Amount }) add(amount: Amount) {
        return this.counter.add(amount.by);
      }
    }
    @Module({ providers: [Counter, CounterController, CounterHandler] })
    class App {}
    const app = create(App);
    const { url } = await app.listen(0);
    const post = async (path: string, body: unknown) =>
      (
        await fetch(url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json();
    const { io } = await import('socket.io-client');
    const socket = io(url, { transports: ['websocket'], reconnection: false });
    expect(await post('/counter', { by: 1 })).toBe(1);
    expect(await post('/actions/counter.add', { by: 2 })).toEqual({ ok: true, status: 200, value: 3 });
    expect(await socket.emitWithAck('add', { by: 3 })).toBe(6);
    expect(await socket.emitWithAck('action', 'counter.add', { by: 4 })).toEqual({ ok: true, status: 200, value: 10 });
    socket.disconnect();
  });

  test('koa middleware added before the start runs outermost; afterwards it is an error', async () => {
    const app = create(DiskApp);
    app.koa.use(async (ctx, next) => {
      await next();
      ctx.set('x-outer', 'yes');
    });
    const { url } = await app.listen(0);
    expect((await fetch(`${url}/disk`)).headers.get('x-outer')).toBe('yes');
    expect(() => app.koa.use(() => {})).toThrow(expect.objectContaining({ code: 'SPECTER_APPLICATION_STATE' }));
  });

  test('an application without routes and handlers loads neither koa nor socket.io, and opens no file', async () => {
    @Module({ providers: [Disk] })
    class App {}
    const app = await create(App).start();
    expect(app.tree().toText()).toBe('application\n└─ Disk');
    expect(app.get(Storage).opened).toBe(false);
  });
});

describe('configuration', () => {
  @Config({ prefix: 'MAIL_' })
  class MailConfig {
    @IsString() host!: string;
    @IsInt() smtpPort = 25;
  }
  @Module({ providers: [MailConfig] })
  class App {}
  const start = (env: ApplicationOptions['env']) => create(App, { env: env ?? {} }).start();

  test('a class is filled from the environment, converted by its rules, and injectable', async () => {
    const app = await start({ MAIL_HOST: 'mx', MAIL_SMTP_PORT: '587' });
    expect(app.get(MailConfig)).toEqual({ host: 'mx', smtpPort: 587 });
    expect(app.get(MailConfig)).toBeInstanceOf(MailConfig);
  });

  test('defaults of the class hold for what is not set', async () => {
    expect((await start({ MAIL_HOST: 'mx', MAIL_SMTP_PORT: '' })).get(MailConfig).smtpPort).toBe(25);
  });

  test('all faults are listed at once, near misses pointed out, and no value is printed', async () => {
    const error = await start({ MAIL_SMTP_PORT: 'hunter2', MAIL_HOTS: 'secret-host' }).catch(
      (thrown: BootError) => thrown,
    );
    expect(error).toMatchObject({ code: 'SPECTER_CONFIG' });
    const { message } = error as BootError;
    expect(message).toContain('MAIL_HOST is not set');
    expect(message).toContain('MAIL_SMTP_PORT is not usable');
    expect(message).toContain('MAIL_HOTS is read by nobody; did you mean MAIL_HOST?');
    expect(message).not.toMatch(/hunter2|secret-host/);
  });
});

describe('events and pictures', () => {
  test('every log line comes from an event, at its level', async () => {
    const lines: string[] = [];
    const write = (level: string) => (_fields: object, text: string) => lines.push(`${level} ${text}`);
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
    const logger = Object.fromEntries(levels.map((level) => [level, write(level)])) as unknown as Logger;
    const app = await create(DiskApp, { logger }).start();
    app.bus.on('broken', () => {
      throw new Error('listener broke');
    });
    app.bus.emit('broken');
    await app.stop();
    expect(lines).toEqual(
      expect.arrayContaining([
        'debug Disk is starting',
        expect.stringMatching(/^info Disk started in [\d.]+ ms$/),
        expect.stringMatching(/^info Ready after \d+ ms, 2 services$/),
        'error bus: listener of "broken" failed: listener broke',
        'info Stopping: app.stop() was called',
        expect.stringMatching(/^info Stopped after \d+ ms$/),
      ]),
    );
  });

  test('graph, timeline and tree tell who needs whom, what took so long, and who owns what', async () => {
    @Service({ dependsOn: [Disk] })
    class Gauge extends Lifecycle {
      protected override onStart() {
        this.interval(() => {}, 1_000);
        this.listen('measured', () => {});
      }
    }
    @Module({ providers: [Gauge, Disk] })
    class App {}
    const app = await create(App).start();
    expect(app.graph().edges).toEqual([['Gauge', 'Disk']]);
    expect(app.graph().toMermaid()).toBe('graph LR\n  n0["Disk"]\n  n1["Gauge"]\n  n1 --> n0');
    expect(app.tree().toText()).toMatch(
      /Gauge\n {3}├─ timer interval of 1000 ms {2}\(.*application\.test\.ts:\d+:\d+\)\n {3}└─ listener measured/,
    );
    await app.stop();
    const { start, stop } = app.timeline();
    expect(start.criticalPath).toEqual(['Disk', 'Gauge']);
    expect(stop.criticalPath).toEqual(['Gauge', 'Disk']);
    expect(app.tree().toText()).toBe('application\n├─ Disk\n└─ Gauge');
  });

  test('the tree shows the port, its connections and the clients', async () => {
    const app = create(DiskApp);
    const { port, url } = await app.listen(0);
    // Asked for, the sockets door is there.
    void app.io;
    await (await fetch(`${url}/disk`)).json();
    const text = app.tree().toText();
    expect(text).toMatch(
      new RegExp(`├─ http\n│  └─ resource port ${port} on 127\\.0\\.0\\.1\n│     └─ resource 1 connection`),
    );
    expect(text).toMatch(/└─ sockets\n {3}└─ resource 0 clients$/);
    await app.stop();
    expect(app.tree().toText()).not.toMatch(/port|client/);
  });

  test('app:ready and app:draining are on the bus', async () => {
    const heard: string[] = [];
    @Service()
    class Listening extends Lifecycle {
      readonly bus = inject(Bus);
      protected override onStart() {
        this.listen('app:ready', () => heard.push('ready'));
        this.listen('app:draining', () => heard.push('draining'));
      }
    }
    @Module({ providers: [Listening] })
    class App {}
    const app = await create(App).start();
    await app.stop();
    expect(heard).toEqual(['ready', 'draining']);
  });

  test('health is the worst of its services, and one that throws is down', async () => {
    let answer: () => unknown = () => ({ status: 'up' });
    @Service()
    class Patient {
      health() {
        return answer();
      }
    }
    @Module({ providers: [Patient, Disk] })
    class App {}
    const app = await create(App).start();
    expect(await app.health()).toMatchObject({ status: 'up', services: { Disk: { status: 'up' } } });
    answer = () => ({ status: 'degraded', queue: 7 });
    expect(await app.health()).toMatchObject({ status: 'degraded', services: { Patient: { queue: 7 } } });
    answer = () => {
      throw new Error('no pulse');
    };
    expect(await app.health()).toMatchObject({ status: 'down', services: { Patient: { error: 'no pulse' } } });
    answer = () => ({ status: 'up' });
    app.get(Disk).fail(new Error('head crash'));
    expect(await app.health()).toMatchObject({ status: 'down', services: { Disk: { error: 'head crash' } } });
  });

  test('what is heard of one service is in order', async () => {
    const app = create(DiskApp);
    const heard: LifecycleEvent['type'][] = [];
    app.events.on('*', (event) => {
      if ('service' in event && event.service === 'Disk') heard.push(event.type);
    });
    await app.start();
    await app.stop();
    expect(heard).toEqual(['starting', 'started', 'stopping', 'stopped']);
  });
});

test('a boot error has every fault at once, and nothing was constructed', async () => {
  const constructed: string[] = [];
  @Service()
  class Lonely {
    constructor() {
      constructed.push('Lonely');
    }
  }
  @Controller('/x')
  class Broken {
    readonly never = constructed.push('Broken');
    @Post('/') post(@Body() _body: { any: string }) {}
    @Get('/a') one() {}
    @Get('/a') two() {}
  }
  @Service({ dependsOn: ['nobody'] })
  class Needy {}
  @Module({ providers: [Lonely, Broken, Needy] })
  class App {}
  const error = await create(App)
    .start()
    .catch((thrown: BootError) => thrown);
  expect(error).toBeInstanceOf(BootError);
  const { errors, code } = error as BootError;
  expect(code).toBe('SPECTER_BOOT');
  expect(errors.map((one) => (one as SpecterError).code).sort()).toEqual([
    'SPECTER_DUPLICATE_ROUTE',
    'SPECTER_MISSING_DEPENDENCY',
    'SPECTER_UNTYPED_INPUT',
  ]);
  expect(constructed).toEqual([]);
});

test('a door that is made after the start has the guards of the application, too', async () => {
  const app = create(DiskApp, { guards: [() => false] });
  const { url } = await app.listen(0);
  // Asked for, the sockets door is there.
  void app.io;
  const { io } = await import('socket.io-client');
  const socket = io(url, { transports: ['websocket'], reconnection: false });
  const refused = await new Promise<Error>((resolve, reject) => {
    socket.once('connect_error', resolve).once('connect', () => reject(new Error('it was let in')));
  });
  expect(refused.message).toMatch(/Forbidden|not allowed|refused/i);
  expect((await fetch(`${url}/disk`)).status).toBe(403);
  socket.disconnect();
});

describe('what runs for months', () => {
  test('children that come and go leave nothing in the timeline and in health', async () => {
    @Service()
    class Parent extends Lifecycle {}
    class Child extends Lifecycle {}
    @Module({ providers: [Parent] })
    class App {}
    const app = await create(App).start();
    for (let i = 0; i < 50; i++) {
      const child = await app.get(Parent).adopt(new Child({}, { name: `session-${i}` }));
      await child[Symbol.asyncDispose]();
    }
    expect(app.timeline().start.entries.map(({ service }) => service)).toEqual(['Parent']);
    expect(app.tree().toText()).toBe('application\n└─ Parent');
  });

  test('the timeline keeps the picture of the boot when a service is restarted', async () => {
    const app = await create(DiskApp).start();
    const { total } = app.timeline().start;
    await app.restart(Disk);
    expect(app.timeline().start.total).toBe(total);
  });
});

test('an option that is no duration is an error at once, not a stop that never ends', () => {
  expect(() => createApplication(DiskApp, { drainDelay: Number.NaN })).toThrow(
    expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining('drainDelay') }),
  );
});

test('a stopTimeout without an end is an error of the boot, named by its service', async () => {
  @Service({ stopTimeout: Number.POSITIVE_INFINITY })
  class Endless {}
  @Module({ providers: [Endless] })
  class App {}
  await expect(create(App).start()).rejects.toThrow(/stopTimeout of Endless/);
});

test('listen() that races with stop() ends', async () => {
  const app = await create(DiskApp).start();
  const listening = app.listen(0).then(
    () => 'listening',
    (error: SpecterError) => error.code,
  );
  await app.stop();
  expect(['listening', 'SPECTER_LISTEN', 'SPECTER_APPLICATION_STATE']).toContain(await listening);
});

test('an injected service cannot be adopted: its application owns it', async () => {
  @Service()
  class Greedy extends Lifecycle {
    readonly disk = inject(Disk);
    protected override async onStart() {
      await this.adopt(this.disk);
    }
  }
  @Module({ providers: [Disk, Greedy] })
  class App {}
  await expect(create(App).start()).rejects.toThrow(/adopt\(Disk\)/);
});

test('the time that a stop took, as app-stopped tells it, begins with the draining of the doors', async () => {
  const app = await create(DiskApp, { drainDelay: 60 }).start();
  const told: number[] = [];
  app.events.on('app-stopped', ({ duration }) => told.push(duration));
  await app.stop();
  expect(told).toEqual([expect.any(Number)]);
  expect(told[0]).toBeGreaterThanOrEqual(55);
});
