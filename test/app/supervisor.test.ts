import {
  Controller,
  Get,
  Interval,
  inject,
  Lifecycle,
  Module,
  Poll,
  Service,
  Watch,
  Watcher,
} from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';

const log: string[] = [];
beforeEach(() => log.splice(0));

/** How many of the next starts of the tuner fail. */
let failingStarts = 0;

@Service({
  restart: { on: 'failure', maxRestarts: 3, within: 60_000, backoff: { min: 100, max: 1_000, factor: 2, jitter: 0 } },
})
class Tuner extends Lifecycle {
  protected override onStart() {
    if (failingStarts-- > 0) throw new Error('no signal');
    log.push('tuner up');
  }
  protected override onStop() {
    log.push('tuner down');
  }
}

@Service()
class Recorder extends Lifecycle {
  readonly tuner = inject(Tuner);
  protected override onStart() {
    log.push(`recorder up, tuner running: ${this.tuner.running}`);
  }
  protected override onStop() {
    log.push(`recorder down, tuner running: ${this.tuner.running}`);
  }
}

@Service()
class Bystander extends Lifecycle {
  protected override onStart() {
    log.push('bystander up');
  }
  @Interval(50) tick() {}
}

@Controller('/tuner')
class TunerController {
  readonly tuner = inject(Tuner);
  @Get('/') read() {
    return { running: this.tuner.running };
  }
}

@Module({ providers: [Recorder, Tuner, Bystander, TunerController] })
class App {}

const start = async () => {
  failingStarts = 0;
  const app = await testApplication(App, { logger: false }).start();
  log.splice(0);
  return app;
};

const restarts = (app: TestApplication) => {
  const delays: number[] = [];
  app.events.on('restarting', ({ delay }) => void delays.push(delay));
  return delays;
};

test('a failing service is restarted with its dependents, in order, after its backoff; others do not notice', async () => {
  const app = await start();
  await app.crash(Tuner, new Error('unplugged'));
  expect(log).toEqual(['recorder down, tuner running: true', 'tuner down']);
  await app.clock.advance(99);
  expect(app.get(Tuner).running).toBe(false);
  await app.clock.advance(1);
  expect(log.slice(2)).toEqual(['tuner up', 'recorder up, tuner running: true']);
  expect(app.get(Bystander).running).toBe(true);
  await app.stop();
});

test('routes answer 503 with Retry-After while their controller waits, and again 200 afterwards', async () => {
  const app = await start();
  await app.http.get('/tuner').expect(200, { running: true });
  await app.crash(Tuner, new Error('unplugged'));
  const away = await app.http.get('/tuner').expect(503);
  expect(away.body.code).toBe('SPECTER_UNAVAILABLE');
  expect(away.headers['retry-after']).toBe('1');
  await app.clock.advance(100);
  await app.http.get('/tuner').expect(200, { running: true });
  await app.stop();
});

test('health is degraded, which is still ready, while something is on its way back', async () => {
  const app = await start();
  await app.crash(Tuner, new Error('unplugged'));
  expect(await app.health()).toMatchObject({
    status: 'degraded',
    services: { Tuner: { status: 'degraded' }, Bystander: { status: 'up' } },
  });
  expect(app.ready).toBe(true);
  await app.clock.advance(100);
  expect((await app.health()).status).toBe('up');
  await app.stop();
});

test('the backoff grows with each failure in a row, and begins anew after half a minute of health', async () => {
  const app = await start();
  const delays = restarts(app);
  await app.crash(Tuner, new Error('1'));
  await app.clock.advance(100);
  await app.crash(Tuner, new Error('2'));
  await app.clock.advance(200);
  await app.clock.advance(60_000);
  await app.crash(Tuner, new Error('3'));
  await app.clock.advance(100);
  expect(delays).toEqual([100, 200, 100]);
  expect(app.get(Tuner).running).toBe(true);
  await app.stop();
});

test('an onStart that fails in a restart counts as a failure', async () => {
  const app = await start();
  const delays = restarts(app);
  failingStarts = 2;
  await app.crash(Tuner, new Error('unplugged'));
  await app.clock.advance(100 + 200 + 400);
  expect(delays).toEqual([100, 200, 400]);
  expect(app.get(Tuner).running).toBe(true);
  expect(app.get(Recorder).running).toBe(true);
  await app.stop();
});

test('more failures than the budget stop the application, and closed rejects with who, how often and why', async () => {
  const app = await start();
  for (const ms of [100, 200, 400]) {
    await app.crash(Tuner, new Error('unplugged'));
    await app.clock.advance(ms);
  }
  await app.crash(Tuner, new Error('the last straw'));
  await expect(app.closed).rejects.toMatchObject({
    code: 'SPECTER_ESCALATED',
    service: expect.any(String),
    message: expect.stringMatching(/^Tuner failed again after 3 restarts within 60000 ms.*the last straw/s),
  });
  expect(app.get(Bystander).running).toBe(false);
  await app.stop();
});

