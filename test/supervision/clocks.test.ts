// T13. Clocks that jump, waits that are long, work that outlasts its period; on virtual time.
import { readFile } from 'node:fs/promises';
import {
  Cron,
  createCache,
  createKeyedCache,
  Interval,
  Lifecycle,
  Module,
  Poll,
  Service,
  Timeout,
  Watch,
  Watcher,
} from '../../src/index.js';
import { ManualClock, testApplication } from '../../src/testing/index.js';
import { settle } from '../kernel/heard.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Everything that goes by time, each writing down the monotonic second at which it ran. */
function timed() {
  const seen: Record<string, number[]> = { interval: [], timeout: [], poll: [], compute: [], keyed: [], cron: [] };
  @Watcher()
  class Sensor extends Watch<number> {
    @Poll(10 * MINUTE) read() {
      return note('poll', this, app.clock);
    }
  }
  const note = (what: string, _of: object, clock: ManualClock) =>
    Number(seen[what]?.push(Math.round(clock.monotonic() / 1_000)));
  @Service()
  class Timed extends Lifecycle {
    readonly cache = createCache<number>('c', { ttl: 20 * MINUTE });
    readonly keyed = createKeyedCache<string, number>('k', { ttl: 20 * MINUTE, max: 10 } as never);
    @Interval(MINUTE) async tick() {
      note('interval', this, app.clock);
      await this.cache.getOrCompute(async () => note('compute', this, app.clock));
      await this.keyed.getOrCompute('one', async () => note('keyed', this, app.clock));
    }
    @Timeout(90 * MINUTE) once() {
      note('timeout', this, app.clock);
    }
    @Cron('30 * * * *', { timezone: 'UTC' }) hourly() {
      seen.cron?.push(app.clock.now());
    }
  }
  @Module({ providers: [Timed, Sensor] })
  class App {}
  const builder = testApplication(App, { logger: false });
  const app = { clock: builder.clock };
  return { builder, seen, clock: builder.clock };
}

const every = (seconds: number, until: number, from = seconds) =>
  Array.from({ length: Math.floor((until - from) / seconds) + 1 }, (_, i) => from + i * seconds);

// Teeth: a TTL counted on the wall clock, or timers armed for a wall time, fail all four (tried in the cache).
test.each([HOUR, -HOUR, DAY, -DAY])(
  'a wall clock that jumps by %p ms neither fires, skips nor doubles anything but cron',
  async (jump) => {
    const { builder, seen, clock } = timed();
    const app = await builder.start();
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      await clock.advance(47 * MINUTE + 13_000);
      clock.jump(i % 2 === 0 ? jump : -jump);
      times.push(clock.now());
    }
    await clock.advance(0);
    const end = Math.floor(clock.monotonic() / 1_000);
    expect(seen.interval).toEqual(every(60, end));
    expect(seen.poll).toEqual(every(600, end, 0));
    expect(seen.timeout).toEqual([5_400]);
    expect(seen.compute).toEqual(every(1_200, end, 60));
    expect(seen.keyed).toEqual(seen.compute);
    expect(seen.cron?.length).toBeGreaterThan(0);
    // A day back is a clock that was wrong, and the same hours come again; within an hour none runs twice.
    const hours = (seen.cron ?? []).map((at) => Math.floor((at - 30 * MINUTE) / HOUR));
    if (Math.abs(jump) === HOUR) expect(new Set(hours).size).toBe(hours.length);
    await app.stop();
    expect(clock.pending).toBe(0);
  },
);

test.each([
  ['forward, in front of a day of hourly times: they run once together, then hourly', DAY, 1 + 24],
  ['back by an hour: what has run is not run again', -HOUR, 23],
  ['back by a day: a clock that was wrong is believed again, from now on', -DAY, 24],
])('cron after a jump %s', async (_name, jump, runs) => {
  const { builder, seen, clock } = timed();
  const app = await builder.start();
  await clock.advance(45 * MINUTE);
  const before = seen.cron?.length ?? 0;
  expect(before).toBe(1);
  clock.jump(jump);
  await clock.advance(DAY);
  expect((seen.cron?.length ?? 0) - before).toBe(runs);
  await app.stop();
});

describe('delays that a host counts in 32 bits', () => {
  test.each([2 ** 31, 40 * DAY])('an interval and a timeout of %p ms come when they are due, and once', async (ms) => {
    const fired: string[] = [];
    @Service()
    class Patient extends Lifecycle {
      protected override onStart() {
        this.timeout(() => fired.push('timeout'), ms);
        this.interval(() => fired.push('interval'), ms);
        this.spawn(async () => {
          await this.sleep(ms);
          fired.push('sleep');
        });
      }
    }
    @Module({ providers: [Patient] })
    class App {}
    const app = await testApplication(App).start();
    await app.clock.advance(ms - 1);
    expect(fired).toEqual([]);
    await app.clock.advance(1);
    expect(fired.sort()).toEqual(['interval', 'sleep', 'timeout']);
    await app.clock.advance(ms);
    expect(fired).toHaveLength(4);
    await app.stop();
  });
});

