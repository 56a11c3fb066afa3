import { HttpServer } from '../../src/http/server.js';
import {
  Controller,
  Get,
  Handler,
  inject,
  Lifecycle,
  Module,
  On,
  Poll,
  Service,
  Storage,
  token,
  Watch,
  Watcher,
} from '../../src/index.js';
import { type LeakError, mock, testApplication, type UncleanStopError } from '../../src/testing/index.js';
import { CarelessApp } from './careless.js';

@Service()
class Disk extends Lifecycle {
  protected override onStart() {
    throw new Error('a test must not touch the real disk');
  }
  free(unit: string) {
    return `much ${unit}`;
  }
}

@Service()
class Gauge extends Lifecycle<{ read: number }> {
  readonly disk = inject(Disk);
  constructor() {
    super({ read: 0 });
  }
  protected override onStart() {
    this.interval(() => this.setState({ read: this.state.read + 1 }), 1_000);
  }
}

@Controller('/gauge')
class GaugeController {
  readonly gauge = inject(Gauge);
  @Get('/') read() {
    return { free: this.gauge.disk.free('MiB'), read: this.gauge.state.read };
  }
}

@Handler()
class GaugeHandler {
  readonly gauge = inject(Gauge);
  @On('read') read() {
    return this.gauge.state.read;
  }
}

@Module({ providers: [Disk, Gauge, GaugeController, GaugeHandler] })
class App {}

class FakeDisk {
  free(unit: string) {
    return `7 ${unit}`;
  }
}

test('a value, a class or a factory takes the place of a provider, whose own hooks never run', async () => {
  const byValue = await testApplication(App)
    .override(Disk)
    .useValue({ free: () => '1' })
    .start();
  const byClass = await testApplication(App)
    .override(Disk)
    .useClass(FakeDisk as unknown as typeof Disk)
    .start();
  const byFactory = await testApplication(App)
    .override(Disk)
    .useFactory(async () => new FakeDisk() as unknown as Disk)
    .start();
  const free = async (app: typeof byValue) => (await app.http.get('/gauge').expect(200)).body.free;
  expect([await free(byValue), await free(byClass), await free(byFactory)]).toEqual(['1', '7 MiB', '7 MiB']);
  await Promise.all([byValue.stop(), byClass.stop(), byFactory.stop()]);
});

test('overriding what nobody provides is an error', async () => {
  const start = testApplication(App).override(token('typo')).useValue(1).start();
  await expect(start).rejects.toMatchObject({ code: 'SPECTER_NOT_FOUND', message: expect.stringContaining('typo') });
});

test('mock() records every call of every method and answers what it is told', async () => {
  const disk = mock(Disk);
  disk.free.returns('9 MiB');
  const app = await testApplication(App).override(Disk).useValue(disk).start();
  expect((await app.http.get('/gauge')).body.free).toBe('9 MiB');
  disk.free.does((unit) => `10 ${unit}`);
  expect((await app.http.get('/gauge')).body.free).toBe('10 MiB');
  expect(disk.free.calls).toEqual([['MiB'], ['MiB']]);
  expect(disk).toBeInstanceOf(Disk);
  await app.stop();
});

test('time stands still until it is turned, and a turn reaches timers, HTTP and sockets', async () => {
  const app = await testApplication(App).override(Disk).useValue(mock(Disk)).start();
  const socket = await app.socket();
  expect(app.clock.now()).toBe(Date.UTC(2026, 0, 1));
  expect(await socket.emitWithAck('read')).toBe(0);
  await app.clock.advance(3_500);
  expect(await socket.emitWithAck('read')).toBe(3);
  expect((await app.http.get('/gauge')).body.read).toBe(3);
  await app.stop();
});

test('the beginning of virtual time can be set, and the clock is there before the start', async () => {
  const builder = testApplication(App, { now: new Date('2030-05-01T12:00:00Z') })
    .override(Disk)
    .useValue(mock(Disk));
  expect(builder.clock.now()).toBe(Date.UTC(2030, 4, 1, 12));
  await (await builder.start()).stop();
});

