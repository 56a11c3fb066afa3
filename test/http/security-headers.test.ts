import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'koa';
import { Module } from '../../src/app/module.js';
import { createApplication } from '../../src/application.js';
import { Controller, Get } from '../../src/http/controller.js';
import { file } from '../../src/http/file.js';
import { Ctx } from '../../src/http/parameters.js';
import { SetHeader } from '../../src/http/plan.js';
import { type SecurityHeaders, securityHeadersOf } from '../../src/http/security-headers.js';
import { Raw, serve } from './harness.js';

const root = mkdtempSync(join(tmpdir(), 'headers-'));
writeFileSync(join(root, 'page.html'), '<p>');

@Controller()
class Answers {
  @Get('/value') value() {
    return { a: 1 };
  }
  @Get('/nothing') nothing() {}
  @Get('/page') page() {
    return file('page.html', { root });
  }
  @Get('/moved') moved(@Ctx() ctx: Context) {
    ctx.redirect('/value');
  }
  @Get('/broken') broken() {
    throw new Error('secret');
  }
  @Get('/framed') @SetHeader('X-Frame-Options', 'DENY') framed() {
    return 1;
  }
  @Get('/framed/broken') @SetHeader('X-Frame-Options', 'DENY') framedBroken() {
    throw new Error('secret');
  }
  @Get('/cookie') cookie(@Ctx() ctx: Context) {
    ctx.cookies.set('a', '1');
    return 1;
  }
  @Get('/cookie/kept') @SetHeader('Cache-Control', 'private, max-age=5') kept(@Ctx() ctx: Context) {
    ctx.cookies.set('a', '1');
    return 1;
  }
  @Get('/teapot') teapot(@Ctx() ctx: Context) {
    ctx.status = 418;
    ctx.body = 'short and stout';
  }
}

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'SAMEORIGIN',
  'cross-origin-resource-policy': 'same-site',
};
const OF_PROBLEMS = {
  ...ALWAYS,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};
const headersOf = ({ headers }: Response) => Object.fromEntries(headers);

test.each([
  ['/value', 200, ALWAYS],
  ['/nothing', 204, ALWAYS],
  ['/page', 200, ALWAYS],
  ['/moved', 302, ALWAYS],
  ['/nowhere', 404, OF_PROBLEMS],
  ['/broken', 500, OF_PROBLEMS],
])('%s leaves with the headers that protect browsers', async (path, status, expected) => {
  const app = await serve([new Answers()]);
  const answer = await app.fetch(path, { redirect: 'manual' });
  expect([answer.status, headersOf(answer)]).toEqual([status, expect.objectContaining(expected)]);
  expect(answer.headers.has('x-powered-by') || answer.headers.has('server')).toBe(false);
});

test('pages are not given the policy of problems: their scripts would not run', async () => {
  const app = await serve([new Answers()]);
  expect((await app.fetch('/page')).headers.has('content-security-policy')).toBe(false);
});

test('what is no request is answered with them as well', async () => {
  const app = await serve([new Answers()]);
  const raw = await new Raw(app.port).send('NONSENSE\r\n\r\n');
  await raw.closed;
  expect(raw.received).toContain('X-Content-Type-Options: nosniff');
  expect(raw.received).toContain('Cache-Control: no-store');
});

test('the option changes, adds and takes away, whatever the letters of a name', async () => {
  const securityHeaders: SecurityHeaders = {
    'x-frame-options': false,
    'REFERRER-POLICY': 'same-origin',
    'Permissions-Policy': 'camera=()',
    'Content-Security-Policy': "default-src 'self'",
  };
  const app = await serve([new Answers()], { http: { securityHeaders } });
  for (const path of ['/value', '/broken']) {
    const headers = headersOf(await app.fetch(path));
    expect(headers).toMatchObject({
      'referrer-policy': 'same-origin',
      'permissions-policy': 'camera=()',
      'content-security-policy': "default-src 'self'",
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('x-frame-options');
  }
});

test('false means none at all', async () => {
  const app = await serve([new Answers()], { http: { securityHeaders: false } });
  for (const path of ['/value', '/broken'])
    expect(Object.keys(headersOf(await app.fetch(path)))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^x-|^referrer|^cross|^content-sec/)]),
    );
});

test('a method may say otherwise, also for what it throws', async () => {
  const app = await serve([new Answers()]);
  for (const path of ['/framed', '/framed/broken'])
    expect((await app.fetch(path)).headers.get('x-frame-options')).toBe('DENY');
});

test('an answer with a cookie, or of a failure, is not for caches, unless it says so itself', async () => {
  const app = await serve([new Answers()]);
  const cacheOf = async (path: string) => (await app.fetch(path)).headers.get('cache-control');
  expect(await cacheOf('/cookie')).toBe('no-store');
  expect(await cacheOf('/teapot')).toBe('no-store');
  expect(await cacheOf('/cookie/kept')).toBe('private, max-age=5');
  expect(await cacheOf('/value')).toBe(null);
});

test.each<[string, unknown]>([
  ['X-A', 'a\r\nX-B: b'],
  ['X A', 'a'],
  ['X-A', true],
  ['X-A', undefined],
])('the header %j with %j is refused before anything is constructed', (name, value) => {
  @Module({})
  class AppModule {}
  const securityHeaders = { [name]: value } as SecurityHeaders;
  expect(() => createApplication(AppModule, { http: { securityHeaders }, logger: false })).toThrow(
    expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }),
  );
});

test('the lists are made once', () => {
  expect(securityHeadersOf({}).always).toHaveLength(4);
  expect(securityHeadersOf(false)).toEqual({ always: [], problems: [] });
});
