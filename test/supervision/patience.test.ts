// T11. How long a supervisor and a watcher wait, and when they give up; on virtual time.
import {
  createApplication,
  Lifecycle,
  type LifecycleEvent,
  Module,
  Poll,
  type RestartOptions,
  Service,
  Stream,
  Watch,
  Watcher,
} from '../../src/index.js';
import { testApplication } from '../../src/testing/index.js';

const MINUTE = 60_000;

/** One service with that policy; `lives` says how long each run lasts before it fails, in milliseconds. */
async function failing(restart: RestartOptions, lives: (run: number) => number | undefined) {
  const begun: number[] = [];
  @Service({ restart: { on: 'failure', ...restart } })
  class Unit extends Lifecycle {
    protected override onStart() {
      begun.push(this.clock.monotonic());
      const life = lives(begun.length);
      if (life !== undefined) this.timeout(() => this.fail(new Error('again')), life);
    }
  }
  @Module({ providers: [Unit] })
  class App {}
  const app = await testApplication(App, { logger: false }).start();
  const events: LifecycleEvent[] = [];
  app.events.on('*', (event) => void events.push(event));
  const restarting = () => events.flatMap((event) => (event.type === 'restarting' ? [event] : []));
  return { app, begun, restarting };
}

/** How long after each failure the next run began. */
const pauses = (begun: readonly number[], life: number) => begun.slice(1).map((at, i) => at - (begun[i] ?? 0) - life);

// Teeth: a jitter of a half, or none, fails this test (tried).
test('a unit that fails at once is restarted after 100 ms x 2^n, each within a fifth, and not all exactly', async () => {
  const all: number[][] = [];
  for (let i = 0; i < 20; i++) {
    const { app, begun } = await failing({ maxRestarts: 8, within: 10 * MINUTE }, (run) => (run <= 8 ? 0 : undefined));
    await app.clock.advance(2 * MINUTE);
    all.push(pauses(begun, 0));
    await app.stop();
  }
  for (const run of all) {
    expect(run).toHaveLength(8);
    for (const [n, pause] of run.entries()) {
      expect(pause).toBeGreaterThanOrEqual(100 * 2 ** n * 0.8);
      expect(pause).toBeLessThanOrEqual(100 * 2 ** n * 1.2);
    }
  }
  expect(new Set(all.map(([first]) => first)).size).toBeGreaterThan(10);
});

