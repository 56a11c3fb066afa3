// pollUrl() with real servers, polite and otherwise.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createWatcher, type PollUrlOptions, pollUrl, unchanged } from '../../src/index.js';
import { leakCheck, ManualClock } from '../../src/testing/index.js';
import { rejection, settle } from '../kernel/heard.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function serve(listener: RequestListener): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/now?key=secret`, requests };
}

const { signal } = new AbortController();

test('a value comes once; then the server is asked whether it has changed', async () => {
  let version = 1;
  const { url, requests } = await serve((request, response) => {
    if (request.headers['if-none-match'] === `"${version}"`) return response.writeHead(304).end();
    return response.writeHead(200, { etag: `"${version}"` }).end(JSON.stringify({ version }));
  });
  const poll = pollUrl<{ version: number }>(url);
  expect([await poll(signal), await poll(signal)]).toEqual([{ version: 1 }, unchanged]);
  version = 2;
  expect([await poll(signal), await poll(signal)]).toEqual([{ version: 2 }, unchanged]);
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"', '"1"', '"2"']);
});

test('Last-Modified does as well', async () => {
  const at = 'Thu, 01 Jan 2026 00:00:00 GMT';
  const { url } = await serve((request, response) => {
    if (request.headers['if-modified-since'] === at) return response.writeHead(304).end();
    return response.writeHead(200, { 'last-modified': at }).end('5');
  });
  const poll = pollUrl(url);
  expect([await poll(signal), await poll(signal)]).toEqual([5, unchanged]);
});

test('what could not be read is asked for again, although the server named its version', async () => {
  let body = '{"half":';
  const { url, requests } = await serve((_, response) => response.writeHead(200, { etag: '"a"' }).end(body));
  const poll = pollUrl(url);
  const error = await rejection(poll(signal));
  expect(error).toMatchObject({ code: 'SPECTER_SOURCE', message: expect.stringContaining('cannot be read') });
  expect(error.message).not.toMatch(/half|secret/);
  body = '1';
  expect(await poll(signal)).toBe(1);
  expect(requests[1]?.headers['if-none-match']).toBeUndefined();
});

test('what was read when nobody waited for it any more is asked for again', async () => {
  const { url } = await serve((request, response) => {
    if (request.headers['if-none-match']) return response.writeHead(304).end();
    return response.writeHead(200, { etag: '"a"' }).end('5');
  });
  const stop = new AbortController();
  const poll = pollUrl(url, {
    parse: (body) => {
      stop.abort(new Error('stopped'));
      return JSON.parse(body);
    },
  });
  expect((await rejection(poll(stop.signal))).message).toBe('stopped');
  expect(await poll(signal)).toBe(5); // with its version kept from then: unchanged, and never told (tried)
});

test('a parser of your own gets the text and the response', async () => {
  const { url } = await serve((_, response) => response.writeHead(200, { 'x-unit': 'C' }).end('21.5'));
  const poll = pollUrl(url, { parse: (text, { headers }) => `${text} ${headers.get('x-unit')}` });
  expect(await poll(signal)).toBe('21.5 C');
});

test.each([500, 404, 401, 304])('an answer %i is a failure, which says so and not what was sent', async (status) => {
  const { url } = await serve((_, response) => response.writeHead(status).end(status === 304 ? '' : 'password'));
  const error = await rejection(pollUrl(url)(signal));
  expect(error).toMatchObject({ code: 'SPECTER_SOURCE', retryAfter: undefined });
  expect(error.message).toMatch(new RegExp(`http://127.0.0.1:\\d+/now answered with ${status}\\.`));
});

