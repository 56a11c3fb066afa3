// Streams that cannot be sent: objects in place of bytes, and failures before anything has gone out.
import { PassThrough, Readable } from 'node:stream';
import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { Ctx } from '../../src/http/parameters.js';
import { deferred, Raw, serve } from './harness.js';

/** The client has the beginning. */
let received = deferred();

const web = (...chunks: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

@Controller()
class Streams {
  @Get('/objects') objects() {
    return Readable.from([{ a: 1 }]);
  }
  @Get('/numbers') numbers() {
    return Readable.from([1, 2]);
  }
  @Get('/web') web() {
    return web({ a: 1 });
  }
  @Get('/hand') byHand(@Ctx() ctx: Context) {
    ctx.body = Readable.from([{ a: 1 }]);
  }
  @Get('/hand/web') webByHand(@Ctx() ctx: Context) {
    ctx.body = web({ a: 1 });
  }
  @Get('/hand/response') response(@Ctx() ctx: Context) {
    ctx.body = new Response(web({ a: 1 }));
  }
  @Get('/late') late() {
    return Readable.from(
      (async function* () {
        yield 'text';
        await received.promise;
        yield { a: 1 };
      })(),
    );
  }
  @Get('/texts') texts() {
    return Readable.from(['a', Buffer.from('b'), new Uint8Array([99]), '']);
  }
  @Get('/web/texts') webTexts() {
    return web('a', new Uint8Array([98]), 'c');
  }
  @Get('/soon') soon() {
    let left = 2;
    return new Readable({
      read() {
        if (left-- > 0) this.push('x');
        else this.destroy(new Error('too soon'));
      },
    });
  }
  @Get('/generator') generator() {
    return Readable.from(
      (function* () {
        yield 'a';
        throw new Error('too soon');
      })(),
    );
  }
  @Get('/handed') async handed(@Ctx() ctx: Context) {
    const stream = new PassThrough().on('error', () => {});
    stream.write('begun');
    ctx.body = stream;
    stream.destroy(new Error('too soon'));
  }
  @Get('/closed') closed() {
    const stream = new PassThrough();
    stream.destroy();
    return stream;
  }
  @Get('/closed/later') closedLater() {
    const stream = new PassThrough();
    setImmediate(() => stream.destroy());
    return stream;
  }
  @Get('/closed/midway') closedMidway() {
    const stream = new PassThrough();
    stream.write('begun');
    void received.promise.then(() => stream.destroy());
    return stream;
  }
}

beforeEach(() => {
  received = deferred();
});

const OBJECTS = ['/objects', '/numbers', '/web', '/hand', '/hand/web', '/hand/response'];

// (tried: each of them ended the process)
test.each(OBJECTS)('%s gives objects: a clean 500 that says what to return instead', async (path) => {
  for (const http of [{}, { compression: true }]) {
    const app = await serve([new Streams()], { http });
    const answer = await app.fetch(path);
    expect([answer.status, await answer.json()]).toEqual([500, expect.objectContaining({ code: 'SPECTER_INTERNAL' })]);
    const told = app.of('http-failed').map(({ error }) => error);
    expect(told).toMatchObject([
      { code: 'SPECTER_BROKEN_STREAM', message: expect.stringContaining('an async iterable') },
    ]);
  }
});

test('an object that comes later cuts the connection, and the server goes on', async () => {
  const app = await serve([new Streams()]);
  const raw = await new Raw(app.port).send('GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
  await raw.until('text');
  received.resolve();
  await raw.closed;
  expect(raw.received).not.toContain('\r\n0\r\n\r\n');
  expect(await app.event('http-failed')).toMatchObject({ error: { code: 'SPECTER_BROKEN_STREAM' } });
  expect(await app.event('http-request')).toMatchObject({ aborted: true, cut: 'its answer failed' });
  expect(await (await app.fetch('/texts')).text()).toBe('abc');
});

test.each(['/texts', '/web/texts'])('%s gives text and bytes, and is sent', async (path) => {
  const app = await serve([new Streams()]);
  expect(await (await app.fetch(path)).text()).toBe('abc');
  expect(app.of('http-failed')).toEqual([]);
});

// (tried: a connection that is closed without a word, and nothing in the log)
test.each(['/soon', '/handed'])('%s fails before anything has gone out: a clean 500', async (path) => {
  const app = await serve([new Streams()]);
  expect((await app.fetch(path)).status).toBe(500);
  expect(app.of('http-failed')).toMatchObject([{ error: { message: 'too soon' } }]);
  expect(await app.event('http-request')).toMatchObject({ aborted: false, status: 500 });
});

test.each(['/closed', '/closed/later'])(
  '%s is closed before its end, by nobody who says why: a clean 500',
  async (path) => {
    const app = await serve([new Streams()]);
    expect((await app.fetch(path)).status).toBe(500);
    expect(app.of('http-failed')).toMatchObject([{ error: { code: 'SPECTER_BROKEN_STREAM' } }]);
  },
);

test('what a generator throws after its first value is told of, whatever the client got', async () => {
  const app = await serve([new Streams()]);
  const raw = await new Raw(app.port).send('GET /generator HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await raw.closed;
  expect(raw.received).not.toContain('\r\n0\r\n\r\n');
  expect(app.of('http-failed')).toMatchObject([{ error: { message: 'too soon' } }]);
});

test('a stream that is closed midway is told of once, and the client can see that it is not whole', async () => {
  const app = await serve([new Streams()]);
  const raw = await new Raw(app.port).send('GET /closed/midway HTTP/1.1\r\nHost: a\r\n\r\n');
  await raw.until('begun');
  received.resolve();
  await raw.closed;
  expect(raw.received).not.toContain('\r\n0\r\n\r\n');
  expect(await app.event('http-request')).toMatchObject({ aborted: true, cut: 'its answer failed' });
  expect(app.of('http-failed')).toMatchObject([{ error: { code: 'SPECTER_BROKEN_STREAM' } }]);
});
