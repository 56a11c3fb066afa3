import { Module } from '../../src/app/module.js';
import { createApplication } from '../../src/application.js';
import { Controller, Get, Options, Post } from '../../src/http/controller.js';
import { type CorsOptions, corsOf } from '../../src/http/cors.js';
import { NotFound } from '../../src/http/errors.js';
import { Guard } from '../../src/http/guard.js';
import { Use } from '../../src/http/middleware.js';
import { SetHeader } from '../../src/http/plan.js';
import { type Harness, Raw, serve } from './harness.js';

const PAGE = 'https://app.example.org';
const asked: string[] = [];

@Controller('/films')
@Use(async (_ctx, next) => {
  asked.push('middleware');
  await next();
})
@Guard(() => {
  asked.push('guard');
  return true;
})
class Films {
  @Get() list() {
    return ['Alien'];
  }
  @Post() add() {
    return 'added';
  }
  @Get('/none') none() {
    throw new NotFound('No such film.');
  }
  @Get('/broken') broken() {
    throw new Error('secret');
  }
  @Get('/varied') @SetHeader('Vary', 'Accept') varied() {
    return 1;
  }
  @Get('/varied/broken') @SetHeader('Vary', 'Accept') variedBroken() {
    throw new Error('secret');
  }
  @Options('/own') own() {
    return 'own';
  }
}

const films = (cors: CorsOptions | false): Promise<Harness> => serve([new Films()], { http: { cors } });
const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { origin, ...more } });
const preflight = (origin: string, method = 'POST'): RequestInit => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'x-evil' },
});
const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => /^access-control-|^vary$/.test(name)));

beforeEach(() => {
  asked.length = 0;
});

test('without the option nothing of CORS is ever said', async () => {
  const app = await films(false);
  expect(corsHeaders(await app.fetch('/films', from(PAGE)))).toEqual({});
  const answer = await app.fetch('/films', preflight(PAGE));
  expect([answer.status, corsHeaders(answer)]).toEqual([204, {}]);
});

test('a page of a listed origin may read the answer, and no other', async () => {
  const app = await films({ origins: [PAGE], exposed: ['X-Total', 'ETag'] });
  expect(corsHeaders(await app.fetch('/films', from(PAGE)))).toEqual({
    'access-control-allow-origin': PAGE,
    'access-control-expose-headers': 'X-Total, ETag',
    vary: 'Origin',
  });
  expect(corsHeaders(await app.fetch('/films', from('https://evil.example')))).toEqual({ vary: 'Origin' });
  expect(corsHeaders(await app.fetch('/films'))).toEqual({ vary: 'Origin' });
});

test('a preflight is answered before middleware and guards, with lists that the request has no say in', async () => {
  const app = await films({ origins: [PAGE], credentials: true });
  const answer = await app.fetch('/films', preflight(PAGE));
  expect(answer.status).toBe(204);
  expect(corsHeaders(answer)).toEqual({
    'access-control-allow-origin': PAGE,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key',
    'access-control-max-age': '600',
    vary: 'Origin',
  });
  expect(asked).toEqual([]);
});

test('methods, headers and age of a preflight are those of the option', async () => {
  const app = await films({ origins: [PAGE], methods: ['GET'], headers: ['X-Key'], maxAge: 5_999 });
  expect(corsHeaders(await app.fetch('/films', preflight(PAGE)))).toMatchObject({
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': 'X-Key',
    'access-control-max-age': '5',
  });
});

test('a preflight of a strange origin is answered with nothing that helps it', async () => {
  const app = await films({ origins: [PAGE], credentials: true });
  const answer = await app.fetch('/films', preflight('https://evil.example'));
  expect([answer.status, corsHeaders(answer)]).toEqual([204, { vary: 'Origin' }]);
});

