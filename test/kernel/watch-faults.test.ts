// What a source can do wrong, and what can go wrong around it: nothing is doubled, lost, or hot.
import { createWatcher } from '../../src/kernel/create-watcher.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { construct } from '../../src/kernel/home.js';
import { Runner } from '../../src/kernel/runner.js';
import { Scope } from '../../src/kernel/scope.js';
import { Watch, watchFrom } from '../../src/kernel/watch.js';
import { unchanged, type WatchOptions, type WatchSource } from '../../src/kernel/watch-source.js';
import { gate, never, settle, surround } from './heard.js';

class Sensor extends Watch<unknown> {}

type Options = Omit<WatchOptions, 'dedupe'> & { readonly dedupe?: unknown };

function make(source: WatchSource<unknown>, options: Options = {}) {
  const around = surround();
  const runner = new Runner('sensor', around, { startTimeout: 1_000, stopTimeout: 100 });
  const sensor = construct({ target: Sensor, home: runner }, () => new Sensor());
  runner.bind(sensor, {});
  runner.attach((run) => watchFrom(sensor, source, options as WatchOptions, run));
  const seen: unknown[] = [];
  const listen = () => sensor.subscribe((value) => seen.push(value));
  return { sensor, runner, around, clock: around.clock, seen, listen };
}

