// What headers a problem has: those that were set before, without those of the lost response.
import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { HttpError, NotFound } from '../../src/http/errors.js';
import type { MiddlewareFunction } from '../../src/http/middleware.js';
import { Use } from '../../src/http/middleware.js';
import { Ctx } from '../../src/http/parameters.js';
import { SetHeader } from '../../src/http/plan.js';
import { serve } from './harness.js';

const around: MiddlewareFunction = async (ctx, next) => {
  ctx.set({ 'RateLimit-Remaining': '3', 'Retry-After': '9', Link: '</films>; rel="up"' });
  ctx.cookies.set('seen', '1');
  try {
    await next();
  } finally {
    ctx.set('Server-Timing', 'total;dur=1');
  }
};

const LOST = {
  'Content-Type': 'text/html',
  'Content-Disposition': 'attachment; filename="films.csv"',
  'Content-Encoding': 'br',
  'Content-Language': 'de',
  'Content-Location': '/films.csv',
  'Content-Range': 'bytes 0-1/2',
  ETag: '"films"',
  'Last-Modified': new Date(0).toUTCString(),
  'Accept-Ranges': 'bytes',
  'Cache-Control': 'public, max-age=3600',
  'CDN-Cache-Control': 'max-age=3600',
  Expires: new Date(0).toUTCString(),
  Location: '/films',
  Refresh: '0; url=/films',
  'X-Accel-Redirect': '/internal/films.csv',
};

@Controller()
@Use(around)
class Failing {
  @Get('/missing') @SetHeader('X-Api', '2') missing() {
    throw new NotFound();
  }
  @Get('/broken') @SetHeader('X-Api', '2') async broken(@Ctx() ctx: Context) {
    ctx.set(LOST);
    throw new Error('broken');
  }
  @Get('/unsent') unsent() {
    throw new HttpError(404, 'Nothing.', { headers: { 'X-A': 'a\r\nX-B: secret', 'X Y': 'c', 'X-C': 'c' } });
  }
  @Get('/own') own() {
    throw new HttpError(429, 'Often.', { retryAfter: 1_000 });
  }
}

// (tried: with a list of what may stay none of them did)
test.each([
  ['/missing', 404],
  ['/broken', 500],
])('what was set before %s failed stays', async (path, status) => {
  const app = await serve([new Failing()]);
  const { status: answered, headers } = await app.fetch(path);
  expect(answered).toBe(status);
  expect(Object.fromEntries(headers)).toMatchObject({
    'ratelimit-remaining': '3',
    'retry-after': '9',
    'server-timing': 'total;dur=1',
    'set-cookie': expect.stringMatching(/^seen=1/),
    'x-api': '2',
    link: '</films>; rel="up"',
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  });
});

test('what spoke of the lost response does not', async () => {
  const app = await serve([new Failing()]);
  const { headers } = await app.fetch('/broken');
  for (const [name, value] of Object.entries(LOST)) expect([name, headers.get(name)]).not.toEqual([name, value]);
  expect(headers.get('content-length')).toMatch(/^\d+$/);
});

test('what an error says goes before what was set', async () => {
  const app = await serve([new Failing()]);
  expect((await app.fetch('/own')).headers.get('retry-after')).toBe('1');
});

test('a header of an error that cannot be sent is told of, by its name, and the problem is sent without it', async () => {
  const app = await serve([new Failing()]);
  const { status, headers } = await app.fetch('/unsent');
  expect([status, headers.get('x-a'), headers.get('x-b'), headers.get('x-c')]).toEqual([404, null, null, 'c']);
  const [told, ...others] = app.of('http-failed').map(({ error }) => error);
  expect(others).toEqual([]);
  expect(told).toMatchObject({ code: 'SPECTER_UNSENT_HEADER', message: expect.stringContaining('"X-A", "X Y"') });
  expect(told?.message).not.toContain('secret');
});
