import { checkRestart, RestartBudget, type RestartOptions, restartPolicy } from '../../src/kernel/restart-budget.js';

const steady = { min: 100, max: 1_000, factor: 2, jitter: 0 };
const budget = (options: { maxRestarts?: number; within?: number } = {}) =>
  new RestartBudget(restartPolicy({ ...options, backoff: steady }));
const delays = (one: RestartBudget, times: readonly number[]) => times.map((now) => one.failed(now)?.delay);

test('what is not said is five restarts within a minute, after 100 ms, doubled up to 30 s, spread by a fifth', () => {
  expect(restartPolicy()).toEqual({
    maxRestarts: 5,
    within: 60_000,
    backoff: { min: 100, max: 30_000, factor: 2, jitter: 0.2 },
  });
});

test('each failure in a row waits twice as long as the one before, up to the longest', () => {
  expect(delays(budget({ maxRestarts: 9 }), [0, 1, 2, 3, 4, 5])).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

test('one failure more than the budget is one too many', () => {
  const one = budget({ maxRestarts: 5 });
  expect(delays(one, [0, 1, 2, 3, 4]).every((delay) => delay !== undefined)).toBe(true);
  expect(one.failed(5)).toBeUndefined();
});

// Teeth: counting failures since the last reset instead of in a window fails this test (tried).
test('the window slides: a failure counts until exactly `within` has passed', () => {
  const one = budget({ maxRestarts: 1, within: 1_000 });
  one.failed(0);
  expect(one.failed(1_000)).toEqual({ attempt: 2, delay: 200 });
  expect(one.failed(1_999)).toBeUndefined();
});

// Teeth: keeping the oldest of the failures, and not the latest, fails this test (tried).
test('failures that were refused count in the window, too', () => {
  const one = budget({ maxRestarts: 1, within: 1_000 });
  expect(delays(one, [0, 100, 200])).toEqual([100, undefined, undefined]);
  expect(one.failed(1_150)).toBeUndefined();
  expect(one.failed(2_150)).toEqual({ attempt: 2, delay: 200 });
});

test('a budget of none allows none', () => {
  expect(budget({ maxRestarts: 0 }).failed(0)).toBeUndefined();
});

describe('half a minute of health', () => {
  test('makes the next failure a first one', () => {
    const one = budget();
    delays(one, [0, 1, 2]);
    one.started(10);
    expect(one.failed(30_010)).toEqual({ attempt: 1, delay: 100 });
  });

  test('that is not quite one does not', () => {
    const one = budget();
    delays(one, [0, 1, 2]);
    one.started(10);
    expect(one.failed(30_009)).toEqual({ attempt: 4, delay: 800 });
  });

  // Teeth: measuring from the last start to the failure, whatever lay between, fails this test (tried).
  test('is time of running: whoever was stopped meanwhile has not been healthy', () => {
    const one = budget();
    delays(one, [0, 1]);
    one.started(10);
    one.stopped(5_000);
    expect(one.failed(60_000)).toMatchObject({ attempt: 3 });
  });

  test('counts when it ended by being stopped, as for a dependent', () => {
    const one = budget();
    delays(one, [0, 1]);
    one.started(10);
    one.stopped(40_000);
    expect(one.failed(40_100)).toMatchObject({ attempt: 1 });
  });
});

test('a reset forgets everything', () => {
  const one = budget({ maxRestarts: 1 });
  one.failed(0);
  one.reset();
  expect(one.failed(1)).toEqual({ attempt: 1, delay: 100 });
});

test('whoever may fail for ever does so without growing', () => {
  const one = new RestartBudget(
    restartPolicy({
      maxRestarts: Number.POSITIVE_INFINITY,
      within: Number.POSITIVE_INFINITY,
      backoff: { ...steady, min: 0 },
    }),
  );
  for (let i = 1; i < 100_000; i++) one.failed(i);
  expect(one.failed(100_000)).toEqual({ attempt: 100_000, delay: 0 });
});

test.each([
  [{ maxRestarts: Number.NaN }, 'restart.maxRestarts of Tuner'],
  [{ maxRestarts: -1 }, 'restart.maxRestarts of Tuner'],
  [{ within: Number.POSITIVE_INFINITY }, 'restart.within of Tuner'],
  [{ backoff: { min: Number.NaN } }, 'restart.backoff of Tuner.min'],
  [{ backoff: { max: -1 } }, 'restart.backoff of Tuner.max'],
  [{ backoff: { factor: 0.5 } }, 'restart.backoff of Tuner.factor'],
  [{ backoff: { jitter: 2 } }, 'restart.backoff of Tuner.jitter'],
  [{ maxRestarts: Number.POSITIVE_INFINITY, backoff: { min: 0 } }, 'restart.backoff of Tuner.min'],
  [{ maxRestarts: Number.POSITIVE_INFINITY, backoff: { max: 0 } }, 'restart.backoff of Tuner.max'],
  [{ on: 'x'.repeat(1_000) }, `, got "${'x'.repeat(30)}…".`],
  [{ on: 'bad\n' }, ', got "bad\\n".'],
  [{ within: '1 min' }, 'got "1 min".'],
  [{ on: 'failures' }, 'restart.on of Tuner: expected one of failure, never, got "failures".'],
])('%p, which would restart without a pause, without an end or not at all, is refused by name', (options, where) => {
  expect(() => checkRestart('Tuner', options as RestartOptions)).toThrow(
    expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining(where) }),
  );
});
