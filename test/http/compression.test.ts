import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Module } from '../../src/app/module.js';
import { createApplication } from '../../src/application.js';
import { Controller, Get } from '../../src/http/controller.js';
import { BadRequest } from '../../src/http/errors.js';
import { file } from '../../src/http/file.js';
import type { HttpOptions } from '../../src/http/options.js';
import { SetHeader } from '../../src/http/plan.js';
import { deferred, type Harness, Raw, serve } from './harness.js';

const LARGE = 'film '.repeat(1_000);
const root = mkdtempSync(join(tmpdir(), 'compression-'));
writeFileSync(join(root, 'large.css'), LARGE);
writeFileSync(join(root, 'large.png'), LARGE);
const destroyed: string[] = [];

/** The client has some of the stream that is about to fail. */
const sent = deferred();

@Controller()
class Answers {
  @Get('/large') large() {
    return { text: LARGE };
  }
  @Get('/text') text() {
    return LARGE;
  }
  @Get('/small') small() {
    return { text: 'film' };
  }
  @Get('/image') @SetHeader('Content-Type', 'image/png') image() {
    return Buffer.from(LARGE);
  }
  @Get('/done') @SetHeader('Content-Encoding', 'gzip') @SetHeader('Content-Type', 'text/plain') done() {
    return gzipSync(LARGE);
  }
  @Get('/untouched') @SetHeader('Cache-Control', 'public, no-transform') untouched() {
    return LARGE;
  }
  @Get('/tagged') @SetHeader('ETag', '"v1"') tagged() {
    return LARGE;
  }
  @Get('/stream') @SetHeader('Content-Type', 'text/csv') stream() {
    return Readable.from(['a,b\n', 'c,d\n']);
  }
  @Get('/stream/cut') @SetHeader('Content-Type', 'text/csv') cut() {
    return Readable.from(
      (async function* () {
        yield randomBytes(500_000).toString('base64');
        await sent.promise;
        throw new Error('cut in the middle');
      })(),
    );
  }
  @Get('/stream/endless') @SetHeader('Content-Type', 'text/csv') endless() {
    const source = new Readable({
      read() {
        this.push(String(Math.random()));
      },
    });
    return source.on('close', () => destroyed.push('source'));
  }
  @Get('/events') async *events() {
    yield LARGE;
  }
  @Get('/blob') blob() {
    return new Blob([LARGE], { type: 'text/plain' });
  }
  @Get('/response') response() {
    return new Response(LARGE, { headers: { 'Content-Length': String(LARGE.length) } });
  }
  @Get('/style') style() {
    return file('large.css', { root });
  }
  @Get('/picture') picture() {
    return file('large.png', { root });
  }
  @Get('/fails') fails() {
    throw new BadRequest(LARGE);
  }
}

interface Got {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
}

/** `fetch` would decompress by itself. */
function get(app: Harness, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: app.port, path, method, headers: { 'accept-encoding': 'gzip, br', ...headers } });
    sent.on('error', reject).on('response', async (response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    sent.end();
  });
}

const serving = (http: HttpOptions = { compression: true }) => serve([new Answers()], { http });

test('without the option nothing is compressed', async () => {
  const { headers, bytes } = await get(await serving({}), '/text');
  expect(headers).not.toHaveProperty('content-encoding');
  expect(headers).not.toHaveProperty('vary');
  expect(bytes.toString()).toBe(LARGE);
});

test('a large answer is compressed, with its new length, and caches are told', async () => {
  const app = await serving();
  for (const path of ['/large', '/text']) {
    const { headers, bytes } = await get(app, path);
    expect(headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
      'content-length': String(bytes.length),
    });
    expect(bytes.length).toBeLessThan(500);
    expect(brotliDecompressSync(bytes).toString()).toContain(LARGE);
  }
});

test.each([
  ['gzip', 'gzip'],
  ['*', 'gzip'],
  ['gzip, br;q=0', 'gzip'],
  ['deflate, gzip;q=0.5', 'gzip'],
  ['identity', undefined],
  ['gzip;q=0', undefined],
  ['', undefined],
  ['zstd', undefined],
])('a client that accepts "%s" gets %s', async (accept, encoding) => {
  const { headers, bytes } = await get(await serving(), '/text', { 'accept-encoding': accept });
  expect([headers['content-encoding'], headers.vary]).toEqual([encoding, 'Accept-Encoding']);
  expect((encoding ? gunzipSync(bytes) : bytes).toString()).toBe(LARGE);
});

