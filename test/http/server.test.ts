import { type AddressInfo, createServer } from 'node:net';
import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { httpWordings } from '../../src/http/events.js';
import { Ctx } from '../../src/http/parameters.js';
import { HttpServer } from '../../src/http/server.js';
import type { LifecycleEvent } from '../../src/kernel/events.js';
import { Harness, Raw, serve } from './harness.js';

@Controller()
class Hello {
  @Get('/hello/:name') hello() {
    return 'hello';
  }
  @Get('/headers') headers(@Ctx() ctx: Context) {
    ctx.set('X-Bad', 'a\r\nSet-Cookie: b=c');
  }
  @Get('/thrown') thrown(@Ctx() ctx: Context) {
    ctx.set({
      'X-Own': '1',
      ETag: '"1"',
      'Access-Control-Allow-Origin': 'https://a.example',
      'Cache-Control': 'public',
    });
    ctx.throw(409, 'Somebody was faster.');
  }
  @Get('/unsaid') unsaid(@Ctx() ctx: Context) {
    ctx.status = 410;
  }
}

test('listen tells where it listens', async () => {
  const app = new Harness();
  expect(await app.listen()).toEqual({
    host: '127.0.0.1',
    port: expect.any(Number),
    url: `http://127.0.0.1:${app.port}`,
  });
  expect(await app.event('http-listening')).toMatchObject({ url: app.url });
  await app.close();
  const everywhere = new Harness();
  const address = await everywhere.http.listen(0, '0.0.0.0');
  expect(address.url).toBe(`http://localhost:${address.port}`);
  await everywhere.close();
});