test("clock: 'real' turns virtual time off", async () => {
  @Service()
  class Quick extends Lifecycle {
    #tick!: () => void;
    readonly ticked = new Promise<void>((resolve) => {
      this.#tick = resolve;
    });
    protected override onStart() {
      this.timeout(() => this.#tick(), 1);
    }
  }
  @Module({ providers: [Quick] })
  class RealApp {}
  const app = await testApplication(RealApp, { clock: 'real' }).start();
  await app.get(Quick).ticked;
  await app.stop();
});

test('a poll that hangs is reported at its virtual timeout, and named by the stop', async () => {
  @Watcher({ stopTimeout: 20 })
  class Stuck extends Watch<number> {
    @Poll(1_000, { timeout: 500 }) read() {
      return new Promise<number>(() => {});
    }
  }
  @Module({ providers: [Stuck] })
  class StuckApp {}
  const app = await testApplication(StuckApp, { uncleanStop: true, logger: false }).start();
  const failures: string[] = [];
  app.events.on('watch-failed', ({ error }) => failures.push(error.message));
  app.events.on('release-failed', ({ error }) => failures.push(error.message));
  await app.clock.advance(600);
  expect(failures).toEqual(['Stuck waited 500 ms for its poll, which did not come.']);
  expect(app.get(Stuck).health()).toMatchObject({ status: 'degraded', failures: 1 });
  await app.stop();
  expect(failures.slice(1)).toEqual([expect.stringContaining('task "poll every 1000 ms"')]);
});

describe('stop() rejects with what is left', () => {
  const leaving = async (leave: (service: Lifecycle) => void) => {
    @Service()
    class Leaving extends Lifecycle {
      protected override onStart() {
        leave(this);
      }
    }
    @Module({ providers: [Leaving] })
    class LeavingApp {}
    const app = await testApplication(LeavingApp).start();
    const error = await app.stop().then(
      () => undefined,
      (thrown: LeakError) => thrown,
    );
    if (error) expect(error).toMatchObject({ code: 'SPECTER_LEAK' });
    return error?.leaks.map(({ kind, label, place }) => `${kind} ${label} ${place ?? ''}`) ?? [];
  };

  test('nothing, when everything is owned', async () => {
    expect(await leaving((service) => service.interval(() => {}, 10))).toEqual([]);
  });

  test('a raw timer, by file and line, although it does not keep the process alive', async () => {
    let raw: NodeJS.Timeout | undefined;
    const leaks = await leaving(() => {
      raw = setInterval(() => {}, 10_000).unref();
    });
    clearInterval(raw);
    expect(leaks).toEqual([
      expect.stringMatching(/^timer made behind the framework .*test-application\.test\.ts:\d+:\d+$/),
    ]);
  });

  test('a raw server', async () => {
    const { createServer } = await import('node:net');
    const server = createServer();
    const leaks = await leaving(() => server.listen(0));
    server.close();
    expect(leaks).toEqual([expect.stringMatching(/^server .*test-application\.test\.ts/)]);
  });

  test('a listener on the bus and on process, and an entry in the registry', async () => {
    const app = await testApplication(CarelessApp).start();
    const { leaks } = await app.stop().then(
      () => {
        throw new Error('no leak was seen');
      },
      (error: LeakError) => error,
    );
    process.removeAllListeners('SIGUSR2');
    expect(leaks.map(({ kind, label, place }) => `${kind} ${label} ${place?.replace(/^.*\//, '') ?? ''}`)).toEqual([
      expect.stringMatching(/^listener "forgotten" of bus careless\.ts:\d+:\d+$/),
      expect.stringMatching(/^registry entry lost careless\.ts:\d+:\d+$/),
      expect.stringMatching(/^listener "SIGUSR2" of process careless\.ts:\d+:\d+$/),
    ]);
  });

  test('not what the test itself made', async () => {
    const mine = setInterval(() => {}, 10_000);
    expect(await leaving(() => {})).toEqual([]);
    const app = await testApplication(App).override(Disk).useValue(mock(Disk)).start();
    app.bus.on('mine', () => {});
    app.registry.provide('mine', 1);
    await app.stop();
    clearInterval(mine);
  });
});

describe('stop() rejects with what went wrong on the way', () => {
  @Service({ stopTimeout: 20 })
  class Stuck extends Lifecycle {
    protected override onStart() {
      this.addCleanup(() => {
        throw new Error('the valve is jammed');
      });
    }
    protected override onStop() {
      return new Promise<void>(() => {});
    }
  }
  @Service({ stopTimeout: 20 })
  class Busy extends Lifecycle {
    stopped = false;
    protected override onStart() {
      this.spawn(() => new Promise<void>(() => {}));
    }
    protected override onStop() {
      this.stopped = true;
      throw new Error('no farewell');
    }
  }
  @Module({ providers: [Stuck, Busy] })
  class UncleanApp {}

  test('an onStop that hangs, a task that is left behind, a release and an onStop that throw: all together, by name', async () => {
    const app = await testApplication(UncleanApp, { logger: false }).start();
    const error: UncleanStopError = await app.stop().then(
      () => undefined as never,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'SPECTER_UNCLEAN_STOP',
      message: expect.stringContaining('uncleanStop: true'),
    });
    const told = error.failures.map(({ service, error }) => `${service}: ${error.message}`);
    expect(told.sort()).toEqual([
      'Busy: no farewell',
      expect.stringMatching(/^Busy: task .*did not finish within 20 ms/),
      expect.stringMatching(/^Stuck: Stuck\.onStop\(\) did not finish within 20 ms/),
      expect.stringMatching(/^Stuck: cleanup .*the valve is jammed/),
    ]);
    for (const line of told) expect(error.message).toContain(line.split('\n')[0]);
    expect(app.get(Busy).stopped).toBe(true);
    await expect(app.closed).resolves.toBeUndefined();
  });

  test('unless that is what the test is about', async () => {
    const app = await testApplication(UncleanApp, { logger: false, uncleanStop: true }).start();
    await app.stop();
  });

  test('with a leak, both are told', async () => {
    let raw: NodeJS.Timeout | undefined;
    @Service()
    class Both extends Lifecycle {
      protected override onStart() {
        raw = setInterval(() => {}, 10_000);
      }
      protected override onStop() {
        throw new Error('no farewell');
      }
    }
    @Module({ providers: [Both] })
    class BothApp {}
    const app = await testApplication(BothApp, { logger: false }).start();
    const error: UncleanStopError = await app.stop().then(
      () => undefined as never,
      (thrown) => thrown,
    );
    clearInterval(raw);
    expect(error.message).toMatch(/Both: no farewell[\s\S]*timer made behind the framework, made at .*\.test\.ts:\d+/);
    expect(error.leaks).toHaveLength(1);
  });

  test('not with what failed and was cured before the stop', async () => {
    @Service()
    class Moody extends Lifecycle {
      stops = 0;
      protected override onStop() {
        if (this.stops++ === 0) throw new Error('not now');
      }
    }
    @Module({ providers: [Moody] })
    class MoodyApp {}
    const app = await testApplication(MoodyApp, { logger: false }).start();
    await app.restart(Moody);
    await app.stop();
  });
});