describe('a poll', () => {
  // Teeth: beginning another poll while one is left over fails this test (tried).
  test('that outlives its run gets no second one beside it in the next run', async () => {
    const first = gate<string>();
    let calls = 0;
    let most = 0;
    let running = 0;
    const { runner, clock, seen, listen } = make(
      {
        interval: 10,
        poll: async () => {
          most = Math.max(most, ++running);
          const value = await (++calls === 1 ? first.promise : 'second');
          running--;
          return value;
        },
      },
      { timeout: 100 },
    );
    listen();
    await runner.start();
    await settle();
    await runner.stop();
    expect(runner.overran).toHaveLength(1);

    await runner.start();
    await clock.advance(100);
    expect([most, seen]).toEqual([1, []]);
    first.open('of the first run');
    await clock.advance(1_000);
    expect([most, seen[0]]).toEqual([1, 'second']);
    await runner.stop();
  });

  test('that overran its time and is still at hand when the watcher stops is named', async () => {
    const { runner, around } = make({ interval: 10, poll: () => never }, { timeout: 50 });
    await runner.start();
    await around.clock.advance(60);
    await runner.stop();
    expect(around.of('release-failed')[0]?.error.message).toContain('task "poll every 10 ms"');
  });

  test('that fails after nobody waits for it any more is reported, and one that ends as it was told is not', async () => {
    const late = gate<string>();
    let calls = 0;
    const poll = (signal: AbortSignal) => {
      if (++calls === 1) return late.promise;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { runner, around } = make({ interval: 10, poll }, { timeout: 100 });
    await runner.start();
    await around.clock.advance(100);
    late.break(new Error('the disk is gone'));
    await around.clock.advance(1_100);
    expect(calls).toBe(2);
    expect(around.of('watch-failed').map(({ error }) => error.message)).toHaveLength(2);
    expect(around.of('task-failed').map(({ error }) => error.message)).toEqual(['the disk is gone']);
    await runner.stop();
  });

  test('that returns `unchanged` went well and tells nobody anything', async () => {
    const values: unknown[] = [1, unchanged, new Error('no'), unchanged, 2];
    const { runner, clock, seen, listen, sensor } = make({
      interval: 1_000,
      poll: () => {
        const value = values.shift() ?? unchanged;
        if (value instanceof Error) throw value;
        return value;
      },
    });
    listen();
    await runner.start();
    await clock.advance(2_000);
    expect(sensor.health().status).toBe('degraded');
    await clock.advance(1_000);
    expect(sensor.health()).toEqual({ status: 'up' });
    await clock.advance(5_000);
    expect([seen, sensor.lastValue]).toEqual([[1, 2], 2]);
    await runner.stop();
  });

  test('whose value could not be transformed is degraded until that value is taken, though its source calls it unchanged', async () => {
    const values: unknown[] = [1, unchanged, unchanged, unchanged];
    let isReady = false;
    const transform = (value: unknown) => {
      if (!isReady) throw new Error('not ready');
      return value;
    };
    const { runner, clock, seen, listen, sensor } = make(
      { interval: 1_000, poll: () => values.shift() ?? unchanged },
      { transform },
    );
    listen();
    await runner.start();
    await clock.advance(3_000);
    expect([seen, sensor.health().status]).toEqual([[], 'degraded']);
    isReady = true;
    await clock.advance(20_000);
    expect([seen, sensor.health().status]).toEqual([[1], 'up']); // `unchanged` taken for all well: never told (tried)
    await runner.stop();
  });

  test('whose error says when to come back is not tried before', async () => {
    const at: number[] = [];
    const { runner, clock, around } = make({
      interval: 10,
      poll: () => {
        at.push(clock.monotonic());
        throw Object.assign(new Error('busy'), { retryAfter: 7_000 });
      },
    });
    await runner.start();
    await clock.advance(20_000);
    expect(at).toEqual([0, 7_000, 14_000]);
    expect(around.of('watch-failed')[0]).toMatchObject({ retryIn: 7_000 });
    await runner.stop();
  });

  test.each([-3_600_000, 3_600_000, 86_400_000])('does not notice a wall clock that jumps by %i ms', async (ms) => {
    const at: number[] = [];
    const { runner, clock } = make({ interval: 1_000, poll: () => at.push(clock.monotonic()) });
    await runner.start();
    await clock.advance(1_500);
    clock.jump(ms);
    await clock.advance(2_000);
    expect(at).toEqual([0, 1_000, 2_000, 3_000]);
    await runner.stop();
  });
});

describe('a stream', () => {
  test('that gives one value and ends, again and again, is opened once a second', async () => {
    let opened = 0;
    const { runner, clock } = make({
      stream: async function* () {
        yield ++opened;
      },
    });
    await runner.start();
    await clock.advance(5_000);
    expect(opened).toBe(6);
    await runner.stop();
  });

  // Teeth: without a breath now and then this test never ends (tried).
  test('that never runs dry leaves the host its turns, and is stopped as any other', async () => {
    let given = 0;
    const { runner, seen, listen, sensor } = make({
      stream: async function* () {
        for (;;) yield ++given;
      },
    });
    listen();
    const reader = sensor.values({ buffer: 10 });
    await runner.start();
    while (seen.length < 20_000) await settle(1);
    expect(reader.dropped).toBeGreaterThan(19_000);
    expect((await reader.next()).value).toBeGreaterThan(19_000);
    await runner.stop();
    const count = given;
    await settle(3);
    expect(given).toBe(count);
  });

  test('without an end is told to return at once when the watcher stops, silent as it is', async () => {
    let returned = 0;
    const silent: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next: () => never,
        return: async () => {
          returned++;
          return { done: true, value: undefined };
        },
      }),
    };
    const { runner, around } = make({ stream: () => silent });
    await runner.start();
    await settle();
    await runner.stop();
    expect([returned, around.of('release-failed')]).toEqual([1, []]);
  });

  test('that does not end with its run is named, and gets no second one beside it', async () => {
    let opened = 0;
    const { runner, around, clock } = make(
      {
        stream: async function* () {
          opened++;
          await never;
          yield 1;
        },
      },
      { retry: 2 },
    );
    await runner.start();
    await settle();
    await runner.stop();
    expect(around.of('release-failed')[0]?.error.message).toContain('task "stream"');
    await runner.start();
    await clock.advance(10_000);
    expect(opened).toBe(1);
    expect(runner.failure?.message).toContain('was told to end and has not ended yet');
    await runner.stop();
  });

  test('that fails while it is being ended is reported', async () => {
    const { runner, around } = make({
      stream: async function* (signal) {
        try {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is the fault
          throw new Error('cannot close the port');
        }
      },
    });
    await runner.start();
    await settle();
    await runner.stop();
    expect(around.of('task-failed').map(({ error }) => error.message)).toEqual(['cannot close the port']);
  });

  test('whose value cannot be transformed is closed before it is opened again', async () => {
    const log: string[] = [];
    const { runner, clock } = make(
      {
        stream: async function* () {
          log.push('open');
          try {
            yield 1;
          } finally {
            log.push('closed');
          }
        },
      },
      {
        transform: () => {
          throw new Error('no');
        },
      },
    );
    await runner.start();
    await clock.advance(1_000);
    expect(log).toEqual(['open', 'closed', 'open', 'closed']);
    await runner.stop();
  });
});

