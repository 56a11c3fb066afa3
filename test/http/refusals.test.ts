// Bytes and requests that never come to koa are answered as koa would: one problem, the same headers, an id that the log has, too.
import { once } from 'node:events';
import { connect } from 'node:tls';
import { Server as SocketIo } from 'socket.io';
import { Controller, Get, Post } from '../../src/http/controller.js';
import type { HttpOptions } from '../../src/http/options.js';
import { Body } from '../../src/http/parameters.js';
import type { HttpServer } from '../../src/http/server.js';
import { unchecked } from '../../src/validation/input-type.js';
import { CERTIFICATE, KEY } from './certificate.js';
import { Raw, serve } from './harness.js';

@Controller()
class Plain {
  @Get('/plain') plain() {
    return 'plain';
  }
  @Post('/sent') sent(@Body(unchecked) body: unknown) {
    return { body };
  }
}

const SOCKETS = (http: HttpServer) => {
  new SocketIo({ path: '/socket.io', serveClient: false }).attach(http.server);
  http.upgrades('/socket.io');
};
const ID = 'X-Request-Id: from-the-proxy\r\n';

/** What is sent, the status of the answer, and what the log says of the reason. */
const REFUSED: readonly [what: string, bytes: string, status: number, reason: string][] = [
  ['bytes that are no request', 'nonsense\r\n\r\n', 400, 'HPE_INVALID_METHOD'],
  ['two framings', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 'HPE_'],
  ['headers that are too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`, 431, 'HPE_HEADER_OVERFLOW'],
  ['headers that do not come', 'GET / HTTP/1.1\r\nHost: a\r\n', 408, 'ERR_HTTP_REQUEST_TIMEOUT'],
  ['a tunnel', `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n${ID}\r\n`, 405, 'SPECTER_METHOD_NOT_ALLOWED'],
  ['an expectation', `GET /plain HTTP/1.1\r\nHost: a\r\nExpect: more\r\n${ID}\r\n`, 417, 'SPECTER_MALFORMED_REQUEST'],
  [
    'a chunk with endless extensions',
    `POST /sent HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}`,
    413,
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
  ],
  [
    'another protocol',
    `GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${ID}\r\n`,
    400,
    'SPECTER_MALFORMED_REQUEST',
  ],
];

interface Answer {
  readonly status: number;
  readonly headers: Map<string, string>;
  readonly body: Record<string, unknown>;
}

function read(text: string): Answer {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map(lines.map((line) => line.split(': ') as [string, string]));
  expect(Buffer.byteLength(body)).toBe(Number(headers.get('Content-Length')));
  return { status: Number(first.split(' ')[1]), headers, body: JSON.parse(body) };
}

async function refusal(bytes: string, http: HttpOptions = {}) {
  const app = await serve([new Plain()], { http: { headersTimeout: 100, ...http }, prepare: SOCKETS });
  const raw = await new Raw(app.port).send(bytes);
  await raw.closed;
  const [told] = app.of('http-refused');
  return { app, told, ...read(raw.received) };
}

/** The headers of a problem that koa sends. */
async function usual(http: HttpOptions): Promise<Map<string, string>> {
  const app = await serve([new Plain()], { http });
  const raw = await new Raw(app.port).send('GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await raw.closed;
  return read(raw.received).headers;
}

const CHANGED: HttpOptions = {
  securityHeaders: { 'X-Frame-Options': 'DENY', 'Referrer-Policy': false, 'Permissions-Policy': 'camera=()' },
};
const NEITHER = new Set(['Date', 'Content-Length', 'Allow']);
const shared = (headers: Map<string, string>) =>
  Object.fromEntries([...headers].filter(([name]) => !NEITHER.has(name)).sort());

describe.each(REFUSED)('%s', (_what, bytes, status, reason) => {
  // Teeth: with fixed headers the second and third of these differ (tried).
  test.each([
    ['as they are', {}],
    ['as the application wants them', CHANGED],
    ['none', { securityHeaders: false } as HttpOptions],
  ])('has the headers of every problem: %s', async (_how, http) => {
    const answer = await refusal(bytes, http);
    expect(answer.status).toBe(status);
    expect(shared(answer.headers)).toEqual(shared(await usual(http)));
    expect(new Date(answer.headers.get('Date') ?? '').getTime()).toBeGreaterThan(0);
  });

  test('is a problem whose id the log has, too', async () => {
    const { body, told, status, app } = await refusal(bytes);
    const code = status === 405 ? 'SPECTER_METHOD_NOT_ALLOWED' : 'SPECTER_MALFORMED_REQUEST';
    expect(body).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      requestId: expect.stringMatching(/^[\da-f]{8}-[\da-f-]{27}$/),
    });
    expect(told).toMatchObject({ status, reason: expect.stringContaining(reason), requestId: body.requestId });
    expect(app.of('http-refused')).toHaveLength(1);
  });

  test('is named as a trusted proxy names it, where one could be understood', async () => {
    const { body } = await refusal(bytes, { trustProxy: 'loopback' });
    expect(body.requestId === 'from-the-proxy').toBe(bytes.includes(ID));
  });
});

test('over TLS they say as well that browsers are to stay with it', async () => {
  const app = await serve([new Plain()], { http: { tls: { key: KEY, cert: CERTIFICATE } } });
  const socket = connect({ host: '127.0.0.1', port: app.port, ca: CERTIFICATE });
  await once(socket, 'secureConnect');
  socket.write('nonsense\r\n\r\n');
  const [bytes] = await once(socket, 'data');
  socket.destroy();
  expect(read(String(bytes)).headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
});