test('the budget is a sliding window: failures that are long past do not count', async () => {
  const app = await start();
  for (let i = 0; i < 8; i++) {
    await app.crash(Tuner, new Error('unplugged'));
    await app.clock.advance(30_000);
  }
  expect(app.ready).toBe(true);
  await app.stop();
});

test('without a policy a failure is reported, the service is left running, and health is down', async () => {
  const app = await start();
  const failed: string[] = [];
  app.events.on('failed', ({ service }) => void failed.push(service));
  await app.crash(Bystander, new Error('odd'));
  expect(failed).toEqual(['Bystander']);
  expect(app.get(Bystander).running).toBe(true);
  expect((await app.health()).status).toBe('down');
  await app.stop();
});

test('a critical task that rejects, and a watcher that gives up, fail their service', async () => {
  let broken = false;
  @Watcher({ restart: { on: 'failure', backoff: { min: 10, jitter: 0 } } })
  class Sensor extends Watch<number> {
    @Poll(1_000, { retry: false }) read() {
      if (broken) throw new Error('no pulse');
      return 1;
    }
  }
  @Service({ restart: { on: 'failure', backoff: { min: 10, jitter: 0 } } })
  class Worker extends Lifecycle {
    protected override onStart() {
      this.spawn(
        async () => {
          await this.sleep(500);
          if (broken) throw new Error('task failed');
        },
        { critical: true },
      );
    }
  }
  @Module({ providers: [Sensor, Worker] })
  class SensorApp {}
  const app = await testApplication(SensorApp, { logger: false }).start();
  const restarting: string[] = [];
  app.events.on('restarting', ({ service }) => void restarting.push(service));
  broken = true;
  await app.clock.advance(1_000);
  expect(restarting).toEqual(['Worker', 'Sensor']);
  broken = false;
  await app.clock.advance(1_000);
  expect([app.get(Sensor).running, app.get(Worker).running]).toEqual([true, true]);
  await app.stop();
});

test('app.restart() stops and starts a service with its dependents, without counting', async () => {
  const app = await start();
  for (let i = 0; i < 10; i++) await app.restart(Tuner);
  expect(log.slice(0, 4)).toEqual([
    'recorder down, tuner running: true',
    'tuner down',
    'tuner up',
    'recorder up, tuner running: true',
  ]);
  expect(log).toHaveLength(40);
  await app.stop();
});

test('app.restart() rejects with what the service failed to start with', async () => {
  const app = await start();
  failingStarts = 1;
  await expect(app.restart(Tuner)).rejects.toThrow('no signal');
  await app.stop();
});

test('two services that fail at once with a common dependent: it comes back when both are back', async () => {
  const policy = (min: number) => ({ restart: { on: 'failure', backoff: { min, jitter: 0 } } }) as const;
  @Service(policy(100))
  class Left extends Lifecycle {}
  @Service(policy(500))
  class Right extends Lifecycle {}
  @Service({ dependsOn: [Left, Right] })
  class Both extends Lifecycle {}
  @Module({ providers: [Both, Left, Right] })
  class PairApp {}
  const app = await testApplication(PairApp, { logger: false }).start();
  const both = () => [Left, Right, Both].map((token) => app.get<Lifecycle>(token).running);
  await Promise.all([app.crash(Left, new Error('l')), app.crash(Right, new Error('r'))]);
  expect(both()).toEqual([false, false, false]);
  await app.clock.advance(100);
  expect(both()).toEqual([true, false, false]);
  await app.clock.advance(400);
  expect(both()).toEqual([true, true, true]);
  await app.stop();
});

test('stopping the application while something waits for its backoff ends at once and leaves nothing', async () => {
  const app = await start();
  await app.crash(Tuner, new Error('unplugged'));
  await app.stop();
  expect(app.get(Tuner).running).toBe(false);
  expect(log).not.toContain('tuner up');
});

test('a service that fails while others are still starting is restarted once they have started', async () => {
  let starts = 0;
  let release = () => {};
  @Service({ restart: { on: 'failure', backoff: { min: 100, jitter: 0 } } })
  class Early extends Lifecycle {
    protected override onStart() {
      starts += 1;
      if (starts === 1) this.spawn(() => Promise.reject(new Error('at once')), { critical: true });
    }
  }
  @Service({ dependsOn: [Early] })
  class Slow extends Lifecycle {
    protected override onStart() {
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    }
  }
  @Module({ providers: [Early, Slow] })
  class EarlyApp {}
  const builder = testApplication(EarlyApp, { logger: false });
  const starting = builder.start();
  await builder.clock.settle();
  release();
  const app = await starting;
  const restarting = builder.clock.advance(100);
  await builder.clock.settle();
  release();
  await restarting;
  expect(starts).toBe(2);
  expect(app.get(Early).running).toBe(true);
  await app.stop();
});

