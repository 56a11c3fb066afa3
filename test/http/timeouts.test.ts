import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'koa';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { HandlerTimeout } from '../../src/http/handler-timeout.js';
import { Ctx, Signal } from '../../src/http/parameters.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { check, deferred, Raw, serve } from './harness.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const MEGABYTE = 1_048_576;

@Controller()
class Slow {
  readonly gate = deferred<string>();
  readonly events = deferred<string>();
  reason: unknown;
  @Get('/never') never() {
    return new Promise(() => {});
  }
  @Get('/quick') quick() {
    return 'quick';
  }
  @Get('/gate') async waits() {
    return this.gate.promise;
  }
  @Get('/late') late(@Ctx() ctx: Context) {
    return this.gate.promise.then((text) => {
      ctx.set('X-Late', '1');
      return { text };
    });
  }
  @Get('/signal') async signal(@Signal() signal: AbortSignal) {
    await once(signal, 'abort');
    this.reason = signal.reason;
    throw signal.reason;
  }
  @Get('/sleep') async sleeps(@Signal() signal: AbortSignal) {
    await sleep(60_000, undefined, { signal });
  }
  @Get('/short') @HandlerTimeout(50) short() {
    return new Promise(() => {});
  }
  @Get('/patient') @HandlerTimeout(false) patient() {
    return this.gate.promise;
  }
  @Get('/events') async *stream() {
    yield 'first';
    yield await this.events.promise;
  }
  @Post('/upload') async upload(@Ctx() ctx: Context) {
    let size = 0;
    for await (const chunk of ctx.req) size += (chunk as Buffer).length;
    return { size };
  }
  @Get('/buffer') buffer() {
    return Buffer.alloc(12 * MEGABYTE);
  }
  @Get('/chunks') chunks() {
    return Readable.from(
      (function* () {
        for (let i = 0; i < 192; i++) yield Buffer.alloc(65_536);
      })(),
    );
  }
}

describe('a method that takes too long to answer', () => {
  test('is answered for with 503, told in the log once, and its connection goes on', async () => {
    const app = await serve([new Slow()], { http: { handlerTimeout: 100 } });
    const raw = await new Raw(app.port).send(get('/never'));
    await raw.until('SPECTER_HANDLER_TIMEOUT');
    expect(raw.received).toMatch(/^HTTP\/1\.1 503 .*Content-Type: application\/problem\+json/s);
    expect(app.of('http-failed')).toMatchObject([{ route: '/never', service: 'Slow' }]);
    raw.received = '';
    await raw.send(get('/quick'));
    expect(await raw.until('quick')).toMatch(/^HTTP\/1\.1 200/);
    expect(app.of('http-request')[0]).toMatchObject({ status: 503, aborted: false });
  });

  test('is asked to end, and what it throws for that reason is nobody else to be told of', async () => {
    const slow = new Slow();
    const app = await serve([slow], { http: { handlerTimeout: 50 } });
    const codes = await Promise.all(['/signal', '/sleep'].map(async (path) => (await app.fetch(path)).status));
    expect(codes).toEqual([503, 503]);
    expect(slow.reason).toMatchObject({ code: 'SPECTER_HANDLER_TIMEOUT' });
    expect((await app.fetch('/quick')).status).toBe(200);
    expect(
      app
        .of('http-failed')
        .map(({ route }) => route)
        .sort(),
    ).toEqual(['/signal', '/sleep']);
  });

  test('may still answer: nobody hears it, and nothing breaks', async () => {
    const slow = new Slow();
    const app = await serve([slow], { http: { handlerTimeout: 50 } });
    expect((await app.fetch('/late')).status).toBe(503);
    slow.gate.resolve('too late');
    expect(await (await app.fetch('/quick')).text()).toBe('quick');
    expect(app.of('http-failed')).toHaveLength(1);
  });

  test('has a time of its own with @HandlerTimeout, or none', async () => {
    const slow = new Slow();
    const app = await serve([slow], { http: { handlerTimeout: 200 } });
    const patient = app.fetch('/patient');
    expect(await (await app.fetch('/short')).json()).toMatchObject({ code: 'SPECTER_HANDLER_TIMEOUT' });
    expect((await app.fetch('/never')).status).toBe(503);
    expect((await app.fetch('/never')).status).toBe(503);
    slow.gate.resolve('at last');
    expect(await (await patient).text()).toBe('at last');
  });

  test('is not one whose event stream has begun', async () => {
    const slow = new Slow();
    const app = await serve([slow], { http: { handlerTimeout: 100 } });
    const raw = await new Raw(app.port).send(get('/events'));
    await raw.until('first');
    expect((await app.fetch('/never')).status).toBe(503);
    slow.events.resolve('second');
    await raw.until('second');
  });

  test('does not answer for time in which the body was still arriving', async () => {
    const app = await serve([new Slow()], { http: { handlerTimeout: 300 } });
    const raw = await new Raw(app.port).send('POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab');
    expect((await app.fetch('/never')).status).toBe(503);
    await raw.send('cd');
    expect(await raw.until('size')).toMatch(/"size":4/);
  });

  test('is measured in real time: a clock that is turned by hand ends nothing', async () => {
    const slow = new Slow();
    const clock = new ManualClock();
    const app = await serve([slow], { clock });
    const answer = app.fetch('/gate');
    await app.fetch('/quick');
    await clock.advance(3_600_000);
    slow.gate.resolve('in time');
    expect(await (await answer).text()).toBe('in time');
  });

  test('has a time that is one', () => {
    class Wrong {
      @Get() @HandlerTimeout(Number.NaN) none() {}
      @Get('/b') @HandlerTimeout(-1) past() {}
    }
    Controller()(Wrong);
    expect(() => check(Wrong)).toThrow(
      expect.objectContaining({
        errors: [
          expect.objectContaining({ code: 'SPECTER_INVALID_ROUTE', message: expect.stringContaining('NaN') }),
          expect.objectContaining({ code: 'SPECTER_INVALID_ROUTE', message: expect.stringContaining('-1') }),
        ],
      }),
    );
  });
});

describe('a client that does not take its response', () => {
  test.each(['/buffer', '/chunks'])('is dropped (%s)', async (path) => {
    const app = await serve([new Slow()], { http: { sendTimeout: 300 } });
    const begun = performance.now();
    const raw = await new Raw(app.port).send(get(path));
    raw.socket.pause();
    const { aborted } = await app.event('http-request');
    expect(aborted).toBe(true);
    // The limit, one look, and two steps of the watch; far below what a machine under load adds.
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(app.of('http-failed')).toEqual([]);
  });

  test.each(['/buffer', '/chunks'])('or leaves in the middle of it is told of as one that left (%s)', async (path) => {
    const app = await serve([new Slow()]);
    const raw = await new Raw(app.port).send(get(path));
    await raw.until('200 OK');
    raw.socket.destroy();
    expect(await app.event('http-request')).toMatchObject({ aborted: true });
  });

  test.each(['/buffer', '/chunks'])('is not one that takes it slowly (%s)', async (path) => {
    const app = await serve([new Slow()], { http: { sendTimeout: 1_000 } });
    const { body } = await app.fetch(path);
    let size = 0;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      await sleep(10);
    }
    expect(size).toBe(12 * MEGABYTE);
    expect(await app.event('http-request')).toMatchObject({ aborted: false });
  });
});
