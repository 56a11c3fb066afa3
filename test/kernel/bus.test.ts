import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Bus } from '../../src/kernel/bus.js';
import { Events } from '../../src/kernel/events.js';
import { settle as settleAt } from '../../src/kernel/home.js';
import { Scope } from '../../src/kernel/scope.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { gate, hear, never, rejection, settle, surround } from './heard.js';

function open(options: { slowListener?: number } = {}) {
  const clock = new ManualClock();
  const heard = hear(clock);
  return { clock, heard, bus: new Bus({ clock, events: heard.events, ...options }) };
}

function owner(clock: ManualClock, name = 'owner') {
  return new Scope(name, { clock, events: hear(clock).events });
}

/** Keeps the thread busy in real time. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('emit', () => {
  test('calls the listeners at once, in order of priority and then of arrival', () => {
    const { bus } = open();
    const log: string[] = [];
    bus.on('e', () => log.push('default 1'));
    bus.on('e', () => log.push('last'), { priority: 500 });
    bus.on('e', () => log.push('first 1'), { priority: -1 });
    bus.on('e', () => log.push('default 2'));
    bus.on('e', () => log.push('first 2'), { priority: -1 });
    bus.on('e', () => log.push('100 is the default'), { priority: 100 });
    bus.emit('e');
    expect(log).toEqual(['first 1', 'first 2', 'default 1', 'default 2', '100 is the default', 'last']);
  });

  test('hands over the very data, and nothing when there is none', () => {
    const { bus } = open();
    const fn = jest.fn();
    const data = { path: '/films' };
    bus.on('e', fn);
    bus.emit('e', data);
    bus.emit('e');
    expect(fn.mock.calls).toEqual([[data], [undefined]]);
    expect(fn.mock.calls[0][0]).toBe(data);
  });

  test('of an event that nobody hears does nothing, whatever it is called', () => {
    const { bus } = open();
    for (const event of ['nobody', '__proto__', 'constructor', 'toString', '']) bus.emit(event, 1);
    expect(bus.listenerCount()).toBe(0);
  });

  test('names of events are no properties: __proto__ and constructor are events like any other', () => {
    const { bus } = open();
    const log: unknown[] = [];
    for (const event of ['__proto__', 'constructor', 'toString']) bus.on(event, (data) => log.push(data));
    bus.emit('__proto__', 1);
    bus.emit('toString', 2);
    expect(log).toEqual([1, 2]);
  });

  test('isolates: one that throws or rejects stops neither the others nor the emitter, and is reported by owner', async () => {
    const { bus, heard, clock } = open();
    const last = jest.fn();
    const scope = owner(clock, 'disk service');
    bus.on('e', () => {
      throw new Error('thrown');
    });
    bus.on('e', () => Promise.reject(new Error('rejected')), { owner: scope });
    bus.on('e', last);
    bus.emit('e');
    expect(last).toHaveBeenCalledTimes(1);
    await settle();
    expect(heard.of('listener-failed')).toEqual([
      expect.objectContaining({ service: 'bus', event: 'e', error: new Error('thrown') }),
      expect.objectContaining({ service: 'Scope', event: 'e', error: new Error('rejected') }),
    ]);
  });

  test('does not wait for what a listener awaits', () => {
    const { bus } = open();
    const log: string[] = [];
    bus.on('e', async () => {
      await never;
      log.push('never');
    });
    bus.on('e', () => log.push('next'));
    bus.emit('e');
    log.push('emitted');
    expect(log).toEqual(['next', 'emitted']);
  });

  test('runs a snapshot: listeners added meanwhile wait for the next event, those removed meanwhile still hear this one', () => {
    const { bus } = open();
    const log: string[] = [];
    bus.on('e', () => {
      log.push('a');
      release();
      bus.on('e', () => log.push('late'));
    });
    const release = bus.on('e', () => log.push('b'));
    bus.emit('e');
    expect(log).toEqual(['a', 'b']);
    bus.emit('e');
    expect(log).toEqual(['a', 'b', 'a', 'late']);
  });

  test('may emit again from within: events nest in order', () => {
    const { bus } = open();
    const log: string[] = [];
    bus.on('outer', () => {
      log.push('outer 1');
      bus.emit('inner');
      log.push('outer 1 goes on');
    });
    bus.on('outer', () => log.push('outer 2'));
    bus.on('inner', () => log.push('inner'));
    bus.emit('outer');
    expect(log).toEqual(['outer 1', 'inner', 'outer 1 goes on', 'outer 2']);
  });

  test('a listener that blocks longer than slowListener is reported by owner, in real time whatever the clock', () => {
    const { bus, heard } = open({ slowListener: 20 });
    bus.on('e', () => block(30));
    bus.on('e', () => {});
    bus.emit('e');
    expect(heard.of('slow-listener')).toEqual([
      expect.objectContaining({ service: 'bus', event: 'e', duration: expect.any(Number) }),
    ]);
    expect(heard.of('slow-listener')[0]?.duration).toBeGreaterThanOrEqual(30);
  });

  test('a listener that blocks and throws is reported for both', () => {
    const { bus, heard } = open({ slowListener: 5 });
    bus.on('e', () => {
      block(10);
      throw new Error('and late');
    });
    bus.emit('e');
    expect(heard.log.map(({ type }) => type)).toEqual(['listener-failed', 'slow-listener']);
  });
});

describe('listening', () => {
  test('ends with its release, which is idempotent and takes nothing else with it', () => {
    const { bus } = open();
    const fn = jest.fn();
    const release = bus.on('e', fn);
    bus.on('e', fn);
    release();
    release();
    bus.emit('e');
    expect(fn).toHaveBeenCalledTimes(1);
    expect(bus.listenerCount('e')).toBe(1);
  });

  test('once hears one event, even when it is emitted again from within', () => {
    const { bus } = open();
    const log: unknown[] = [];
    bus.once('e', (data) => {
      log.push(data);
      bus.emit('e', 'again');
    });
    bus.emit('e', 'first');
    bus.emit('e', 'later');
    expect(log).toEqual(['first']);
    expect(bus.hasListeners('e')).toBe(false);
  });

  test('off ends every listening of that function, once-listeners included', () => {
    const { bus } = open();
    const fn = jest.fn();
    const other = jest.fn();
    bus.on('e', fn);
    bus.on('e', fn, { priority: 1 });
    bus.once('e', fn);
    bus.on('e', other);
    bus.off('e', fn);
    bus.off('unknown', fn);
    bus.emit('e');
    expect(fn).not.toHaveBeenCalled();
    expect(other).toHaveBeenCalledTimes(1);
  });

  test('clear ends one event, or all', () => {
    const { bus } = open();
    bus.on('a', () => {});
    bus.on('b', () => {});
    bus.clear('a');
    expect([bus.hasListeners('a'), bus.hasListeners('b')]).toEqual([false, true]);
    bus.clear();
    bus.clear('unknown');
    expect(bus.listenerCount()).toBe(0);
  });

  test('ends with its owner, and leaves the ledger of the owner however it ends', async () => {
    const { bus, clock } = open();
    const scope = owner(clock);
    const fn = jest.fn();
    const ends: (() => void)[] = [
      bus.on('e', fn, { owner: scope }),
      () => bus.off('e', fn),
      () => bus.clear('e'),
      () => bus.clear(),
      () => bus.emit('e'),
    ];
    ends[0]?.();
    expect(scope.size).toBe(0);
    for (const end of ends.slice(1, 4)) {
      bus.on('e', fn, { owner: scope });
      expect(scope.tree()).toEqual([expect.objectContaining({ kind: 'cleanup' })]);
      end();
      expect(scope.size).toBe(0);
    }
    bus.once('e', fn, { owner: scope });
    ends[4]?.();
    expect(scope.size).toBe(0);
    bus.on('e', fn, { owner: scope });
    await scope.close();
    expect(bus.listenerCount()).toBe(0);
  });

  test('for an owner that has closed is refused, and nothing listens', async () => {
    const { bus, clock } = open();
    const scope = owner(clock);
    await scope.close();
    expect(() => bus.on('e', () => {}, { owner: scope })).toThrow(
      expect.objectContaining({ code: 'SPECTER_SCOPE_CLOSED' }),
    );
    expect(bus.listenerCount()).toBe(0);
  });

  // Teeth: a check that lets a default take the place of undefined fails this test (tried).
  test.each(['on', 'once'] as const)(
    '%s of what is no function is refused at once, not told at each event',
    (method) => {
      const { bus } = open();
      expect(() => bus[method]('e', undefined as never)).toThrow(
        expect.objectContaining({
          code: 'SPECTER_INVALID_ARGUMENT',
          message: `bus.${method}(): expected a function, got undefined.`,
        }),
      );
      expect(bus.hasListeners('e')).toBe(false);
    },
  );

  test('a priority that is no number has no place in the order, and is refused', () => {
    const { bus } = open();
    expect(() => bus.on('e', () => {}, { priority: Number.NaN })).toThrow(
      'priority of a listener: expected a number, got NaN (number).',
    );
    expect(bus.hasListeners('e')).toBe(false);
  });

  test('any object with addCleanup is an owner', () => {
    const { bus } = open();
    const cleanups: (() => unknown)[] = [];
    const fn = jest.fn();
    const owner = {
      addCleanup(cleanup: () => unknown) {
        cleanups.push(cleanup);
        return () => {};
      },
    };
    bus.on('e', fn, { owner });
    for (const cleanup of cleanups) cleanup();
    bus.emit('e');
    expect(fn).not.toHaveBeenCalled();
  });
});

describe('emitAsync', () => {
  test('resolves when all have settled, failures included, and never rejects', async () => {
    const { bus, heard } = open();
    const log: string[] = [];
    const slow = gate();
    bus.on('e', () => slow.promise.then(() => log.push('slow')));
    bus.on('e', () => Promise.reject(new Error('no')));
    bus.on('e', () => {
      throw new Error('sync');
    });
    const emitted = bus.emitAsync('e').then(() => log.push('settled'));
    await settle();
    expect(log).toEqual([]);
    slow.open();
    await emitted;
    expect(log).toEqual(['slow', 'settled']);
    expect(heard.of('listener-failed')).toHaveLength(2);
  });
});

describe('waitFor', () => {
  test('resolves with the data of the next event, and leaves neither timer nor listener', async () => {
    const { bus, clock } = open();
    const waiting = bus.waitFor('e');
    bus.emit('e', 1);
    bus.emit('e', 2);
    expect(await waiting).toBe(1);
    expect([clock.pending, bus.listenerCount()]).toEqual([0, 0]);
  });

  test('has a deadline of ten seconds when none is given, and names what it waited for', async () => {
    const { bus, clock } = open();
    const waiting = rejection(bus.waitFor('disk:mounted'));
    await clock.advance(9_999);
    expect(bus.hasListeners('disk:mounted')).toBe(true);
    await clock.advance(1);
    const error = await waiting;
    expect(error).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
    expect(error.message).toContain('10000 ms for event "disk:mounted"');
    expect(bus.listenerCount()).toBe(0);
  });

  test('ends with its signal, with the reason of the abort', async () => {
    const { bus, clock } = open();
    const abort = new AbortController();
    const waiting = rejection(bus.waitFor('e', { signal: abort.signal }));
    abort.abort(new Error('gone'));
    expect(await waiting).toEqual(new Error('gone'));
    expect(await rejection(bus.waitFor('e', { signal: abort.signal }))).toEqual(new Error('gone'));
    expect([clock.pending, bus.listenerCount()]).toEqual([0, 0]);
  });

  test('is rejected when its event is cleared, so that a stopping application is not held up', async () => {
    const { bus, clock } = open();
    const waits = [rejection(bus.waitFor('a')), rejection(bus.waitFor('b'))];
    bus.clear('a');
    bus.clear();
    for (const error of await Promise.all(waits)) expect(error).toMatchObject({ code: 'SPECTER_WAIT_ENDED' });
    expect(clock.pending).toBe(0);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'cannot wait for ever: a timeout of %p is refused',
    (timeout) => {
      const { bus } = open();
      expect(() => bus.waitFor('e', { timeout })).toThrow(
        expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }),
      );
      expect(bus.listenerCount()).toBe(0);
    },
  );

  test('an event after the deadline changes nothing', async () => {
    const { bus, clock } = open();
    const waiting = rejection(bus.waitFor('e', { timeout: 5 }));
    await clock.advance(5);
    bus.emit('e', 'late');
    expect(await waiting).toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
  });
});

test('listeners() tells who listens, by owner, and leaves out who only waits', async () => {
  const { bus, clock } = open();
  bus.on('a', () => {});
  bus.on('b', () => {}, { owner: managed(clock, 'Disk') });
  const waiting = rejection(bus.waitFor('c'));
  expect(bus.listeners().map(({ event, owner }) => `${event} ${owner}`)).toEqual(['a bus', 'b Disk']);
  bus.clear();
  await waiting;
});

test('two buses never hear each other', () => {
  const a = open().bus;
  const b = open().bus;
  const fn = jest.fn();
  a.on('e', fn);
  b.emit('e');
  expect(fn).not.toHaveBeenCalled();
});

// T14: one awaits a second, one throws, one rejects, one blocks 80 ms on ten of them, eight are ordinary; 100,000 events.
// Teeth: awaiting each listener in emit() fails this test (tried): the ordinary ones have heard nothing when it returns.
test('a hundred thousand events past slow and failing listeners arrive in order, fast, and leave nothing behind', async () => {
  const EVENTS = 100_000;
  const clock = new ManualClock();
  const events = new Events(clock);
  const reports: Record<string, number> = {};
  events.on('*', (event) => {
    const key = `${event.type} of ${'service' in event ? event.service : ''}`;
    reports[key] = (reports[key] ?? 0) + 1;
  });
  const bus = new Bus({ clock, events });
  const listen = (name: string, fn: (n: unknown) => unknown) => bus.on('e', fn, { owner: managed(clock, name) });
  const second = clock.sleep(1_000);
  const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
  const seen = Array.from({ length: 8 }, () => ({ next: 0, disorder: 0 }));
  listen('awaits', async () => second);
  listen('throws', () => {
    throw thrown;
  });
  listen('rejects', () => Promise.reject(rejected));
  listen('blocks', (n) => (Number(n) % 10_000 === 0 ? block(80) : undefined));
  for (const one of seen) {
    listen('ordinary', (n) => {
      if (n !== one.next) one.disorder++;
      one.next = Number(n) + 1;
    });
  }
  const before = usedHeap();
  const times: number[] = [];
  for (let n = 0; n < EVENTS; n++) {
    const begun = performance.now();
    bus.emit('e', n);
    if (n % 10_000 !== 0) times.push(performance.now() - begun);
    if (seen[7]?.next !== n + 1) throw new Error(`event ${n} has not arrived when emit() returned`);
    if (n % 1_000 === 0) await settle(1);
  }
  await clock.advance(1_000);
  expect(seen).toEqual(Array(8).fill({ next: EVENTS, disorder: 0 }));
  expect(reports).toMatchObject({
    'listener-failed of throws': EVENTS,
    'listener-failed of rejects': EVENTS,
  });
  // Others share this machine: in one of a hundred thousand calls it may stand still for as long.
  expect(reports['slow-listener of blocks']).toBeGreaterThanOrEqual(10);
  // The best stretch counts: others share this machine. Alone on one it is under 0.05 ms; a listener that is waited for takes a second.
  const stretches = Array.from({ length: 20 }, (_, i) => times.slice(i * 4_900, (i + 1) * 4_900));
  expect(Math.min(...stretches.map(percentile99))).toBeLessThan(process.env.SPECTER_TIMINGS ? 0.05 : 5);
  times.length = 0;
  stretches.length = 0;
  expect(usedHeap() - before).toBeLessThan(20 * 2 ** 20);
});

function percentile99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

/** A scope with a home: its reports bear its name. */
function managed(clock: ManualClock, name: string): Scope {
  const scope = new Scope(name, { clock, births: false });
  settleAt(scope, { name, environment: surround(clock), scope });
  return scope;
}

/** Bytes in use after a collection. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
