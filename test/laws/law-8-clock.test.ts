// Law 8. All of the framework's waiting goes through the clock; only the deadlines that guard against hanging run on real time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Cron,
  createCache,
  Interval,
  inject,
  Lifecycle,
  Module,
  Poll,
  Registry,
  Service,
  Timeout,
  Watch,
  Watcher,
} from '../../src/index.js';
import { ManualClock, testApplication } from '../../src/testing/index.js';
import { boot, prepare } from '../app/boot.js';
import { gate, rejection, settle } from '../kernel/heard.js';

const HOUR = 3_600_000;

@Watcher()
class Sensor extends Watch<number> {
  polls = 0;
  @Poll(60_000, { retry: true }) read() {
    if (++this.polls === 2) throw new Error('once');
    return this.polls;
  }
}

@Service()
class Everything extends Lifecycle {
  readonly log: string[] = [];
  readonly registry = inject(Registry);
  readonly cache = createCache<number>('c', { ttl: 10_000 });
  computed = 0;
  protected override onStart() {
    this.interval(() => this.note('interval'), 600_000);
    this.timeout(() => this.note('timeout'), 1_800_000);
    this.spawn(() => this.note('delayed'), { delay: 900_000 });
    this.spawn(async () => {
      await this.sleep(1_200_000);
      this.note('slept');
    });
    void this.waitFor('never', { timeout: 300_000 }).catch(({ code }) => this.note(code));
  }
  @Interval(1_000_000) tick() {
    this.note('@Interval');
  }
  @Timeout(2_000_000) once() {
    this.note('@Timeout');
  }
  @Cron('0 * * * *', { timezone: 'UTC' }) hourly() {
    this.note('@Cron');
  }
  private note(what: string) {
    this.log.push(`${this.clock.monotonic() / 1_000} ${what}`);
  }
  get() {
    return this.cache.getOrCompute(async () => ++this.computed);
  }
}

/** By the second at which each happens. */
const HOUR_LONG = [
  '300 SPECTER_WAIT_TIMEOUT',
  '600 interval',
  '900 delayed',
  '1000 @Interval',
  '1200 interval',
  '1200 slept',
  '1800 interval',
  '1800 timeout',
  '2000 @Interval',
  '2000 @Timeout',
  '2400 interval',
  '3000 @Interval',
  '3000 interval',
  '3600 @Cron',
  '3600 interval',
];

@Module({ providers: [Everything, Sensor] })
class App {}

// Teeth: a bare setTimeout in any of these fails this test (tried in timers.ts): nothing happens, or the wrong number of times.
test('turning the clock by an hour makes everything of that hour happen, in the order of its times, and nothing else', async () => {
  const app = await testApplication(App).start();
  const everything = app.get(Everything);
  await everything.get();
  await settle(20);
  expect(everything.log).toEqual([]);
  await app.clock.advance(HOUR);
  const times = everything.log.map((line) => Number.parseInt(line, 10));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(everything.log.toSorted()).toEqual(HOUR_LONG.toSorted());
  await everything.get();
  expect(everything.computed).toBe(2);
  expect(app.get(Sensor).polls).toBe(1 + 1 + 59);
  await app.stop();
  expect(app.clock.pending).toBe(0);
});

test('turning the clock while a service starts, stops or is built never fails a healthy one', async () => {
  const [building, starting, stopping] = [gate(), gate(), gate()];
  @Service({ startTimeout: 5_000, stopTimeout: 5_000, dependsOn: ['factory'] })
  class Slow extends Lifecycle {
    protected override onStart() {
      return starting.promise;
    }
    protected override onStop() {
      return stopping.promise;
    }
  }
  const { engine, clock, of } = prepare([Slow, { provide: 'factory', useFactory: () => building.promise }]);
  const started = engine.start();
  await clock.advance(HOUR);
  building.open();
  await settle();
  await clock.advance(HOUR);
  starting.open();
  await started;
  const stopped = engine.stop();
  await clock.advance(HOUR);
  stopping.open();
  await stopped;
  expect(of('release-failed')).toEqual([]);
  expect(of('start-failed')).toEqual([]);
});

test('a hang is reported in real time, though virtual time stands still', async () => {
  const { engine, registry } = await boot([]);
  const error = await rejection(registry.waitFor('never', { timeout: 20 }));
  expect(error).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
  await engine.stop();
});

test('durations never depend on the wall clock, which may jump', async () => {
  const clock = new ManualClock();
  const app = await testApplication(App, { clock }).start();
  clock.jump(-24 * HOUR);
  await clock.advance(600_000);
  clock.jump(48 * HOUR);
  await clock.advance(0);
  expect(app.get(Everything).log.filter((entry) => entry.endsWith('interval'))).toHaveLength(1);
  await app.stop();
});

test('no other file of the kernel and the engine reaches for the time by itself', () => {
  const root = join(__dirname, '..', '..', 'src');
  const allowed = /kernel\/(clock|platform\.d)\.ts$/;
  const files = ['kernel', 'app', 'storage', 'sockets', 'actions'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => join(root, folder, file)),
  );
  const reaching = files
    .filter((file) => !allowed.test(file))
    .filter((file) => /(?<![.\w#])(setTimeout|setInterval|Date\.now)\(|new Date\(\)/.test(code(file)));
  expect(reaching).toEqual([]);
});

/** A file without its comments. */
function code(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
