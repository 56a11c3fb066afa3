import { SpecterError } from '../../src/kernel/errors.js';
import { MAX_FAULTS, makeProblem, ProblemError, problemOf } from '../../src/kernel/problem.js';

test('a problem has a type, a title from its status, and only the details that were given', () => {
  expect(makeProblem(404)).toEqual({ type: 'about:blank', title: 'Not Found', status: 404 });
  expect(makeProblem(422, { detail: 'd', code: 'SPECTER_VALIDATION', errors: [] })).toEqual({
    type: 'about:blank', title: 'Unprocessable Content', status: 422, detail: 'd', code: 'SPECTER_VALIDATION', errors: [],
  }); // biome-ignore format: one thing
});

test.each([200, 399, 600, 999, -1, 404.5, Number.NaN, '404' as never])('a status of %p becomes 500', (status) => {
  expect(makeProblem(status)).toMatchObject({ status: 500, title: 'Internal Server Error' });
});

test('statuses without a name of their own still have a title', () => {
  expect(makeProblem(499).title).toBe('Client Error');
  expect(makeProblem(599).title).toBe('Server Error');
});

test('at most twenty faults are told', () => {
  const errors = Array.from(
    { length: 100 },
    (_, i) => ({ in: 'body', path: `${i}`, rule: 'r', message: 'm' }) as const,
  );
  expect(makeProblem(422, { errors }).errors).toHaveLength(MAX_FAULTS);
});

test('a problem error carries code, status and headers', () => {
  const error = new ProblemError(makeProblem(429, { code: 'SPECTER_RATE', detail: 'Slow down.' }), {
    headers: { 'Retry-After': '1' },
  });
  expect(error).toMatchObject({
    code: 'SPECTER_RATE',
    status: 429,
    message: 'Slow down.',
    headers: { 'Retry-After': '1' },
  });
  expect(new ProblemError(makeProblem(404))).toMatchObject({ code: 'SPECTER_PROBLEM', message: 'Not Found' });
});

test.each([
  new Error('password=hunter2'),
  new SpecterError('SPECTER_CONFIG', 'secret path /etc/shadow'),
  'secret',
  null,
  undefined,
  { status: 404, message: 'secret' },
  new AggregateError([new Error('secret')]),
])('of %p the caller learns nothing but that it went wrong', (thrown) => {
  expect(problemOf(thrown)).toEqual({
    type: 'about:blank', title: 'Internal Server Error', status: 500, detail: 'Something went wrong on the server.', code: 'SPECTER_INTERNAL',
  }); // biome-ignore format: one thing
});
