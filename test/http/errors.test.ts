import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { HttpError, TooManyRequests, Unavailable, Unprocessable } from '../../src/http/errors.js';
import { Ctx } from '../../src/http/parameters.js';
import { makeProblem, ProblemError } from '../../src/kernel/problem.js';
import { serve } from './harness.js';

const fault = (path: string) => ({ in: 'body' as const, path, rule: 'isString', message: 'must be a string' });

/** Cannot be looked at in any way. */
const hostile: unknown = new Proxy(
  {},
  new Proxy(
    {},
    {
      get(_target, trap) {
        return () => {
          throw new Error(`secret of ${String(trap)}`);
        };
      },
    },
  ),
);

@Controller()
class Rejecting {
  @Get('/often') often() {
    throw new TooManyRequests('Too often.', { retryAfter: 1_500, headers: { 'X-Limit': '3' } });
  }
  @Get('/now') now() {
    throw new Unavailable(undefined, { retryAfter: 0 });
  }
  @Get('/own') own() {
    throw new Unavailable(undefined, { retryAfter: 5_000, headers: { 'Retry-After': '9' } });
  }
  @Get('/long') long() {
    throw new HttpError(409, 'x'.repeat(1_000_000), { code: 'LONG' });
  }
  @Get('/wide') wide() {
    throw new Unprocessable('Wrong.', { errors: Array.from({ length: 20 }, () => fault('x'.repeat(1_000))) });
  }
  @Get('/split') split(@Ctx() ctx: Context) {
    ctx.set('X-A', 'a\r\nX-B: secret');
    return 1;
  }
  @Get('/hostile') hostile() {
    return hostile;
  }
  @Get('/hostile/inside') inside() {
    return { films: [hostile] };
  }
  @Get('/hostile/events') async *events() {
    yield { data: hostile };
  }
  @Get('/odd') odd() {
    throw new ProblemError({ ...makeProblem(409), detail: 1n as unknown as string });
  }
}

test.each([
  ['/often', 429, '2'],
  ['/now', 503, '0'],
  ['/own', 503, '9'],
])('%s says when to come back, in whole seconds', async (path, status, seconds) => {
  const app = await serve([new Rejecting()]);
  const answer = await app.fetch(path);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, seconds]);
});

test('a time that is none is not sent', () => {
  expect(new Unavailable(undefined, { retryAfter: Number.NaN }).headers).toEqual({});
  expect(new Unavailable(undefined, { retryAfter: -1 }).headers).toEqual({ 'Retry-After': '0' });
  expect(new TooManyRequests('Too often.', { retryAfter: 1_500, headers: { 'X-Limit': '3' } }).headers).toEqual({
    'Retry-After': '2',
    'X-Limit': '3',
  });
});

test.each([
  ['/long', 409, 'x'.repeat(1_000)],
  ['/wide', 422, 'Wrong.'],
  ['/odd', 409, undefined],
])('the problem of %s stays a problem that can be read', async (path, status, detail) => {
  const app = await serve([new Rejecting()]);
  const answer = await app.fetch(path);
  const text = await answer.text();
  expect(answer.status).toBe(status);
  expect(text.length).toBeLessThanOrEqual(16_384);
  expect(JSON.parse(text)).toEqual({
    ...makeProblem(status, detail === undefined ? {} : { detail }),
    requestId: expect.any(String),
  });
});

test.each(['/split', '/hostile', '/hostile/inside', '/hostile/events'])(
  'what %s answers cannot be sent: a clean 500, told once',
  async (path) => {
    const app = await serve([new Rejecting()]);
    const answer = await app.fetch(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([500, 'application/problem+json']);
    expect([await answer.text(), ...answer.headers.keys()].join()).not.toMatch(/secret|x-b/i);
    expect(app.of('http-failed')).toMatchObject([{ route: path, service: 'Rejecting' }]);
  },
);
