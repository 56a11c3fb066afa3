// Law 7. A throw or rejection in a listener, timer, subscriber or handler is reported with its owner's name, counted in health, and does not stop its siblings.
import {
  Controller,
  Cron,
  createStore,
  Get,
  Handler,
  Interval,
  Lifecycle,
  type LifecycleEvent,
  Listen,
  Module,
  Observe,
  On,
  Poll,
  Service,
  Timeout,
  Watch,
  Watcher,
} from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { settle } from '../kernel/heard.js';

type Kind = 'throws' | 'rejects';

/** Fails in the way that was asked for. */
const fail = (kind: Kind, where: string): unknown => {
  const error = new Error(`${where} ${kind}`);
  if (kind === 'throws') throw error;
  return Promise.reject(error);
};

const calls: string[] = [];
beforeEach(() => void (calls.length = 0));

/** An application in which everything that can fail does, once by itself and once beside a healthy sibling. */
function failing(kind: Kind) {
  @Watcher()
  class Sensor extends Watch<number> {
    @Poll(1_000) read() {
      return 1;
    }
  }
  @Service()
  class Fails extends Lifecycle<{ n: number }> {
    readonly store = createStore('s', { n: 0 });
    constructor() {
      super({ n: 0 });
    }
    protected override onStart() {
      this.spawn(() => fail(kind, 'task'), { label: 'work' });
      this.interval(() => fail(kind, 'interval'), 1_000);
      this.timeout(() => fail(kind, 'timeout'), 1_000);
      this.listen('event', () => fail(kind, 'listen'));
      this.listen('event', () => calls.push('sibling listener'));
      if (kind === 'throws') this.subscribe(() => fail(kind, 'state') as never);
      this.subscribe(() => void calls.push('sibling of state'));
      this.addCleanup(() => fail(kind, 'cleanup'));
      this.addCleanup(() => calls.push('sibling cleanup'));
    }
    @Interval(1_000) declaredInterval() {
      return fail(kind, '@Interval');
    }
    @Timeout(1_000) declaredTimeout() {
      return fail(kind, '@Timeout');
    }
    @Cron('* * * * *') cron() {
      return fail(kind, '@Cron');
    }
    @Listen('event') declaredListen() {
      return fail(kind, '@Listen');
    }
    @Observe(Sensor) observe() {
      return fail(kind, '@Observe');
    }
    @Interval(1_000) healthy() {
      calls.push('sibling interval');
    }
    protected override onStop() {
      return fail(kind, 'onStop') as never;
    }
  }
  @Service()
  class Neighbour {
    @Listen('event') hear() {
      calls.push('neighbour');
    }
    onStop() {
      calls.push('neighbour stopped');
    }
  }
  @Module({ providers: [Fails, Sensor, Neighbour] })
  class App {}
  return { App, Fails };
}

const errorsOf = (events: readonly LifecycleEvent[]) =>
  events.flatMap((event) =>
    'error' in event && 'service' in event ? [`${event.service}: ${event.error.message}`] : [],
  );

// A rejection that nobody handles fails a test by itself.
// Teeth: a bus that lets the first failing listener throw out of emit(), or a timer whose rejection is not caught, fails this test (tried).
test.each<Kind>(['throws', 'rejects'])(
  'whatever %s is reported once by the name of its owner, and everybody else goes on',
  async (kind) => {
    const { App, Fails } = failing(kind);
    const events: LifecycleEvent[] = [];
    const app = await testApplication(App, { logger: false }).start();
    app.events.on('*', (event) => void events.push(event));
    await app.clock.advance(60_000);
    app.bus.emit('event');
    app.get(Fails).setState({ n: 1 });
    await settle();

    const said = new Set(errorsOf(events));
    for (const where of ['interval', 'timeout', 'listen', '@Interval', '@Timeout', '@Cron', '@Listen', '@Observe']) {
      expect(said).toContain(`Fails: ${where} ${kind}`);
    }
    if (kind === 'throws') expect(said).toContain('Fails: state throws');
    expect(
      events.filter((event) => event.type === 'listener-failed' && event.error.message === `listen ${kind}`),
    ).toHaveLength(1);
    expect(calls).toEqual(
      expect.arrayContaining(['sibling listener', 'sibling of state', 'sibling interval', 'neighbour']),
    );
    expect(calls.filter((call) => call === 'sibling interval')).toHaveLength(60);

    const health = await app.health();
    expect(health.services.Fails).toMatchObject({ errors: expect.any(Number) });
    expect(Number(health.services.Fails?.errors)).toBeGreaterThan(100);
    expect(health.services.Neighbour).not.toHaveProperty('errors');

    await expect(app.stop()).rejects.toMatchObject({ code: 'SPECTER_UNCLEAN_STOP', failures: { length: 2 } });
    expect(errorsOf(events)).toContain(`Fails: onStop ${kind}`);
    expect(errorsOf(events).some((line) => line.includes(`cleanup ${kind}`))).toBe(true);
    expect(calls).toEqual(expect.arrayContaining(['sibling cleanup', 'neighbour stopped']));
  },
);

test('a task that fails while the service starts is reported as well', async () => {
  const { App } = failing('rejects');
  const lines: string[] = [];
  const keep = (_fields: object, text: string) => void lines.push(text);
  const app = await testApplication(App, {
    logger: { trace: keep, debug: keep, info: keep, warn: keep, error: keep, fatal: keep },
    uncleanStop: true,
  }).start();
  await settle();
  expect(lines).toContain('Fails: task "work" failed: task rejects');
  await app.stop();
});

describe.each<Kind>(['throws', 'rejects'])('a handler that %s', (kind) => {
  let app: TestApplication;
  const events: LifecycleEvent[] = [];
  beforeAll(async () => {
    @Controller('/x')
    class Fails {
      @Get('/fail') fail() {
        return fail(kind, 'route');
      }
      @Get('/fine') fine() {
        return 'fine';
      }
    }
    @Handler()
    class HandlerFails {
      @On('fail') fail() {
        return fail(kind, 'event');
      }
      @On('fine') fine() {
        return 'fine';
      }
    }
    @Module({ providers: [Fails, HandlerFails] })
    class App {}
    app = await testApplication(App, { logger: false }).start();
    app.events.on('*', (event) => void events.push(event));
  });
  afterAll(() => app.stop());

  test('of HTTP is answered with a 500 that tells nothing, reported by name, and the next request is served', async () => {
    const { body } = await app.http.get('/x/fail').expect(500);
    expect(body).toMatchObject({ status: 500, code: 'SPECTER_INTERNAL' });
    expect(JSON.stringify(body)).not.toContain('route');
    expect(errorsOf(events)).toContain(`Fails: route ${kind}`);
    await app.http.get('/x/fine').expect(200);
  });

  test('of a socket is answered in the ack, reported by name, and the next event is served', async () => {
    const socket = await app.socket();
    expect(await socket.emitWithAck('fail')).toMatchObject({ error: { status: 500, code: 'SPECTER_INTERNAL' } });
    expect(errorsOf(events)).toContain(`HandlerFails: event ${kind}`);
    expect(await socket.emitWithAck('fine')).toBe('fine');
  });
});