test('OPTIONS that is no preflight goes to the routes', async () => {
  const app = await films({ origins: [PAGE] });
  expect(await (await app.fetch('/films/own', { method: 'OPTIONS', ...from(PAGE) })).text()).toBe('own');
  const listed = await app.fetch('/films', { method: 'OPTIONS' });
  expect([listed.status, listed.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
});

test.each([
  ['/films/none', 404],
  ['/films/broken', 500],
  ['/nowhere', 404],
  [`/${'a'.repeat(9_000)}`, 414],
])('a page may read the error of %s', async (path, status) => {
  const app = await films({ origins: [PAGE], credentials: true });
  const answer = await app.fetch(path, from(PAGE));
  expect(answer.status).toBe(status);
  expect(corsHeaders(answer)).toEqual({
    'access-control-allow-origin': PAGE,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  });
});

test('Vary: Origin stays beside what a method says itself', async () => {
  const app = await films({ origins: [PAGE] });
  for (const path of ['/films/varied', '/films/varied/broken'])
    expect((await app.fetch(path)).headers.get('vary')).toBe('Accept, Origin');
});

test('for everybody the answer is the same, so that caches may keep one', async () => {
  const app = await films({ origins: '*' });
  expect(corsHeaders(await app.fetch('/films', from(PAGE)))).toEqual({ 'access-control-allow-origin': '*' });
  expect(corsHeaders(await app.fetch('/films'))).toEqual({ 'access-control-allow-origin': '*' });
});

test('a request to reach into a private network is never granted', async () => {
  const app = await films({ origins: [PAGE] });
  const raw = await new Raw(app.port).send(
    `OPTIONS /films HTTP/1.1\r\nHost: a\r\nOrigin: ${PAGE}\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\n\r\n`,
  );
  const received = await raw.until('\r\n\r\n');
  expect(received).toContain('Access-Control-Allow-Origin');
  expect(received).not.toMatch(/private-network/i);
});

test('the origin null, as of a sandboxed frame, is let in by no list and no function', async () => {
  const app = await films({ origins: () => true });
  expect(corsHeaders(await app.fetch('/films', from('null')))).toEqual({ vary: 'Origin' });
  expect(corsHeaders(await app.fetch('/films', from(PAGE)))).toMatchObject({ 'access-control-allow-origin': PAGE });
});

test.each([
  ['https://a.example.org', true],
  ['https://a.b.example.org', true],
  ['https://example.org', false],
  ['http://a.example.org', false],
  ['https://a.example.org:8443', false],
  ['https://aexample.org', false],
  ['https://a.example.org.evil.example', false],
  ['https://evil.example/.example.org', false],
  ['https://evil.example?.example.org', false],
  ['https://evil@.example.org', false],
  ['https://.example.org', false],
  ['https://A.example.org', false],
  ['null', false],
])('of all hosts below one, %s is let in: %s', async (origin, allowed) => {
  const app = await films({ origins: ['https://*.example.org'] });
  const raw = await new Raw(app.port).send(`GET /films HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\n\r\n`);
  expect((await raw.until('\r\n\r\n')).includes('Access-Control-Allow-Origin')).toBe(allowed);
});

test.each<[string, unknown]>([
  ['everybody with credentials', { origins: '*', credentials: true }],
  ['the origin null', { origins: ['null'] }],
  ['an origin with a path', { origins: ['https://example.org/'] }],
  ['an origin in capitals', { origins: ['https://Example.org'] }],
  ['an origin with its usual port', { origins: ['https://example.org:443'] }],
  ['a host alone', { origins: ['example.org'] }],
  ['a star in the list', { origins: ['*'] }],
  ['a star for a part of a name', { origins: ['https://a*.example.org'] }],
  ['a star for a whole domain', { origins: ['https://*.org'] }],
  ['two stars', { origins: ['https://*.*.example.org'] }],
  ['a regular expression', { origins: /example/ }],
  ['a header that is none', { origins: [PAGE], headers: ['a b'] }],
  ['an age that is none', { origins: [PAGE], maxAge: Number.NaN }],
])('%s is refused before anything is constructed', (_name, cors) => {
  @Module({})
  class AppModule {}
  const make = () => createApplication(AppModule, { http: { cors: cors as CorsOptions }, logger: false });
  expect(make).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  expect(make).toThrow(/http\.cors/);
});

test('a function that says anything but true lets nobody in', () => {
  const cors = corsOf({ origins: () => 'yes' as unknown as boolean });
  const set: string[] = [];
  cors?.open({ headers: { origin: PAGE } } as never, { setHeader: (name: string) => set.push(name) } as never);
  expect(set).toEqual(['Vary']);
});
