import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { NotFound } from '../../src/http/errors.js';
import { Ctx } from '../../src/http/parameters.js';
import { isProxyName, type TrustProxy } from '../../src/http/proxy.js';
import type { HttpServer } from '../../src/http/server.js';
import { serve } from './harness.js';

@Controller()
class Seen {
  @Get('/seen') seen(@Ctx() { ip, ips, protocol, host, hostname, secure }: Context) {
    return { ip, ips, protocol, host, hostname, secure };
  }
  @Get('/lost') lost() {
    throw new NotFound();
  }
}

const FORWARDED = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'films.example',
};

async function seen(trustProxy: TrustProxy | undefined, headers: Record<string, string> = FORWARDED) {
  const app = await serve([new Seen()], { http: trustProxy === undefined ? {} : { trustProxy } });
  const answer = await app.fetch('/seen', { headers });
  return { port: app.port, headers: answer.headers, ...((await answer.json()) as Record<string, unknown>) };
}

describe('without trusted proxies', () => {
  test.each([[undefined], [false as const], [['192.0.2.1']]])(
    'nothing that is forwarded counts (%j)',
    async (trust) => {
      const told = await seen(trust);
      expect(told).toMatchObject({ ip: '127.0.0.1', protocol: 'http', host: `127.0.0.1:${told.port}`, secure: false });
      expect(told.headers.get('strict-transport-security')).toBeNull();
    },
  );

  test('a request id is made here, whatever the client sends', async () => {
    const app = await serve([new Seen()]);
    const answer = await app.fetch('/lost', { headers: { 'x-request-id': 'mine' } });
    expect(await answer.json()).toMatchObject({ requestId: expect.stringMatching(/^[\da-f-]{36}$/) });
  });
});

describe('the address of the client', () => {
  test.each<[string, TrustProxy, string, string]>([
    ['one proxy: what it wrote last', 1, '203.0.113.7, 198.51.100.2', '198.51.100.2'],
    ['two proxies: one further', 2, '203.0.113.7, 198.51.100.2', '203.0.113.7'],
    ['more proxies than addresses', 5, '203.0.113.7', '203.0.113.7'],
    ['nobody forwards', 1, '', '127.0.0.1'],
    ['by address', ['127.0.0.1'], '203.0.113.7, 198.51.100.2', '198.51.100.2'],
    ['by name', 'loopback', '203.0.113.7, 198.51.100.2', '198.51.100.2'],
    ['by network', ['loopback', '198.51.100.0/24'], '192.0.2.9, 203.0.113.7, 198.51.100.2', '203.0.113.7'],
    ['private networks', ['loopback', 'private'], '203.0.113.7, 10.1.2.3, 192.168.0.1', '203.0.113.7'],
    ['all are trusted', ['0.0.0.0/0'], '203.0.113.7, 198.51.100.2', '203.0.113.7'],
    ['IPv6', ['loopback', '2001:db8::/32'], '2001:db9::1, 2001:db8::2', '2001:db9::1'],
    ['IPv4 as IPv6', ['loopback', '10.0.0.0/8'], '203.0.113.7, ::ffff:10.0.0.1', '203.0.113.7'],
    ['with ports', ['loopback', '10.0.0.0/8'], '[2001:db9::1]:443, 10.0.0.1:8080', '2001:db9::1'],
    ['words end the list', ['loopback', '10.0.0.0/8'], '203.0.113.7, unknown, 10.0.0.1', '10.0.0.1'],
    ['markup ends the list', 1, '<script>', '127.0.0.1'],
    ['a zone ends the list', 1, 'fe80::1%eth0', '127.0.0.1'],
    ['no octal', 1, '0177.0.0.1', '127.0.0.1'],
  ])('%s', async (_what, trust, forwarded, ip) => {
    expect(await seen(trust, { 'x-forwarded-for': forwarded })).toMatchObject({ ip });
  });

  test('a list of a thousand costs no more than one of 32', async () => {
    const told = await seen(['0.0.0.0/0'], { 'x-forwarded-for': Array.from({ length: 900 }, () => '10.0.0.1').join() });
    expect(told).toMatchObject({ ips: Array(33).fill(expect.any(String)) });
  });
});

describe('what a trusted proxy says', () => {
  test('of protocol and host holds, and browsers are told to come back with TLS', async () => {
    const told = await seen('loopback');
    expect(told).toMatchObject({ protocol: 'https', secure: true, host: 'films.example', hostname: 'films.example' });
    expect(told.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  test.each([
    ['x-forwarded-proto', 'javascript'],
    ['x-forwarded-proto', ''],
    ['x-forwarded-host', 'evil@films.example'],
    ['x-forwarded-host', 'films.example/path'],
    ['x-forwarded-host', ''],
  ])('is passed over when it cannot be: %s %j', async (name, value) => {
    const told = await seen('loopback', { [name]: value });
    expect(told).toMatchObject({ protocol: 'http', host: `127.0.0.1:${told.port}` });
  });

  test.each([
    ['x-forwarded-proto', 'http, https', { protocol: 'https' }],
    ['x-forwarded-host', 'evil.example, films.example', { host: 'films.example' }],
  ])('is what the nearest one said: %s', async (name, value, expected) => {
    expect(await seen('loopback', { [name]: value })).toMatchObject(expected);
  });

  test.each([
    ['4bf92f3577b34da6a3ce929d0e0e4736', true],
    ['Root=1-67891233-abcdef012345678912345678', true],
    ['two words', false],
    ['a"b', false],
    ['x'.repeat(129), false],
  ])('the id of a request is taken over when it is one: %s', async (id, taken) => {
    const app = await serve([new Seen()], { http: { trustProxy: 'loopback' } });
    const answer = await app.fetch('/lost', { headers: { 'x-request-id': id } });
    const { requestId } = (await answer.json()) as { requestId: string };
    expect(requestId === id).toBe(taken);
    expect(await app.event('http-request')).toMatchObject({ requestId });
  });

  test('is not opened to everybody by koa', async () => {
    const prepare = (http: HttpServer) => {
      http.koa.proxy = true;
    };
    await expect(serve([new Seen()], { http: { trustProxy: ['192.0.2.1'] }, prepare })).rejects.toMatchObject({
      code: 'SPECTER_APPLICATION_STATE',
    });
  });
});

test.each([
  ['loopback', true],
  ['private', true],
  ['10.0.0.1', true],
  ['10.0.0.0/8', true],
  ['10.0.0.0/33', false],
  ['::1/129', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0', false],
  ['example.org', false],
  ['constructor', false],
  [7, false],
])('%j names proxies: %s', (name, is) => {
  expect(isProxyName(name)).toBe(is);
});
