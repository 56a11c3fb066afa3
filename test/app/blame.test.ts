import { blameFor, blameNoMore, blamesByDefault, blaming } from '../../src/app/blame.js';
import {
  Controller,
  Get,
  Interval,
  inject,
  Lifecycle,
  Listen,
  Module,
  Observe,
  Poll,
  Service,
  Watch,
  Watcher,
} from '../../src/index.js';
import { Bus } from '../../src/kernel/bus.js';
import { homeOf, type Within } from '../../src/kernel/home.js';
import { testApplication } from '../../src/testing/index.js';
import { settle } from '../kernel/heard.js';

/** As an application does, until the end of the test. */
const followed: Within[] = [];
const follow = () => {
  const within = blaming();
  followed.push(within);
  return within;
};
afterEach(() => {
  for (const within of followed.splice(0)) blameNoMore(within);
});

test('outside of all work nobody is blamed', () => {
  expect(blameFor(follow())).toBeUndefined();
});

test("work, and whatever it begins, is its service's; work inside other work is the inner one's", async () => {
  const within = follow();
  const seen: (string | undefined)[] = [];
  const note = () => seen.push(blameFor(within)?.service);
  await within('Disk', async () => {
    note();
    await settle(1);
    note();
    within('Tuner', note);
    note();
  });
  note();
  expect(seen).toEqual(['Disk', 'Disk', 'Tuner', 'Disk', undefined]);
});

// Teeth: one store for all applications, without asking of which it is, fails this test (tried).
test('one application is not blamed for the work of another', () => {
  const [mine, others] = [follow(), follow()];
  others('Disk', () => {
    expect(blameFor(mine)).toBeUndefined();
    expect(blameFor(others)).toEqual({ service: 'Disk' });
  });
});

test("an owned listener of the bus is its owner's work, with the place where it listens; others are the emitter's", async () => {
  const within = follow();
  const bus = new Bus({ within, births: true });
  const seen: unknown[] = [];
  class Disk extends Lifecycle {}
  const disk = await new Disk({}, { bus }).start();
  bus.on('event', () => seen.push(blameFor(within)), { owner: disk });
  bus.on('event', () => seen.push(blameFor(within)));
  within('Tuner', () => bus.emit('event'));
  expect(seen).toEqual([
    { service: 'Disk', birth: expect.stringMatching(/blame\.test\.ts:\d+:\d+$/) },
    { service: 'Tuner' },
  ]);
  await disk.stop();
});

test('in an application: constructors, hooks, timers, tasks, listeners, observers and routes are the work of whose they are', async () => {
  const seen = new Map<string, string | undefined>();
  const note = (what: string, of: Lifecycle | Watch<number>) =>
    seen.set(what, blameFor(homeOf(of)?.environment.within)?.service);
  @Watcher()
  class Sensor extends Watch<number> {
    count = 0;
    @Poll(1) read() {
      note('poll', this);
      return this.count++;
    }
  }
  @Service()
  class Disk extends Lifecycle {
    constructor() {
      super();
      note('constructor', this);
    }
    protected override onStart() {
      note('onStart', this);
      this.spawn(() => note('task', this));
      this.timeout(() => note('timer', this), 1);
      setImmediate(() => note('raw immediate', this));
    }
    protected override onStop() {
      note('onStop', this);
    }
    @Interval(1) tick() {
      note('@Interval', this);
    }
    @Listen('event') hear() {
      note('@Listen', this);
    }
    @Observe(Sensor) see() {
      note('@Observe', this);
    }
  }
  @Controller('/')
  class Door {
    readonly disk = inject(Disk);
    @Get('/') read() {
      note('route', this.disk);
      return null;
    }
  }
  @Module({ providers: [Disk, Sensor, Door] })
  class App {}
  const app = await testApplication(App, { clock: 'real', logger: false }).start();
  app.bus.emit('event');
  await app.http.get('/').expect(200);
  while (!['timer', 'raw immediate', 'poll', '@Interval', '@Observe'].every((what) => seen.has(what))) await settle(1);
  await app.stop();
  const { poll, route, ...others } = Object.fromEntries(seen);
  expect([poll, route]).toEqual(['Sensor', 'Door']);
  expect(new Set(Object.values(others))).toEqual(new Set(['Disk']));
  expect(Object.keys(others)).toHaveLength(9);
});

test.each([
  [false, '20.19.0', true],
  [true, '20.19.0', false],
  [true, '22.1.0', false],
  [true, '24.0.0', true],
  [true, '100.0.0', true],
])('in production %p on Node %s it is on: %p', (production, node, on) => {
  expect(blamesByDefault(production, node)).toBe(on);
});
