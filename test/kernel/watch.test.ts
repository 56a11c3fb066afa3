import { counted } from '../../src/kernel/counted.js';
import { construct } from '../../src/kernel/home.js';
import { Runner } from '../../src/kernel/runner.js';
import { Scope } from '../../src/kernel/scope.js';
import { Watch, watchFrom } from '../../src/kernel/watch.js';
import type { WatchOptions, WatchSource } from '../../src/kernel/watch-source.js';
import { gate, never, rejection, settle, surround } from './heard.js';

class Sensor extends Watch<unknown> {}

/** A sensor that is fed by `source` from each start on. */
function make(source: WatchSource<unknown>, options: WatchOptions<unknown> = {}) {
  const around = surround();
  const runner = new Runner('sensor', around, { startTimeout: 1_000, stopTimeout: 200 });
  const sensor = construct({ target: Sensor, home: runner }, () => new Sensor());
  runner.bind(sensor, {});
  runner.attach((run) => watchFrom(sensor, source, options, run));
  const seen: unknown[] = [];
  sensor.subscribe((value) => seen.push(value));
  return { sensor, runner, around, clock: around.clock, seen };
}

/** Polls that give these values one after the other, and throw those that are errors. */
function polls(...values: unknown[]) {
  let call = 0;
  const at: number[] = [];
  return {
    at,
    poll: (interval: number, now: () => number): WatchSource<unknown> => ({
      interval,
      poll: () => {
        at.push(now());
        const value = values[Math.min(call++, values.length - 1)];
        if (value instanceof Error) throw value;
        return value;
      },
    }),
  };
}

describe('a poll', () => {
  test('runs at once and then every interval; subscribers hear each value with its watcher', async () => {
    let n = 0;
    const { sensor, runner, clock, seen } = make({ poll: () => ++n, interval: 1_000 });
    const heard = jest.fn();
    sensor.subscribe(heard);
    await runner.start();
    await clock.advance(2_500);
    expect(seen).toEqual([1, 2, 3]);
    expect(sensor.lastValue).toBe(3);
    expect(heard.mock.calls[0]).toEqual([1, sensor]);
    await runner.stop();
    await clock.advance(10_000);
    expect(seen).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  test('waits for the first interval when it is not immediate', async () => {
    const { runner, clock, seen } = make({ poll: () => 'v', interval: 1_000 }, { immediate: false });
    await runner.start();
    await clock.advance(999);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(['v']);
    await runner.stop();
  });

  test('never overlaps itself, however long one takes', async () => {
    let running = 0;
    let most = 0;
    const { runner, clock, seen } = make({
      interval: 10,
      poll: async () => {
        most = Math.max(most, ++running);
        await clock.sleep(35);
        running--;
      },
    });
    await runner.start();
    await clock.advance(1_000);
    expect(most).toBe(1);
    expect(seen.length).toBeGreaterThan(15);
    await clock.advance(35);
    const stopping = runner.stop();
    await clock.advance(100);
    await stopping;
  });

  test('that fails is tried again after 1 s, 2 s, 4 s ... up to 30 s; the first good value resets that', async () => {
    const source = polls(...Array(7).fill(new Error('no signal')), 'good', new Error('again'), 'good');
    const clock = { now: () => 0 };
    const { runner, around, seen, sensor } = make(source.poll(500, () => clock.now()));
    clock.now = () => around.clock.monotonic();
    await runner.start();
    await around.clock.advance(30_999);
    expect(sensor.health()).toMatchObject({ status: 'degraded', failures: 5 });
    await around.clock.advance(70_000);
    expect(source.at.slice(0, 10)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000, 91_500, 92_500]);
    expect(seen[0]).toBe('good');
    expect(sensor.health()).toEqual({ status: 'up' });
    expect(around.of('watch-failed').map(({ retryIn }) => retryIn)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 1_000,
    ]);
    await runner.stop();
  });

  test.each([
    [3, 4],
    [1, 2],
    [false, 1],
    [0, 1],
  ])('with retry %p gives up at failure %p: the watcher fails, and no more polls are made', async (retry, failures) => {
    const source = polls(new Error('no signal'));
    const { runner, around, sensor } = make(
      source.poll(10, () => 0),
      { retry },
    );
    await runner.start();
    await around.clock.advance(200_000);
    expect(source.at).toHaveLength(failures);
    expect(runner.failure).toMatchObject({
      code: 'SPECTER_GAVE_UP',
      message: `sensor gave up after ${counted(failures, 'failure')} in a row: no signal`,
    });
    expect(sensor.health()).toEqual({ status: 'down', error: runner.failure?.message });
    await runner.stop();
  });

  test('that overruns its timeout has its signal aborted and counts as failed; it is waited for, never doubled', async () => {
    const first = gate<string>();
    const signals: AbortSignal[] = [];
    const { runner, around, seen } = make(
      { interval: 10, poll: (signal) => (signals.push(signal) === 1 ? first.promise : 'second') },
      { timeout: 100 },
    );
    await runner.start();
    await around.clock.advance(100);
    expect(signals[0]?.aborted).toBe(true);
    expect(around.of('watch-failed')[0]?.error).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
    await around.clock.advance(1_050);
    expect(signals).toHaveLength(1);
    first.open('late');
    await settle();
    await around.clock.advance(10);
    expect(seen).toEqual(['late', 'second']);
    await runner.stop();
  });

  test('at hand is aborted by the stop and waited for', async () => {
    const log: string[] = [];
    const { runner, around } = make({
      interval: 10,
      poll: async (signal) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        await settle(3);
        log.push('poll ended');
      },
    });
    await runner.start();
    await settle();
    await runner.stop();
    log.push('stopped');
    expect(log).toEqual(['poll ended', 'stopped']);
    expect(around.of('release-failed')).toEqual([]);
  });

  test('that ignores its signal costs the stop its deadline and is named', async () => {
    const { runner, around } = make({ interval: 2_000, poll: () => never });
    await runner.start();
    await settle();
    await runner.stop();
    expect(around.of('release-failed')[0]?.error.message).toContain('task "poll every 2000 ms"');
  });
});