test('an interval whose body takes three periods never overlaps, and goes on a period after each end', async () => {
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  @Service()
  class Busy extends Lifecycle {
    @Interval(1_000) async work() {
      most = Math.max(most, ++running);
      begun.push(this.clock.monotonic());
      await this.clock.sleep(3_000);
      running--;
    }
  }
  @Module({ providers: [Busy] })
  class App {}
  const app = await testApplication(App).start();
  await app.clock.advance(4_000 * 25);
  expect(most).toBe(1);
  expect(begun).toEqual(every(4_000, 4_000 * 25 - 1, 1_000));
  const stopping = app.stop();
  await app.clock.advance(4_000);
  await stopping;
});

describe('cron through the change of the clocks in Europe/Berlin', () => {
  const run = async (pattern: string, now: number, ms: number) => {
    const runs: string[] = [];
    @Service()
    class Jobs {
      @Cron(pattern, { timezone: 'Europe/Berlin' }) job() {
        runs.push(new Date(builder.clock.now()).toISOString().slice(8, 16));
      }
    }
    @Module({ providers: [Jobs] })
    class App {}
    const builder = testApplication(App, { now });
    const app = await builder.start();
    await builder.clock.advance(ms);
    await app.stop();
    return runs;
  };
  const [spring, autumn] = [Date.UTC(2026, 2, 28, 0), Date.UTC(2026, 9, 24, 0)];

  test('a time that does not exist in spring runs at the end of the gap; nobody loses a day', async () => {
    expect(await run('30 2 * * *', spring, 3 * DAY)).toEqual(['28T01:30', '29T01:00', '30T00:30']);
  });

  test('a time that comes twice in autumn runs once', async () => {
    expect(await run('30 2 * * *', autumn, 3 * DAY)).toEqual(['24T00:30', '25T00:30', '26T01:30']);
  });

  test.each([
    ['spring', spring],
    ['autumn', autumn],
  ])('each real hour has its hourly run in %s', async (_season, now) => {
    const runs = await run('0 * * * *', now + 12 * HOUR, DAY);
    expect(runs).toHaveLength(24);
    expect(new Set(runs).size).toBe(24);
  });
});

describe('the virtual clock', () => {
  test('fires in the order of times, and in the order of arming among equal ones', async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('b20'), 20);
    clock.setTimeout(() => {
      fired.push('a10');
      clock.setTimeout(() => fired.push('late 20'), 10);
      clock.setTimeout(() => fired.push('15'), 5);
    }, 10);
    clock.setTimeout(() => fired.push('c20'), 20);
    await clock.advance(20);
    expect(fired).toEqual(['a10', '15', 'b20', 'c20', 'late 20']);
  });

  // Teeth: settling with microtasks alone leaves the file for a later timer (tried).
  test('lets promises and real input and output settle between two timers', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    clock.setTimeout(async () => {
      await readFile(__filename);
      await settle(1);
      log.push(`file at ${clock.monotonic()}`);
    }, 10);
    clock.setTimeout(() => log.push(`timer at ${clock.monotonic()}`), 20);
    await clock.advance(30);
    expect(log).toEqual(['file at 10', 'timer at 20']);
  });

  // Teeth: looking at the wall clock once a minute makes 43,000 timers of this month and takes over a second (tried).
  test('goes over a month of nightly cron in thirty steps', async () => {
    let runs = 0;
    @Service()
    class Nightly {
      @Cron('0 4 * * *', { timezone: 'UTC' }) job() {
        runs += 1;
      }
    }
    @Module({ providers: [Nightly] })
    class App {}
    const app = await testApplication(App).start();
    const armed = jest.spyOn(app.clock, 'setTimeout');
    await app.clock.advance(30 * DAY);
    expect(runs).toBe(30);
    expect(armed.mock.calls.length).toBeLessThan(100);
    await app.stop();
    expect(app.clock.pending).toBe(0);
  });

  test('sleepUntil() ends at its wall time, at a jump, and with its signal', async () => {
    const clock = new ManualClock({ now: 1_000 });
    let awake = 0;
    const sleep = (signal?: AbortSignal) => clock.sleepUntil(5_000, signal ? { signal } : {}).then(() => void awake++);
    void sleep();
    await clock.advance(3_999);
    expect(awake).toBe(0);
    await clock.advance(1);
    expect(awake).toBe(1);
    clock.jump(-4_000);
    void sleep();
    clock.jump(-500);
    await settle();
    expect(awake).toBe(2);
    const abort = new AbortController();
    const cut = sleep(abort.signal).catch((error: Error) => error.message);
    abort.abort(new Error('enough'));
    expect(await cut).toBe('enough');
    expect(clock.pending).toBe(0);
  });
});
