import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server as SocketIo } from 'socket.io';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { checkHttpOptions, type HttpOptions } from '../../src/http/options.js';
import { Body } from '../../src/http/parameters.js';
import { unchecked } from '../../src/validation/input-type.js';
import { Raw, serve } from './harness.js';

@Controller()
class Plain {
  @Get('/plain') plain() {
    return 'plain';
  }
  @Post('/plain') post(@Body(unchecked) body: unknown) {
    return { body };
  }
}

const JSON_HEAD = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n';

describe('what no route ever sees', () => {
  test.each([
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n', 405],
    ['TRACE', 'TRACE /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: secret=1\r\n\r\n', 405],
    ['TRACE where nothing is', 'TRACE /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
    ['an expectation', `POST /plain HTTP/1.1\r\n${JSON_HEAD}Expect: 200-ok\r\n\r\n{}`, 417],
    ['a method that is none', 'BREW /plain HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    [
      'a request smuggled by two framings',
      `POST /plain HTTP/1.1\r\n${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a header that is folded', 'GET /plain HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nConnection: close\r\n\r\n', 400],
    ['a blank before the colon', 'GET /plain HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a bare line feed', 'GET /plain HTTP/1.1\nHost: a\n\n', 400],
  ])('%s is refused with a problem', async (what, bytes, status) => {
    const app = await serve([new Plain()]);
    const raw = await new Raw(app.port).send(bytes);
    await raw.closed;
    expect(raw.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*application/problem\\+json`, 's'));
    expect(raw.received).toMatch(/nosniff/);
    expect(raw.received).not.toMatch(/secret/);
    if (status === 405) expect(raw.received).toMatch(/\r\nAllow: GET, /i);
    expect([what, app.of('http-failed')]).toEqual([what, []]);
    expect((await app.fetch('/plain')).status).toBe(200);
  });

  test('100-continue is met', async () => {
    const app = await serve([new Plain()]);
    const raw = await new Raw(app.port).send(`POST /plain HTTP/1.1\r\n${JSON_HEAD}Expect: 100-continue\r\n\r\n`);
    await raw.until('100 Continue');
    await raw.send('{}');
    await raw.until('{"body":{}}');
  });
});

describe('a request to speak another protocol', () => {
  const upgrade = (path: string, protocol: string) =>
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

  test('is an ordinary request where nobody does', async () => {
    const app = await serve([new Plain()]);
    const raw = await new Raw(app.port).send(upgrade('/plain', 'h2c'));
    expect(await raw.until('\r\n\r\nplain')).toMatch(/^HTTP\/1\.1 200/);
  });

  const door = (path: string) => ({
    prepare: (http: import('../../src/http/server.js').HttpServer) => {
      new SocketIo({ path, serveClient: false }).attach(http.server);
      http.upgrades(path);
    },
  });

  test.each([
    ['/plain', 'websocket'],
    ['/', 'nonsense'],
    ['/other', 'h2c'],
  ])('is refused beside the path of those who do: %s', async (path, protocol) => {
    const app = await serve([new Plain()], door('/socket.io'));
    const raw = await new Raw(app.port).send(upgrade(path, protocol));
    await raw.closed;
    expect(raw.received).toMatch(/^HTTP\/1\.1 400 .*SPECTER_MALFORMED_REQUEST/s);
  });

  test('is theirs to refuse at their path', async () => {
    const app = await serve([new Plain()], door('/socket.io'));
    const raw = await new Raw(app.port).send(upgrade('/socket.io/?EIO=9&transport=nonsense', 'nonsense'));
    await raw.closed;
    expect(raw.received).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('is left to others who listen as well', async () => {
    const app = await serve([new Plain()], {
      prepare: (http) => {
        door('/socket.io').prepare(http);
        http.server.on('upgrade', ({ url }, socket) => void (url === '/own' && socket.end('HTTP/1.1 101 Own\r\n\r\n')));
      },
    });
    const raw = await new Raw(app.port).send(upgrade('/own', 'own'));
    await raw.until('101 Own');
  });
});

describe('options that are none', () => {
  test.each<[string, HttpOptions]>([
    ['handlerTimeout', { handlerTimeout: Number('abc') }],
    ['sendTimeout', { sendTimeout: -1 }],
    ['maxLag', { maxLag: Number.POSITIVE_INFINITY }],
    ['drainTimeout', { drainTimeout: 2 ** 31 }],
    ['requestTimeout', { requestTimeout: '30' as never }],
    ['connectionsCheckingInterval', { connectionsCheckingInterval: 0 }],
    ['headersTimeout', { headersTimeout: 40_000 }],
    ['maxInFlight', { maxInFlight: 0 }],
    ['maxConnections', { maxConnections: 1.5 }],
    ['maxHeaders', { maxHeaders: null as never }],
    ['trustProxy', { trustProxy: true as never }],
    ['trustProxy', { trustProxy: 'proxy.example' }],
    ['trustProxy', { trustProxy: ['10.0.0.0/33'] }],
    ['trustProxy', { trustProxy: [] }],
    ['trustProxy', { trustProxy: 0.5 }],
    ['allowedHosts', { allowedHosts: ['https://example.org'] }],
    ['allowedHosts', { allowedHosts: [] }],
    ['redirectHosts', { redirectHosts: ['*'] }],
    ['socketMode', { socketMode: 660.5 }],
    ['tls', { tls: { key: 'only a key' } }],
  ])('%s', (name, options) => {
    expect(() => checkHttpOptions(options)).toThrow(
      expect.objectContaining({
        code: 'SPECTER_INVALID_ARGUMENT',
        message: expect.stringMatching(new RegExp(`^the option http\\.${name}(?:\\[0\\].*)?: expected `)),
      }),
    );
  });

  test('those of the pages are', () => {
    checkHttpOptions({
      trustProxy: ['loopback', '10.0.0.0/8', '2001:db8::/32'],
      allowedHosts: ['example.org', '*.example.org', '[::1]:3000'],
      redirectHosts: ['login.example.org'],
      requestTimeout: 5_000,
      handlerTimeout: 0,
      sendTimeout: 0,
      maxLag: 0,
    });
  });
});

test('a server keeps some files for everything but connections', async () => {
  const app = await serve([new Plain()]);
  const { maxConnections } = app.http.server;
  expect(maxConnections).toBeGreaterThan(0);
  expect(maxConnections).toBeLessThanOrEqual(10_000);
  const other = createServer();
  expect(other.maxConnections ?? 0).toBe(0);
  await once(other.close(), 'close');
});
