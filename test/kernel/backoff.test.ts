import { backoffDelay, fillBackoff } from '../../src/kernel/backoff.js';

const options = { min: 100, max: 30_000, factor: 2, jitter: 0 };

test('each retry waits longer by the factor, up to the longest', () => {
  const delays = [1, 2, 3, 4, 9, 10, 50].map((attempt) => backoffDelay(attempt, options));
  expect(delays).toEqual([100, 200, 400, 800, 25_600, 30_000, 30_000]);
});

test('the ten thousandth attempt still has a usable delay', () => {
  expect(backoffDelay(10_000, options)).toBe(30_000);
  expect(backoffDelay(10_000, { ...options, min: 0 })).toBe(0);
});

test('jitter spreads in both directions by its share, and never beyond the longest delay', () => {
  const random = jest.spyOn(Math, 'random');
  const at = (value: number, attempt = 1) => {
    random.mockReturnValue(value);
    return backoffDelay(attempt, { ...options, jitter: 0.2 });
  };
  expect(at(0)).toBeCloseTo(80);
  expect(at(0.5)).toBeCloseTo(100);
  expect(at(0.999_999)).toBeCloseTo(120, 2);
  expect(at(0.999_999, 50)).toBe(30_000);
  expect(at(0, 50)).toBeCloseTo(24_000);
  random.mockRestore();
});

test('a factor of one keeps the delay', () => {
  expect(backoffDelay(7, { ...options, factor: 1 })).toBe(100);
});

test('what is not said comes from the defaults, and a first wait beyond the longest makes it the longest', () => {
  expect(fillBackoff(options, { min: 500 })).toEqual({ ...options, min: 500 });
  expect(fillBackoff(options, { min: 60_000 })).toMatchObject({ min: 60_000, max: 60_000 });
  expect(fillBackoff(options, { min: 500, max: 200 })).toMatchObject({ min: 500, max: 200 });
  expect(backoffDelay(3, fillBackoff(options, { min: 60_000 }))).toBe(60_000);
});