describe('a port that cannot be opened', () => {
  test('because it is taken: the error says so, and the server can be asked for another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const app = new Harness();
    await expect(app.http.listen(port, '127.0.0.1')).rejects.toMatchObject({
      code: 'SPECTER_LISTEN',
      message: expect.stringMatching(
        new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: another program listens there already`),
      ),
    });
    await app.listen();
    await app.close();
    other.close();
  });

  test('because the address is not of this machine, or has no name', async () => {
    const app = new Harness();
    await expect(app.http.listen(0, '192.0.2.1')).rejects.toMatchObject({
      code: 'SPECTER_LISTEN',
      message: expect.stringContaining('no such address'),
    });
    await expect(app.http.listen(0, 'no-such-host.invalid')).rejects.toMatchObject({
      code: 'SPECTER_LISTEN',
      message: expect.stringContaining('no-such-host.invalid:0'),
    });
    await app.close();
  });

  test('because it is open already, or the application stops', async () => {
    const app = await serve([]);
    expect(() => app.http.listen(0, '127.0.0.1')).toThrow(
      expect.objectContaining({ code: 'SPECTER_APPLICATION_STATE' }),
    );
    await app.http.drain();
    expect(() => app.http.listen(0, '127.0.0.1')).toThrow(
      expect.objectContaining({ code: 'SPECTER_APPLICATION_STATE' }),
    );
  });
});

test('koa.use before the start runs outermost; afterwards it throws and says what to do', async () => {
  const app = await serve([new Hello()], {
    prepare: (http) =>
      http.koa.use(async (ctx, next) => {
        await next();
        ctx.set('X-Outer', String(ctx.status));
      }),
  });
  expect((await app.fetch('/hello/a')).headers.get('x-outer')).toBe('200');
  expect(() => app.http.koa.use(() => {})).toThrow(
    expect.objectContaining({
      code: 'SPECTER_APPLICATION_STATE',
      message: expect.stringContaining('add it before start()'),
    }),
  );
});

test('every response has the safe headers and does not say what made it', async () => {
  const app = await serve([new Hello()]);
  for (const path of ['/hello/a', '/nothing', '/headers', '/health/live']) {
    const { headers } = await app.fetch(path);
    expect([path, headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual([
      path,
      'nosniff',
      'no-referrer',
    ]);
    expect([headers.get('x-powered-by'), headers.get('server')]).toEqual([null, null]);
  }
  expect((await app.fetch('/nothing')).headers.get('cache-control')).toBe('no-store');
});

test('an error keeps the headers that were set before it, and drops those of the lost response', async () => {
  const app = await serve([new Hello()]);
  const answer = await app.fetch('/thrown');
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': 'https://a.example',
    'cache-control': 'no-store',
  });
  expect([answer.headers.get('etag'), answer.headers.get('x-own')]).toEqual([null, '1']);
  expect(await answer.json()).toMatchObject({ status: 409, title: 'Conflict', detail: 'Somebody was faster.' });
});

test('an error status without a body becomes a problem', async () => {
  const app = await serve([new Hello()]);
  expect(await (await app.fetch('/unsaid')).json()).toMatchObject({ status: 410, title: 'Gone' });
});

test('a header that would split the response is an error of the application, and nothing of it is sent', async () => {
  const app = await serve([new Hello()]);
  const answer = await app.fetch('/headers');
  expect([answer.status, answer.headers.get('set-cookie'), answer.headers.get('x-bad')]).toEqual([500, null, null]);
  expect(app.of('http-failed')).toHaveLength(1);
});

describe('what is no request', () => {
  test.each([
    ['garbage', 'nonsense\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['too many headers', `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(101)}Connection: close\r\n\r\n`, 431],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['a whole URL', 'GET http://evil.example/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['a URL that is too long', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
  ])('%s is refused with a problem', async (_what, bytes, status) => {
    const app = await serve([new Hello()]);
    const raw = await new Raw(app.port).send(bytes);
    await raw.closed;
    expect(raw.received).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} .*Content-Type: application/problem\\+json\r\n`, 's'),
    );
    const [, body] = raw.received.split('\r\n\r\n');
    expect(JSON.parse(body as string)).toMatchObject({
      status,
      code: expect.stringMatching(/^SPECTER_/),
      requestId: expect.any(String),
    });
    expect(app.of('http-failed')).toEqual([]);
  });

  test.each([
    ['SPECTER_TOO_MANY_HEADERS', `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(101)}\r\n`],
    ['SPECTER_URL_TOO_LONG', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['SPECTER_MALFORMED_REQUEST', 'nonsense\r\n\r\n'],
  ])('%s', async (code, bytes) => {
    const app = await serve([new Hello()]);
    const raw = await new Raw(app.port).send(bytes);
    await raw.until(code);
  });

  test('a client that does not finish its headers is told so in time', async () => {
    const app = await serve([new Hello()], { http: { headersTimeout: 100, connectionsCheckingInterval: 50 } });
    const raw = await new Raw(app.port).send('GET / HTTP/1.1\r\nHost: a\r\n');
    await raw.closed;
    expect(raw.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(app.of('http-refused')).toMatchObject([{ status: 408 }]);
  });

  test("a connection that the client resets is nobody's error", async () => {
    const app = await serve([new Hello()]);
    const raw = await new Raw(app.port).send('GET /hel');
    raw.socket.resetAndDestroy();
    await raw.closed;
    expect((await app.fetch('/hello/a')).status).toBe(200);
    expect(app.of('http-failed')).toEqual([]);
  });
});

describe('events', () => {
  test('each request is told with its owner, route, status and duration, and never with its URL', async () => {
    const app = await serve([new Hello()]);
    await app.fetch('/hello/Ada?token=secret');
    const event = await app.event('http-request');
    expect(event).toEqual({
      type: 'http-request',
      at: expect.any(Number),
      service: 'Hello',
      method: 'GET',
      route: '/hello/:name',
      requestId: expect.any(String),
      status: 200,
      duration: expect.any(Number),
      aborted: false,
    });
    expect(JSON.stringify(event)).not.toMatch(/Ada|secret/);
  });

  test('the request id of a problem is the one in the log', async () => {
    const app = await serve([new Hello()]);
    const { requestId } = (await (await app.fetch('/headers')).json()) as { requestId: string };
    expect(await app.event('http-failed')).toMatchObject({
      requestId,
      service: 'Hello',
      route: '/headers',
      method: 'GET',
    });
    expect(await app.event('http-request')).toMatchObject({ requestId, status: 500 });
  });

  test('each has a sentence for the log', () => {
    const requested = { service: 'Hello', method: 'GET', route: '/a', requestId: 'id', at: 0 };
    const events: LifecycleEvent<keyof typeof httpWordings>[] = [
      { type: 'http-listening', at: 0, service: 'http', url: 'http://a' },
      { type: 'http-request', ...requested, status: 200, duration: 1.26, aborted: false },
      { type: 'http-request', ...requested, route: undefined, status: 200, duration: 1, aborted: true },
      { type: 'http-request', ...requested, status: 200, duration: 1, aborted: true, cut: 'its answer failed' },
      { type: 'http-failed', ...requested, error: new Error('Why.') },
      { type: 'http-redirect-refused', ...requested, why: 'why', first: true },
      { type: 'http-refused', at: 0, service: 'http', status: 400, reason: 'HPE_INVALID', requestId: 'id' },
      { type: 'http-draining', at: 0, service: 'http', requests: 2 },
      { type: 'http-drained', at: 0, service: 'http', duration: 5, cut: 0 },
      { type: 'http-cut', at: 0, service: 'http', requests: ['GET /a (Hello)'] },
    ];
    expect(events.map((event) => httpWordings[event.type].sentence(event as never))).toEqual([
      'Listening on http://a',
      'GET /a answered 200 in 1.3 ms',
      'GET an unknown path was left by its client in 1 ms',
      'GET /a was cut off (its answer failed) in 1 ms',
      'Hello: GET /a failed (request id): Why.',
      'Hello: redirect() of GET /a is refused with 400 (request id): why',
      'refused what is no request: HPE_INVALID (400, request id)',
      'no new connections, 2 requests in flight',
      'requests in flight ended within 5 ms',
      'cut off at the deadline: GET /a (Hello)',
    ]);
  });
});

test('nothing is loaded or opened before somebody asks', async () => {
  const { environment } = new Harness();
  const http = new HttpServer(environment, {}, { ready: () => true, health: async () => undefined });
  expect(await http.drain()).toBe(0);
  await http.close();
});