test('five restarts in ten seconds are allowed, the sixth failure escalates and no seventh run begins', async () => {
  const { app, begun, restarting } = await failing({ maxRestarts: 5, within: 10_000 }, () => 0);
  await app.clock.advance(MINUTE);
  expect(begun).toHaveLength(6);
  expect(restarting().map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  await expect(app.closed).rejects.toMatchObject({ code: 'SPECTER_ESCALATED' });
  await app.stop();
});

test('an escalation before the application is ready is the cause that its start rejects with', async () => {
  @Service({ restart: { on: 'failure', maxRestarts: 0 } })
  class Unit extends Lifecycle {
    protected override onStart() {
      this.fail(new Error('dead on arrival'));
    }
  }
  @Module({ providers: [Unit] })
  class App {}
  const app = createApplication(App, { logger: false });
  await expect(app.start()).rejects.toMatchObject({
    code: 'SPECTER_START_ABORTED',
    cause: { code: 'SPECTER_ESCALATED', service: 'Unit', cause: { message: 'dead on arrival' } },
  });
  await expect(app.closed).rejects.toMatchObject({ code: 'SPECTER_ESCALATED' });
});

// Teeth: a budget that counts all failures there ever were ends this application within the hour (tried).
test('a unit that fails every ten seconds stays within the same budget for ever, and waits longer each time', async () => {
  const backoff = { min: 100, max: 6_400, factor: 2, jitter: 0 };
  const { app, begun } = await failing({ maxRestarts: 5, within: 10_000, backoff }, () => 10_000);
  await app.clock.advance(60 * MINUTE);
  expect(app.ready).toBe(true);
  expect(pauses(begun, 10_000).slice(0, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 6_400, 6_400]);
  await app.stop();
});

test('half a minute of health makes the next wait the first one again; a moment less does not', async () => {
  const backoff = { min: 100, jitter: 0 };
  const lives = [0, 0, 29_999, 30_000, undefined];
  const { app, begun, restarting } = await failing({ maxRestarts: 9, backoff }, (run) => lives[run - 1]);
  await app.clock.advance(5 * MINUTE);
  expect(restarting().map(({ delay }) => delay)).toEqual([100, 200, 400, 100]);
  expect(begun).toHaveLength(5);
  await app.stop();
});

test('a failing unit that does not come up is not healthy, however long each wait takes', async () => {
  const backoff = { min: 40_000, max: 80_000, factor: 2, jitter: 0 };
  let failures = 3;
  @Service({ restart: { on: 'failure', maxRestarts: 9, backoff } })
  class Unit extends Lifecycle {
    protected override onStart() {
      if (this.clock.monotonic() > 0 && failures-- > 0) throw new Error('still dead');
    }
  }
  @Module({ providers: [Unit] })
  class App {}
  const app = await testApplication(App, { logger: false }).start();
  const delays: number[] = [];
  app.events.on('restarting', ({ delay }) => void delays.push(delay));
  await app.clock.advance(1);
  await app.crash(Unit, new Error('dead'));
  await app.clock.advance(10 * MINUTE);
  expect(delays).toEqual([40_000, 80_000, 80_000, 80_000]);
  expect(app.get(Unit).running).toBe(true);
  await app.stop();
});

describe('a stream that ends at once', () => {
  /** How often such a stream has been opened after so many milliseconds. */
  async function followed(values: number[]) {
    let opened = 0;
    @Watcher()
    class Feed extends Watch<number> {
      @Stream() async *follow() {
        opened += 1;
        yield* values;
      }
    }
    @Module({ providers: [Feed] })
    class App {}
    const app = await testApplication(App, { logger: false }).start();
    const openedBy = async (ms: number) => {
      await app.clock.advance(ms - app.clock.monotonic());
      return opened;
    };
    return { app, openedBy };
  }

  // Teeth: opening it again without a pause, as is often done, never gets out of this test (tried).
  test('is opened at most ten times in five seconds, and in a minute no more than the backoff allows', async () => {
    const { app, openedBy } = await followed([]);
    expect(await openedBy(5_000)).toBeGreaterThan(1);
    expect(await openedBy(5_000)).toBeLessThanOrEqual(10);
    expect(await openedBy(60_000)).toBeLessThanOrEqual(7);
    await app.stop();
  });

  test('although each time it gave a value is not opened hot either', async () => {
    const { app, openedBy } = await followed([1]);
    expect(await openedBy(5_000)).toBeGreaterThan(1);
    expect(await openedBy(5_000)).toBeLessThanOrEqual(10);
    await app.stop();
  });
});

test('a watcher that gives up is restarted by the budget of its service, and escalates when that is spent', async () => {
  let polls = 0;
  @Watcher({ restart: { on: 'failure', maxRestarts: 2, backoff: { min: 100, jitter: 0 } } })
  class Sensor extends Watch<number> {
    @Poll(1_000, { retry: 1, backoff: { min: 500 } }) read(): number {
      polls += 1;
      throw new Error('no pulse');
    }
  }
  @Module({ providers: [Sensor] })
  class App {}
  const app = await testApplication(App, { logger: false }).start();
  await app.clock.advance(MINUTE);
  await expect(app.closed).rejects.toThrow(/Sensor failed again after 2 restarts.*gave up after 2 failures/s);
  expect(polls).toBe(3 * 2);
  await app.stop();
});

test.each<[string, () => unknown]>([
  ['a poll of no milliseconds', () => Poll(0)],
  ['a poll of no number', () => Poll(Number.NaN)],
])('%s is refused at the start instead of spinning', async (_what, decorate) => {
  class Hot extends Watch<number> {
    read() {
      return 1;
    }
  }
  (decorate() as unknown as (target: object, method: string) => void)(Hot.prototype, 'read');
  Watcher()(Hot);
  @Module({ providers: [Hot] })
  class App {}
  await expect(testApplication(App, { logger: false }).start()).rejects.toThrow(/Hot.*expected .*millisecond/s);
});

test.each([
  ['of no number', Number.NaN],
  ['of no time', 0],
])('a backoff %s is refused before anything starts, instead of spinning', async (_what, min) => {
  @Watcher()
  class Hot extends Watch<number> {
    @Poll(1_000, { backoff: { min } }) read() {
      return 1;
    }
  }
  @Module({ providers: [Hot] })
  class App {}
  await expect(testApplication(App, { logger: false }).start()).rejects.toMatchObject({
    code: 'SPECTER_INVALID_ARGUMENT',
    message: expect.stringContaining('backoff of Hot.min'),
  });
});
