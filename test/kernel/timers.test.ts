import { Scope } from '../../src/kernel/scope.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { gate, hear, settle } from './heard.js';

function open() {
  const clock = new ManualClock();
  const heard = hear(clock);
  return { clock, heard, scope: new Scope('ticker', { clock, events: heard.events }) };
}

test('an interval ticks every period until its release', async () => {
  const { scope, clock } = open();
  const tick = jest.fn();
  const release = scope.interval(tick, 1_000);
  await clock.advance(3_500);
  expect(tick).toHaveBeenCalledTimes(3);
  release();
  release();
  await clock.advance(10_000);
  expect(tick).toHaveBeenCalledTimes(3);
  expect(scope.size).toBe(0);
  expect(clock.pending).toBe(0);
});

test('ticks never overlap: the next is armed when the last has settled', async () => {
  const { scope, clock } = open();
  const begun: number[] = [];
  let running = 0;
  let overlaps = 0;
  scope.interval(async () => {
    begun.push(clock.monotonic());
    overlaps += running++ > 0 ? 1 : 0;
    await clock.sleep(3_000);
    running--;
  }, 1_000);
  await clock.advance(12_500);
  expect(begun).toEqual([1_000, 5_000, 9_000]);
  expect(overlaps).toBe(0);
});

test('a failing tick is reported by owner and name, and the next one comes', async () => {
  const { scope, clock, heard } = open();
  let calls = 0;
  scope.interval(function refresh() {
    calls++;
    if (calls === 1) throw new Error('sync');
    return Promise.reject(new Error('async'));
  }, 10);
  await clock.advance(30);
  expect(calls).toBe(3);
  expect(heard.of('timer-failed')[0]).toMatchObject({
    service: 'ticker',
    timer: 'interval of 10 ms (refresh)',
    error: new Error('sync'),
  });
  expect(heard.of('timer-failed')).toHaveLength(3);
});

test('a timeout fires once and leaves no entry', async () => {
  const { scope, clock } = open();
  const fn = jest.fn();
  scope.timeout(fn, 50);
  await clock.advance(49);
  expect(fn).not.toHaveBeenCalled();
  await clock.advance(1_000);
  expect(fn).toHaveBeenCalledTimes(1);
  expect(scope.size).toBe(0);
});

test('a timeout released before it is due never fires', async () => {
  const { scope, clock } = open();
  const fn = jest.fn();
  scope.timeout(fn, 50)();
  await clock.advance(100);
  expect(fn).not.toHaveBeenCalled();
  expect(clock.pending).toBe(0);
});

test('an interval may release itself from within its tick', async () => {
  const { scope, clock } = open();
  let calls = 0;
  const release = scope.interval(() => {
    calls++;
    release();
  }, 10);
  await clock.advance(100);
  expect(calls).toBe(1);
  expect(scope.size).toBe(0);
});

test.each(['from within', 'from outside'])(
  'a tick at hand released %s is still waited for by the stop',
  async (where) => {
    const { scope, clock } = open();
    const work = gate();
    const log: string[] = [];
    const release = scope.interval(async () => {
      if (where === 'from within') release();
      await work.promise;
      log.push('tick ended');
    }, 10);
    await clock.advance(10);
    if (where === 'from outside') release();
    expect(scope.size).toBe(1);
    const closing = scope.close().then(() => log.push('closed'));
    await settle();
    work.open();
    await closing;
    expect(log).toEqual(['tick ended', 'closed']);
    expect(clock.pending).toBe(0);
  },
);

test('closing waits for the tick at hand and arms no other', async () => {
  const { scope, clock } = open();
  const work = gate();
  const log: string[] = [];
  scope.interval(() => work.promise.then(() => log.push('tick ended')), 10);
  await clock.advance(10);
  const closing = scope.close().then(() => log.push('closed'));
  await settle();
  expect(log).toEqual([]);
  work.open();
  await closing;
  expect(log).toEqual(['tick ended', 'closed']);
  expect(clock.pending).toBe(0);
});

test.each([
  ['interval', -1],
  ['interval', Number.NaN],
  ['timeout', Number.POSITIVE_INFINITY],
  ['timeout', '5' as never],
] as const)('%s(fn, %p) is refused by name and leaves nothing', (method, ms) => {
  const { scope, clock } = open();
  expect(() => scope[method](() => {}, ms)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  expect(() => scope[method](() => {}, ms)).toThrow(`ticker.${method}()`);
  expect(scope.size + clock.pending).toBe(0);
});

test('a timer without a function is refused', () => {
  const { scope } = open();
  expect(() => scope.interval(undefined as never, 5)).toThrow(
    expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }),
  );
  expect(scope.size).toBe(0);
});

test('timers of many periods fire in the order of their times', async () => {
  const { scope, clock } = open();
  const log: string[] = [];
  scope.interval(() => log.push(`30@${clock.monotonic()}`), 30);
  scope.interval(() => log.push(`20@${clock.monotonic()}`), 20);
  await clock.advance(60);
  expect(log).toEqual(['20@20', '30@30', '20@40', '30@60', '20@60']);
});