test.each(['/small', '/image', '/untouched', '/events', '/picture', '/fails'])('%s is left alone', async (path) => {
  expect((await get(await serving(), path)).headers).not.toHaveProperty('content-encoding');
});

test('what is compressed already is not compressed again', async () => {
  const { bytes } = await get(await serving({ compression: { threshold: 0 } }), '/done');
  expect(gunzipSync(bytes).toString()).toBe(LARGE);
});

test('the threshold can be set', async () => {
  const { headers, bytes } = await get(await serving({ compression: { threshold: 0 } }), '/small');
  expect(headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(bytes).toString()).toBe('{"text":"film"}');
});

test('a strong tag becomes a weak one, and still answers whether the client has it', async () => {
  const app = await serving();
  expect((await get(app, '/tagged')).headers.etag).toBe('W/"v1"');
  const { headers } = await get(app, '/style');
  expect(headers.etag).toMatch(/^W\/"/);
  const again = await get(app, '/style', { 'if-none-match': String(headers.etag) });
  expect([again.status, again.bytes.length]).toEqual([304, 0]);
});

test('a file is compressed as a whole; a part of it is not', async () => {
  const app = await serving();
  const whole = await get(app, '/style');
  expect(brotliDecompressSync(whole.bytes).toString()).toBe(LARGE);
  expect(whole.headers).not.toHaveProperty('accept-ranges');
  const part = await get(app, '/style', { range: 'bytes=0-3' });
  expect([part.status, part.bytes.toString(), part.headers['content-encoding']]).toEqual([206, 'film', undefined]);
});

test('a stream is compressed as it comes', async () => {
  const { headers, bytes } = await get(await serving(), '/stream');
  expect([headers['content-encoding'], brotliDecompressSync(bytes).toString()]).toEqual(['br', 'a,b\nc,d\n']);
});

test('HEAD has the headers of GET, without the length that nobody knows', async () => {
  const app = await serving();
  for (const path of ['/text', '/style', '/stream']) {
    const { headers, bytes } = await get(app, path, {}, 'HEAD');
    expect([headers['content-encoding'], headers.vary, headers['content-length'], bytes.length]).toEqual([
      'br',
      'Accept-Encoding',
      undefined,
      0,
    ]);
  }
});

test('a stream that fails in the middle cuts the connection', async () => {
  const app = await serving();
  const raw = await new Raw(app.port).send('GET /stream/cut HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
  await raw.until('\r\n\r\n');
  sent.resolve();
  await raw.closed;
  expect(raw.received).toContain('Content-Encoding: gzip');
  expect(raw.received).not.toContain('\r\n0\r\n\r\n');
  expect(await app.event('http-failed')).toMatchObject({ error: { message: 'cut in the middle' } });
});

test('the source of a stream ends when its client goes', async () => {
  const app = await serving();
  const raw = await new Raw(app.port).send('GET /stream/endless HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
  await raw.until('\r\n\r\n');
  raw.socket.destroy();
  await app.event('http-request');
  await new Promise((resolve) => setImmediate(resolve));
  expect(destroyed).toEqual(['source']);
});

test('a threshold that is none is refused before anything is constructed', () => {
  @Module({})
  class AppModule {}
  expect(() => createApplication(AppModule, { http: { compression: { threshold: -1 } }, logger: false })).toThrow(
    /http\.compression\.threshold/,
  );
});

test.each(['/blob', '/response'])('what koa alone can read is sent as it is (%s)', async (path) => {
  const app = await serve([new Answers()], { http: { compression: true } });
  for (const method of ['GET', 'HEAD']) {
    const { headers } = await get(app, path, {}, method);
    expect([headers['content-encoding'], headers['content-length']]).toEqual([undefined, '5000']);
  }
  expect((await get(app, path)).bytes.toString()).toBe(LARGE);
});