test.each([
  ['120', 120_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['99999999', 3_600_000],
  ['soon', undefined],
  ['-5', undefined],
])('Retry-After %p is patience of %p ms', async (said, retryAfter) => {
  const { url } = await serve((_, response) => response.writeHead(503, { 'retry-after': said }).end());
  const error = await rejection(pollUrl(url, { clock: new ManualClock() })(signal));
  expect(error).toMatchObject({ retryAfter });
});

test('a watcher waits as long as the server asks for, and no value is told twice', async () => {
  const clock = new ManualClock();
  const at: number[] = [];
  const { url } = await serve((request, response) => {
    at.push(clock.monotonic());
    if (at.length === 2) return response.writeHead(503, { 'retry-after': '60' }).end();
    if (request.headers['if-none-match']) return response.writeHead(304).end();
    return response.writeHead(200, { etag: '"1"' }).end('1');
  });
  const seen: unknown[] = [];
  jest.spyOn(console, 'error').mockImplementation();
  const watcher = createWatcher('url', { poll: pollUrl(url, { clock }), interval: 1_000, clock });
  watcher.subscribe((value) => seen.push(value));
  await watcher.start();
  const answered = async (count: number) => {
    while (at.length < count) await clock.settle();
    await settle(20);
  };
  await answered(1);
  await clock.advance(1_000);
  await answered(2);
  expect(watcher.health()).toMatchObject({ status: 'degraded' });
  await clock.advance(59_000);
  expect(at).toHaveLength(2);
  await clock.advance(1_000);
  await answered(3);
  while (watcher.health().status !== 'up') await clock.settle();
  expect([seen, at]).toEqual([[1], [0, 1_000, 61_000]]);
  await watcher[Symbol.asyncDispose]();
  jest.restoreAllMocks();
});

test('a server that hangs costs the timeout: before its headers, and within its body', async () => {
  const { url } = await serve(({ url }, response) => {
    if (url?.startsWith('/body')) response.writeHead(200).write('[1,');
  });
  for (const path of ['/', '/body']) {
    const error = await rejection(pollUrl(new URL(path, url), { timeout: 100 })(signal));
    expect(error).toMatchObject({
      code: 'SPECTER_SOURCE',
      message: expect.stringContaining('not answered within 100 ms'),
    });
  }
});

test('a request under way ends with its signal', async () => {
  const { url, requests } = await serve(() => {});
  const stop = new AbortController();
  const asked = pollUrl(url)(stop.signal);
  while (requests.length === 0) await settle(1);
  stop.abort(new Error('enough'));
  expect((await rejection(asked)).message).toBe('enough');
});

test.each<[string, RequestListener]>([
  ['as it says', (_, response) => response.writeHead(200).end(JSON.stringify('x'.repeat(5_000)))],
  ['without an end', (_, response) => void setImmediate(function more() { if (response.write('x'.repeat(1_000))) setImmediate(more); else response.once('drain', more); })],
  ['packed', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000)))],
])('a body that is too large, %s, is left', async (_, listener) => {
  const { url } = await serve(listener);
  const error = await rejection(pollUrl(url, { maxBytes: 2_000 })(signal));
  expect(error.message).toContain('sent more than 2000 bytes');
}); // biome-ignore format: a table

test('redirects are followed, with the headers only on the same origin', async () => {
  const other = await serve((_, response) => response.end('"there"'));
  const { url, requests } = await serve((request, response) => {
    if (request.url?.startsWith('/now')) return response.writeHead(302, { location: '/next' }).end();
    return response.writeHead(307, { location: other.url }).end();
  });
  expect(await pollUrl(url, { headers: { authorization: 'Bearer secret' } })(signal)).toBe('there');
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
  expect(other.requests[0]?.headers.authorization).toBeUndefined();
});

test.each(['file:///etc/passwd', 'https://127.0.0.1:1/', 'ftp://a/', 'http://[', 'data:,1'])(
  'a redirect to %p is not followed',
  async (location) => {
    const { url } = await serve((_, response) => response.writeHead(302, { location }).end());
    expect(await rejection(pollUrl(url)(signal))).toMatchObject({
      code: 'SPECTER_SOURCE',
      message: expect.stringContaining('redirects from http: to'),
    });
  },
);

test('a ring of redirects has an end', async () => {
  const { url, requests } = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
  expect((await rejection(pollUrl(url)(signal))).message).toContain('redirects more than 3 times');
  expect(requests).toHaveLength(4);
});

test('a server that is not there, or speaks something else, is told as such', async () => {
  const { url } = await serve((request) => void request.socket.end('SSH-2.0\r\n'));
  expect((await rejection(pollUrl(url)(signal))).message).toMatch(/cannot be reached/);
  expect((await rejection(pollUrl('http://127.0.0.1:1/')(signal))).message).toMatch(/cannot be reached/);
});

test('nothing is left open, whatever is answered', async () => {
  const answers: RequestListener[] = [
    (_, response) => response.end('1'),
    (_, response) => response.writeHead(500).end('x'.repeat(100_000)),
    (_, response) => response.end('x'.repeat(2_000_000)),
    (_, response) => response.writeHead(302, { location: 'ftp://a' }).end('x'.repeat(100_000)),
  ];
  let n = 0;
  const { url } = await serve((...both) => answers[n++ % answers.length]?.(...both));
  const poll = pollUrl(url);
  await poll(signal);
  const check = await leakCheck({ probes: ['made', 'listeners', 'warnings'] });
  for (let i = 0; i < 40; i++) await poll(signal).catch(() => {});
  await check.end();
});

test.each<[string, PollUrlOptions<unknown> & Record<string, unknown>, RegExp]>([
  ['file:///etc/passwd', {}, /an http or https address/],
  ['http://me:secret@host/', {}, /without a password in it/],
  ['host', {}, /an http or https address/],
  ['http://host/', { timeout: 0 }, /timeout of pollUrl/],
  ['http://host/', { timout: 1 }, /Did you mean timeout\?/],
])('%p with %p is refused where it is written', (url, options, message) => {
  expect(() => pollUrl(url, options)).toThrow(message);
  expect(() => pollUrl(url, options)).not.toThrow(/secret/);
});
