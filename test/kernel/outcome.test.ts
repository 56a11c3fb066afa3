import { Outcome } from '../../src/kernel/outcome.js';
import { makeProblem, ProblemError, problemOf } from '../../src/kernel/problem.js';

describe('a success', () => {
  test('carries its value, 200 and no meta unless it is told otherwise', () => {
    expect(Outcome.success(5)).toMatchObject({ ok: true, value: 5, status: 200, meta: {} });
    expect(Outcome.success(undefined, { status: 201, meta: { page: 1 } })).toMatchObject({
      ok: true,
      value: undefined,
      status: 201,
      meta: { page: 1 },
    });
  });

  test('unwraps to its value, maps it, and keeps status and meta', () => {
    const outcome = Outcome.success(5, { status: 202, meta: { a: 1 } });
    expect(outcome.unwrap()).toBe(5);
    expect(outcome.map((value) => value * 2)).toMatchObject({ ok: true, value: 10, status: 202, meta: { a: 1 } });
  });

  test('goes over the wire as { ok, status, value } and nothing else', () => {
    expect(JSON.parse(JSON.stringify(Outcome.success([1], { meta: { secret: 1 } })))).toEqual({
      ok: true,
      status: 200,
      value: [1],
    });
  });

  test('is a tuple of three', () => {
    const [ok, value, error] = Outcome.success('v').toTuple();
    expect([ok, value, error]).toEqual([true, 'v', undefined]);
  });
});

describe('a failure', () => {
  test('of a text is a problem of 400 unless it is told otherwise', () => {
    expect(Outcome.failure('No such film.')).toMatchObject({
      error: { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'No such film.' },
    });
    const errors = [{ in: 'body', path: 'zip', rule: 'isPostalCode', message: 'must be a postal code' }] as const;
    expect(Outcome.failure('No.', { status: 422, code: 'SOLD_OUT', errors, meta: { a: 1 } })).toMatchObject({
      ok: false,
      status: 422,
      error: { status: 422, title: 'Unprocessable Content', code: 'SOLD_OUT', errors },
      meta: { a: 1 },
    });
  });

  test('of a problem is that problem', () => {
    const problem = makeProblem(409, { detail: 'Taken.' });
    expect(Outcome.failure(problem)).toMatchObject({ status: 409, error: problem });
  });

  test('unwraps by throwing its problem as an error that every door understands', () => {
    const outcome = Outcome.failure('No such film.', { status: 404 });
    expect(() => outcome.unwrap()).toThrow(ProblemError);
    try {
      outcome.unwrap();
    } catch (thrown) {
      expect(problemOf(thrown)).toEqual(outcome.ok ? undefined : outcome.error);
    }
  });

  test('stays as it is when mapped; the function is not called', () => {
    const fn = jest.fn();
    const outcome = Outcome.failure<number>('No.', { status: 410, meta: { a: 1 } });
    expect(outcome.map(fn)).toMatchObject({ ok: false, status: 410, meta: { a: 1 } });
    expect(fn).not.toHaveBeenCalled();
  });

  test('goes over the wire as { ok, status, error }', () => {
    expect(JSON.parse(JSON.stringify(Outcome.failure('No.', { status: 404 })))).toEqual({
      ok: false,
      status: 404,
      error: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'No.' },
    });
    expect(Outcome.failure('No.').toTuple()).toEqual([false, undefined, expect.objectContaining({ status: 400 })]);
  });
});

test('what only looks like an outcome is none', () => {
  expect([Outcome.success(1), Outcome.failure('x')].every(Outcome.is)).toBe(true);
  for (const other of [{ ok: true, value: 1, status: 200 }, null, undefined, 'ok', [true, 1]])
    expect(Outcome.is(other)).toBe(false);
});