describe('a stream', () => {
  test('tells every value, and is ended by the stop', async () => {
    let returned = false;
    const { runner, clock, seen } = make({
      stream: async function* (signal) {
        try {
          for (let n = 1; ; n++) {
            yield n;
            await clock.sleep(100, { signal });
          }
        } finally {
          returned = true;
        }
      },
    });
    await runner.start();
    await clock.advance(250);
    await runner.stop();
    expect([seen, returned, clock.pending]).toEqual([[1, 2, 3], true, 0]);
  });

  // Teeth: opening it again without the backoff fails this test (tried): it is opened without end.
  test('that ends at once is opened again with backoff, never in a hot loop', async () => {
    const opened: number[] = [];
    const { runner, clock } = make({
      // biome-ignore lint/correctness/useYield: it ends at once
      stream: async function* () {
        opened.push(clock.monotonic());
      },
    });
    await runner.start();
    await clock.advance(8_000);
    expect(opened).toEqual([0, 1_000, 3_000, 7_000]);
    await runner.stop();
  });

  test('that ends is left alone with restart: false', async () => {
    let opened = 0;
    const { runner, clock, seen } = make(
      {
        stream: async function* () {
          yield ++opened;
        },
      },
      { restart: false },
    );
    await runner.start();
    await clock.advance(60_000);
    expect(seen).toEqual([1]);
    expect(runner.failure).toBeUndefined();
    await runner.stop();
  });

  test('that throws is a failure like that of a poll', async () => {
    const { runner, around } = make({
      // biome-ignore lint/correctness/useYield: it fails at once
      stream: async function* () {
        throw new Error('cable');
      },
    });
    await runner.start();
    await settle();
    expect(around.of('watch-failed')[0]?.error.message).toBe('cable');
    await runner.stop();
  });
});