test('storage is in memory, and no port is opened without routes or handlers', async () => {
  @Module({ providers: [] })
  class Empty {}
  const app = await testApplication(Empty).start();
  expect(app.get(Storage).file).toBe(':memory:');
  expect(() => app.url).toThrow(expect.objectContaining({ code: 'SPECTER_APPLICATION_STATE' }));
  await app.stop();
});

describe('a stop that was not clean', () => {
  @Controller('/slow')
  class SlowController {
    @Get() answer() {
      return new Promise(() => {});
    }
  }
  @Module({ providers: [SlowController] })
  class SlowApp {}

  // Teeth: a cut is an event of its own, and unheard the stop was a clean one (tried).
  test('is one that had to cut off a request at drainTimeout', async () => {
    const app = await testApplication(SlowApp, { clock: 'real', http: { drainTimeout: 50 } }).start();
    const begun = new Promise<void>((resolve) => {
      const { server } = app.get(HttpServer);
      server.on('request', () => resolve());
    });
    const call = fetch(`${app.url}/slow`).catch(() => undefined);
    await begun;
    await expect(app.stop()).rejects.toMatchObject({
      code: 'SPECTER_UNCLEAN_STOP',
      message: expect.stringContaining('http: cut off at the deadline: GET /slow (SlowController)'),
    });
    await call;
  });

  test('is told once: a second stop() of the same application, as in afterEach(), fails no later test', async () => {
    @Service()
    class Leaky extends Lifecycle {
      protected override onStop() {
        throw new Error('stuck');
      }
    }
    @Module({ providers: [Leaky] })
    class LeakyApp {}
    const app = await testApplication(LeakyApp, { logger: false }).start();
    await expect(app.stop()).rejects.toMatchObject({ code: 'SPECTER_UNCLEAN_STOP' });
    await expect(app.stop()).resolves.toBeUndefined();
  });
});