describe('a lazy watcher', () => {
  function lazy(options: Options = {}) {
    const at: number[] = [];
    const made = make({ interval: 1_000, poll: () => at.push(made.clock.monotonic()) }, { lazy: true, ...options });
    return { ...made, at };
  }

  test('rests while nobody listens, begins with the first listener and rests again after the last', async () => {
    const { runner, clock, at, listen, sensor } = lazy();
    await runner.start();
    await clock.advance(10_000);
    expect([at, clock.pending, sensor.health()]).toEqual([[], 0, { status: 'up', resting: true }]);
    const releases = [listen(), listen()];
    await clock.advance(2_500);
    releases[0]?.();
    releases[0]?.();
    await clock.advance(1_000);
    expect([at, sensor.health()]).toEqual([[10_000, 11_000, 12_000, 13_000], { status: 'up' }]);
    releases[1]?.();
    await clock.advance(60_000);
    expect([at.length, clock.pending]).toEqual([4, 0]);
    listen();
    await clock.advance(0);
    expect(at.at(-1)).toBe(73_500);
    await runner.stop();
  });

  // Teeth: not waiting for what is due fails this test (tried).
  test('never polls more often than one that is not lazy, however often its listeners come and go', async () => {
    const { runner, clock, at, listen } = lazy();
    await runner.start();
    for (let i = 0; i < 50; i++) {
      const release = listen();
      await clock.advance(50);
      release();
      await clock.advance(50);
    }
    expect(at.length).toBeLessThanOrEqual(6);
    await runner.stop();
  });

  test('that is not immediate waits an interval after each rest', async () => {
    const { runner, clock, at, listen } = lazy({ immediate: false });
    await runner.start();
    await clock.advance(5_500);
    listen();
    await clock.advance(1_000);
    expect(at).toEqual([6_500]);
    await runner.stop();
  });

  test('keeps its last value, which an immediate listener gets at once, and the new one after it', async () => {
    const { runner, clock, listen, sensor, at } = lazy();
    await runner.start();
    listen()();
    await clock.advance(0);
    expect(sensor.lastValue).toBeUndefined();
    const release = listen();
    await clock.advance(0);
    release();
    await clock.advance(5_000);
    expect(sensor.lastValue).toBe(1);
    const heard: unknown[] = [];
    sensor.subscribe((value) => heard.push(value), { immediate: true });
    expect(heard).toEqual([1]);
    await clock.advance(0);
    expect([heard, at.length]).toEqual([[1, 2], 2]);
    await runner.stop();
  });

  test('closes its stream with the last listener and opens one with the next', async () => {
    const log: string[] = [];
    const { runner, clock, listen, seen } = make(
      {
        stream: async function* (signal) {
          log.push('open');
          yield log.length;
          await clock.sleep(100_000, { signal }).catch(() => {});
          log.push('closed');
        },
      },
      { lazy: true },
    );
    await runner.start();
    const release = listen();
    await clock.advance(10);
    release();
    await clock.advance(0);
    expect(log).toEqual(['open', 'closed']);
    listen();
    await clock.advance(0);
    expect([log, seen]).toEqual([
      ['open', 'closed', 'open'],
      [1, 3],
    ]);
    await runner.stop();
    expect(clock.pending).toBe(0);
  });

  test('is woken by @Observe and by an iteration alike, and stops while it rests', async () => {
    const { runner, clock, sensor, at } = lazy();
    await runner.start();
    const values = sensor.values();
    const first = values.next();
    await clock.advance(0);
    expect((await first).value).toBe(1);
    await values.return();
    await clock.advance(10_000);
    expect(at).toHaveLength(1);
    await runner.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('dedupe', () => {
  const twice = (value: () => unknown, options: Options = { dedupe: true }) => {
    const made = make({ interval: 10, poll: value }, options);
    made.listen();
    return made;
  };

  // Teeth: comparing with the value itself where it cannot be cloned fails this test (tried).
  test('sees a change in what cannot be cloned by the host', async () => {
    const status = { read: () => 1, inputs: [1] };
    const { runner, clock, seen } = twice(() => status);
    await runner.start();
    await clock.advance(15);
    status.inputs.push(2);
    await clock.advance(30);
    expect(seen).toHaveLength(2);
    await runner.stop();
  });

  // Teeth: a structured clone of both is {}, and the second is never told (tried).
  test('takes instances whose data is private for different ones', async () => {
    const places = [new URL('http://a/'), new URL('http://b/')];
    const { runner, clock, seen } = twice(() => places.shift() ?? unchanged);
    await runner.start();
    await clock.advance(30);
    expect(seen.map(String)).toEqual(['http://a/', 'http://b/']);
    await runner.stop();
  });

  test('by a function compares what that takes', async () => {
    let at = 0;
    const dedupe = ({ state }: { state: string }) => state;
    const { runner, clock, seen } = twice(() => ({ state: ++at > 3 ? 'on' : 'off', at }), { dedupe });
    await runner.start();
    await clock.advance(55);
    expect(seen).toEqual([
      { state: 'off', at: 1 },
      { state: 'on', at: 4 },
    ]);
    await runner.stop();
  });

  test('knows maps, sets, bytes, dates, errors and what contains itself', async () => {
    const make = () => {
      const all: Record<string, unknown> = {
        map: new Map([['a', { b: 1 }]]),
        set: new Set([1]),
        bytes: new Uint8Array([1]),
        date: new Date(5),
        error: new Error('no'),
      };
      return all;
    };
    const { runner, clock, seen } = twice(make);
    await runner.start();
    await clock.advance(50);
    expect(seen).toHaveLength(1);
    await runner.stop();
  });
});

describe('values()', () => {
  test('ends with its owner and with its signal, silent as the watcher is', async () => {
    const { runner, sensor, around } = make({ interval: 10, poll: () => unchanged });
    await runner.start();
    const owner = new Scope('owner', { clock: around.clock, events: around.events });
    const abort = new AbortController();
    const readers = [sensor.values({ owner }), sensor.values({ signal: abort.signal })];
    const ends = readers.map((reader) => reader.next());
    await owner.close();
    abort.abort();
    expect((await Promise.all(ends)).map(({ done }) => done)).toEqual([true, true]);
    expect(await sensor.values({ signal: abort.signal }).next()).toMatchObject({ done: true });
    await runner.stop();
  });

  // Teeth: ending them only when their owner releases what it has fails this test (tried).
  test('that are read in a task of their owner end before the owner waits for its tasks', async () => {
    const { runner, sensor, around } = make({ interval: 10, poll: () => unchanged });
    await runner.start();
    const owner = new Scope('owner', { clock: around.clock, events: around.events });
    const made = createWatcher('made', { poll: () => unchanged, interval: 10, owner });
    for (const values of [sensor.values({ owner }), made.values()])
      owner.spawn(async () => {
        for await (const _ of values);
      });
    await settle();
    await owner.close(new Deadline(1_000));
    await runner.stop();
  });

  test('can begin with the last value, and keeps as many as it is told', async () => {
    const { runner, sensor, clock } = make({ interval: 10, poll: () => clock.monotonic() });
    await runner.start();
    await clock.advance(5);
    const reader = sensor.values({ immediate: true, buffer: 2 });
    expect(await reader.next()).toEqual({ done: false, value: 0 });
    await clock.advance(50);
    expect([await reader.next(), reader.dropped]).toEqual([{ done: false, value: 40 }, 3]);
    await reader.return();
    expect(() => sensor.values({ buffer: 0 })).toThrow(/buffer of values\(\)/);
    await runner.stop();
  });
});

test.each<[Options & Record<string, unknown>, RegExp]>([
  [{ dedup: true }, /has the option dedup, which nobody reads\. Did you mean dedupe\?/],
  [{ retry: -1 }, /retry of sensor/],
  [{ retry: Number.NaN }, /retry of sensor/],
  [{ backoff: { min: 0 } }, /backoff of sensor\.min/],
  [{ backoff: { max: 0 } }, /backoff of sensor\.max/],
  [{ timeout: -1 }, /timeout of sensor/],
])('%p is refused at the start', async (options, message) => {
  const { runner } = make({ interval: 10, poll: () => 1 }, options);
  await expect(runner.start()).rejects.toThrow(message);
});

// Teeth: left alone, the promise of a stream without its `*` ends the process when it rejects (tried).
test('what is no stream is told so, and a rejection of it ends nothing', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const { runner, sensor } = make({ stream: (async () => Promise.reject(new Error('device gone'))) as never });
  await runner.start();
  await settle();
  await new Promise((resolve) => setImmediate(resolve));
  expect(sensor.health()).toMatchObject({ error: expect.stringContaining('@Stream(): expected an async generator') });
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
  await runner.stop();
});