describe('values', () => {
  test('dedupe tells only what differs deeply, even when the source reuses one object', async () => {
    const status = { on: true, inputs: [1] };
    let n = 0;
    const { runner, clock, seen } = make(
      {
        interval: 10,
        poll: () => {
          if (++n === 3) status.inputs.push(2);
          return status;
        },
      },
      { dedupe: true },
    );
    await runner.start();
    await clock.advance(45);
    expect(n).toBe(5);
    expect(seen).toHaveLength(2);
    await runner.stop();
  });

  test('dedupe compares instances by their data, and hands over the instance itself', async () => {
    class Reading {
      constructor(readonly at: Date) {}
    }
    const { runner, clock, seen, sensor } = make(
      { interval: 10, poll: () => new Reading(new Date(5)) },
      { dedupe: true },
    );
    await runner.start();
    await clock.advance(50);
    expect(seen).toHaveLength(1);
    expect(sensor.lastValue).toBeInstanceOf(Reading);
    await runner.stop();
  });

  test('undefined is a value', async () => {
    const { runner, clock, seen, sensor } = make({ interval: 10, poll: () => undefined }, { dedupe: true });
    await runner.start();
    await clock.advance(50);
    expect(seen).toEqual([undefined]);
    const heard = jest.fn();
    sensor.subscribe(heard, { immediate: true });
    expect(heard).toHaveBeenCalledWith(undefined, sensor);
    await runner.stop();
  });

  test('transform changes each value before anybody sees it; one that always throws wears the patience out', async () => {
    const doubled = make({ interval: 10, poll: () => 2 }, { transform: (value) => Number(value) * 2 });
    await doubled.runner.start();
    await settle();
    expect(doubled.seen).toEqual([4]);
    await doubled.runner.stop();

    const broken = make(
      { interval: 10, poll: () => 2 },
      {
        retry: 3,
        transform: () => {
          throw new Error('bad transform');
        },
      },
    );
    await broken.runner.start();
    await broken.clock.advance(100_000);
    expect(broken.runner.failure?.message).toContain('gave up after 4 failures');
    await broken.runner.stop();
  });

  test('a failing subscriber is reported by its name and stops neither the others nor the watch', async () => {
    const { sensor, runner, clock, seen, around } = make({ interval: 10, poll: () => 1 });
    const owner = new Scope('owner', { clock, events: around.events });
    sensor.subscribe(() => {
      throw new Error('sync');
    });
    sensor.subscribe(() => Promise.reject(new Error('async')), { owner });
    await runner.start();
    await clock.advance(10);
    expect(seen).toEqual([1, 1]);
    expect(around.of('listener-failed').map(({ service, event, error }) => [service, event, error.message])).toEqual(
      expect.arrayContaining([
        ['sensor', 'sensor', 'sync'],
        ['Scope', 'sensor', 'async'],
      ]),
    );
    await runner.stop();
  });

  test('a subscription ends with its release or its owner', async () => {
    const { sensor, runner, clock, around } = make({ interval: 10, poll: () => 1 });
    const fn = jest.fn();
    const owner = new Scope('owner', { clock, events: around.events });
    sensor.subscribe(fn, { owner });
    sensor.subscribe(fn)();
    await owner.close();
    await runner.start();
    await clock.advance(20);
    expect(fn).not.toHaveBeenCalled();
    await runner.stop();
  });
});

describe('iteration', () => {
  test('gives the values from now on, undefined included, and ends when the watcher stops', async () => {
    let n = 0;
    const { sensor, runner, clock } = make(
      { interval: 10, poll: () => (++n === 2 ? undefined : n) },
      { immediate: false },
    );
    await runner.start();
    const got: unknown[] = [];
    const reading = (async () => {
      for await (const value of sensor) got.push(value);
    })();
    await clock.advance(45);
    await runner.stop();
    await reading;
    expect(got).toEqual([1, undefined, 3, 4]);
  });

  test('a reader that leaves takes its subscription along', async () => {
    const { sensor, runner, clock } = make({ interval: 10, poll: () => 1 });
    await runner.start();
    const reading = (async () => {
      for await (const value of sensor) return value;
      return 'nothing';
    })();
    await clock.advance(10);
    expect(await reading).toBe(1);
    await runner.stop();
    expect(clock.pending).toBe(0);
  });

  test('a slow reader loses the oldest beyond a thousand, and memory stays bounded', async () => {
    const { sensor, runner } = make({
      stream: async function* () {
        for (let n = 0; n < 5_000; n++) yield n;
        await never;
      },
    });
    const reader = sensor[Symbol.asyncIterator]();
    const first = reader.next();
    await runner.start();
    expect((await first).value).toBe(0);
    while (reader.dropped < 3_999) await settle(1);
    expect((await reader.next()).value).toBe(4_000);
    expect([sensor.dropped, sensor.health()]).toEqual([3_999, { status: 'up', dropped: 3_999 }]);
    await reader.return?.();
    await runner.stop();
  });
});

test('a watch made without an application that constructs it is told so', () => {
  expect(() => new Sensor()).toThrow(expect.objectContaining({ code: 'SPECTER_NO_OWNER' }));
});

test('a managed watch is started and stopped by its application alone', async () => {
  const { sensor, runner } = make({ interval: 10, poll: () => 1 });
  runner.managed = true;
  expect(await rejection(sensor.start())).toMatchObject({ code: 'SPECTER_MANAGED' });
  expect(await rejection(sensor.stop())).toMatchObject({ code: 'SPECTER_MANAGED' });
});
