// The arithmetic of the rate, with a time that the test gives.
import { RateError } from '../../src/sockets/errors.js';
import { Seats } from '../../src/sockets/seats.js';
import { Bucket, DEFAULT_RATE, Throttle } from '../../src/sockets/throttle.js';

/** How many of `count` events pass, `gap` milliseconds apart. */
function passing(throttle: Throttle, count: number, { from = 0, gap = 0 } = {}): number {
  let passed = 0;
  for (let n = 0; n < count; n++) {
    try {
      throttle.pass('x', undefined, from + n * gap);
      passed++;
    } catch (error) {
      expect(error).toBeInstanceOf(RateError);
    }
  }
  return passed;
}

describe('a bucket', () => {
  test('gives a burst at once, then as much as time brings, and says how long to wait', () => {
    const bucket = new Bucket({ perSecond: 50, burst: 100 }, 0);
    for (let n = 0; n < 100; n++) expect(bucket.take(0)).toBe(0);
    expect(bucket.take(0)).toBe(20);
    expect(bucket.take(5)).toBe(15);
    expect(bucket.take(20)).toBe(0);
    expect(bucket.take(20)).toBe(20);
  });

  test('never holds more than a burst', () => {
    const bucket = new Bucket({ perSecond: 50, burst: 2 }, 0);
    expect([bucket.take(1e9), bucket.take(1e9), bucket.take(1e9)]).toEqual([0, 0, 20]);
  });
});

describe('a throttle', () => {
  test('lets a steady client pass for ever, at its rate', () => {
    const throttle = new Throttle(DEFAULT_RATE, 0);
    expect(passing(throttle, 50_000, { gap: 20 })).toBe(50_000);
    expect(throttle.spent).toBe(false);
  });

  test('lets a client that is too fast have its rate, and no more than a tenth beyond', () => {
    const throttle = new Throttle({ ...DEFAULT_RATE, violations: 1e9 }, 0);
    const seconds = 60;
    const passed = passing(throttle, seconds * 500, { gap: 2 });
    expect((passed - DEFAULT_RATE.burst) / seconds).toBeGreaterThan(45);
    expect((passed - DEFAULT_RATE.burst) / seconds).toBeLessThan(55);
  });

  test('is spent by the third second of too much', () => {
    const throttle = new Throttle(DEFAULT_RATE, 0);
    const spentAfter = () => {
      for (let at = 0; at < 60_000; at += 16) {
        passing(throttle, 1, { from: at });
        if (throttle.spent) return at;
      }
      return Number.POSITIVE_INFINITY;
    };
    const at = spentAfter();
    // 62 a second use up the burst in 8 seconds.
    expect(at).toBeGreaterThan(8_000);
    expect(at).toBeLessThan(12_000);
  });

  test('is spent at once by a flood, not by one burst too many', () => {
    const throttle = new Throttle(DEFAULT_RATE, 0);
    expect(passing(throttle, 200)).toBe(100);
    expect(throttle.spent).toBe(false);
    expect(passing(throttle, 101)).toBe(0);
    expect(throttle.spent).toBe(true);
  });

  test('forgets after ten quiet seconds', () => {
    const throttle = new Throttle(DEFAULT_RATE, 0);
    for (let minute = 0; minute < 10; minute++) {
      passing(throttle, 150, { from: minute * 60_000 });
      expect(throttle.spent).toBe(false);
    }
  });

  test('counts an event with a rate of its own apart, and lets one without any pass', () => {
    const throttle = new Throttle(DEFAULT_RATE, 0);
    throttle.pass('rare', { perSecond: 1, burst: 1 }, 0);
    expect(() => throttle.pass('rare', { perSecond: 1, burst: 1 }, 1)).toThrow(RateError);
    for (let n = 0; n < 1_000; n++) throttle.pass('cursor', false, 0);
    expect(passing(throttle, 100)).toBe(100);
  });

  test('gives an event of less than one a second its turn, and tells how long that is', () => {
    const throttle = new Throttle(DEFAULT_RATE, 0);
    const report = (at: number) => throttle.pass('report', { perSecond: 0.5 }, at);
    report(0);
    expect(() => report(1_000)).toThrow(expect.objectContaining({ retryIn: 1_000 }));
    report(2_000);
    expect(() => report(2_001)).toThrow(expect.objectContaining({ retryIn: 1_999 }));
  });

  test('counts the violations of an event with a rate of its own as those of the socket', () => {
    const throttle = new Throttle({ ...DEFAULT_RATE, burst: 2 }, 0);
    const own = { perSecond: 1, burst: 1 };
    for (let n = 0; n < 6; n++) {
      expect(throttle.spent).toBe(false);
      try {
        throttle.pass('rare', own, 0);
      } catch {}
    }
    // One passes; of the five refused, each two are a violation: a burst of the socket.
    expect(throttle.spent).toBe(true);
  });

  test('without a rate nobody is sent away, also not for an event that has one', () => {
    const throttle = new Throttle(false, 0);
    throttle.pass('rare', { perSecond: 1, burst: 1 }, 0);
    for (let n = 0; n < 1_000; n++)
      expect(() => throttle.pass('rare', { perSecond: 1, burst: 1 }, 0)).toThrow(RateError);
    expect(throttle.spent).toBe(false);
  });

  test('without a rate lets everything pass', () => {
    const throttle = new Throttle(false, 0);
    expect(passing(throttle, 10_000)).toBe(10_000);
    expect(throttle.spent).toBe(false);
  });
});

test('seats are given up to their number, and given back once', () => {
  const seats = new Seats(2);
  const first = seats.take('a')!;
  const second = seats.take('a')!;
  expect(seats.take('a')).toBeUndefined();
  expect(seats.take('b')).toEqual(expect.any(Function));
  first();
  first();
  expect(seats.take('a')).toEqual(expect.any(Function));
  expect(seats.take('a')).toBeUndefined();
  second();
  expect(seats.isFull('a')).toBe(false);
});

test('a seat that is taken without being asked for counts like every other', () => {
  const seats = new Seats(2);
  for (let n = 0; n < 3; n++) seats.enter('a');
  seats.leave('a');
  expect(seats.take('a')).toBeUndefined();
  seats.leave('a');
  expect(seats.take('a')).toEqual(expect.any(Function));
});