test('what fails because it is being stopped has not failed', async () => {
  @Service({ restart: { on: 'failure', maxRestarts: 1 } })
  class Touchy extends Lifecycle {
    protected override onStart() {
      this.addCleanup(() => this.fail(new Error('connection closed')));
    }
  }
  @Module({ providers: [Touchy] })
  class TouchyApp {}
  const app = await testApplication(TouchyApp, { logger: false }).start();
  for (let i = 0; i < 4; i++) await app.restart(Touchy);
  expect(app.get(Touchy).running).toBe(true);
  expect((await app.health()).status).toBe('up');
  await app.stop();
});

test('the backoff goes on growing for as long as the service does not come up', async () => {
  @Service({ restart: { on: 'failure', maxRestarts: 100, backoff: { min: 10_000, max: 80_000, jitter: 0 } } })
  class Dead extends Lifecycle {
    protected override onStart() {
      if (failingStarts-- > 0) throw new Error('still dead');
    }
  }
  @Module({ providers: [Dead] })
  class DeadApp {}
  failingStarts = 0;
  const app = await testApplication(DeadApp, { logger: false }).start();
  const delays = restarts(app);
  failingStarts = 5;
  await app.crash(Dead, new Error('died'));
  for (let i = 0; i < 40; i++) await app.clock.advance(10_000);
  expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 80_000, 80_000]);
  expect(app.get(Dead).running).toBe(true);
  await app.stop();
});

test('health is degraded, not down, while a restart takes its time', async () => {
  let release = () => {};
  let slow = false;
  @Service()
  class Slow extends Lifecycle {
    protected override onStart() {
      if (!slow) return undefined;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    }
  }
  @Service({ dependsOn: [Slow] })
  class After extends Lifecycle {}
  @Module({ providers: [Slow, After] })
  class SlowApp {}
  const app = await testApplication(SlowApp, { logger: false }).start();
  slow = true;
  const restarting = app.restart(Slow);
  await app.clock.settle();
  expect(await app.health()).toMatchObject({ status: 'degraded', services: { After: { status: 'degraded' } } });
  release();
  await restarting;
  expect((await app.health()).status).toBe('up');
  await app.stop();
});

test('app.restart() of a service that waits for its backoff starts it at once, and the backoff is forgotten', async () => {
  const app = await start();
  await app.crash(Tuner, new Error('unplugged'));
  await app.restart(Tuner);
  expect(app.get(Tuner).running).toBe(true);
  log.splice(0);
  await app.clock.advance(1_000);
  expect(log).toEqual([]);
  await app.stop();
});

test('a dependent that fails to come back is tried again, although by itself it would not be restarted', async () => {
  let failing = 1;
  @Service({ restart: { on: 'failure', backoff: { min: 10, jitter: 0 } } })
  class Base extends Lifecycle {}
  @Service({ dependsOn: [Base] })
  class Above extends Lifecycle {
    starts = 0;
    protected override onStart() {
      this.starts += 1;
      if (this.starts > 1 && failing-- > 0) throw new Error('not yet');
    }
  }
  @Module({ providers: [Base, Above] })
  class PairApp {}
  const app = await testApplication(PairApp, { logger: false }).start();
  await app.crash(Base, new Error('gone'));
  await app.clock.advance(10);
  expect(app.get(Above).running).toBe(false);
  await app.clock.advance(1_000);
  expect(app.get(Above).running).toBe(true);
  await app.stop();
});

test('a child that its service adopted fails with its service: that is restarted, and counted', async () => {
  class Probe extends Lifecycle {
    protected override onStart() {
      this.spawn(() => Promise.reject(new Error('probe lost')), { critical: true, delay: 1_000 });
    }
  }
  let starts = 0;
  @Service({ restart: { on: 'failure', backoff: { min: 100, jitter: 0 } } })
  class Station extends Lifecycle {
    protected override async onStart() {
      starts++;
      if (starts === 1) await this.adopt(new Probe());
    }
  }
  @Module({ providers: [Station] })
  class StationModule {}
  const app = await testApplication(StationModule, { logger: false }).start();
  const failed: string[] = [];
  app.events.on('failed', ({ service, error }) => failed.push(`${service}: ${error.message}`));
  await app.clock.advance(1_000);
  expect(failed).toEqual(['Probe: probe lost', 'Station: probe lost']);
  await app.clock.advance(100);
  expect(starts).toBe(2);
  expect((await app.health()).services.Station).toMatchObject({ status: 'up', errors: expect.any(Number) });
  await app.stop();
});
