// What comes when it is too late for it: answers after the answer, bodies after their client, ends of what is not needed any more.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'koa';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { Guard } from '../../src/http/guard.js';
import { HandlerTimeout } from '../../src/http/handler-timeout.js';
import { Use } from '../../src/http/middleware.js';
import { Body, Ctx } from '../../src/http/parameters.js';
import { redirect } from '../../src/http/redirect.js';
import { unchecked } from '../../src/validation/gate.js';
import { deferred, Raw, serve } from './harness.js';

const LATE: Readonly<Record<string, () => unknown>> = {
  json: () => ({ a: 1 }),
  text: () => 'late',
  redirect: () => redirect('/elsewhere'),
  stream: () => Readable.from(['late']),
  web: () => new Blob(['late']).stream(),
  nothing: () => undefined,
};

test.each(Object.keys(LATE))('an answer that comes after its time is no failure (%s)', async (kind) => {
  const asked = deferred();
  const over = deferred();
  @Controller()
  class Slow {
    @Get()
    @HandlerTimeout(50)
    @Use(async (_ctx, next) => {
      await next();
      over.resolve();
    })
    async late() {
      await asked.promise;
      return LATE[kind]?.();
    }
  }
  const app = await serve([new Slow()]);
  expect((await app.fetch('/')).status).toBe(503);
  asked.resolve();
  await over.promise;
  await sleep(20);
  expect(app.of('http-failed').map(({ error }) => error.message)).toEqual([
    expect.stringContaining('no answer within'),
  ]);
});

test.each([
  ['ended', 'whole', 'whole'],
  ['begun', 'begun, and ended', 'begun'],
  ['promised', 'promised', 'promised'],
])('what a method returns beside a response that it has %s by hand is not sent', async (path, expected, text) => {
  @Controller()
  class ByHand {
    @Get('/ended') ended(@Ctx() ctx: Context) {
      ctx.res.end(text);
      return { a: 1 };
    }
    @Get('/begun') begun(@Ctx() ctx: Context) {
      ctx.respond = false;
      ctx.res.write(text);
      setImmediate(() => ctx.res.end(', and ended'));
      return { a: 1 };
    }
    @Get('/promised') promised(@Ctx() ctx: Context) {
      ctx.respond = false;
      setImmediate(() => ctx.res.end(text));
      return { a: 1 };
    }
  }
  const app = await serve([new ByHand()]);
  expect(await (await app.fetch(`/${path}`)).text()).toBe(expected);
  // Who tells koa to leave it alone means it; who does not has made a mistake (tried).
  const told = app.of('http-failed').map(({ error }) => error);
  expect(told).toMatchObject(path === 'ended' ? [{ code: 'SPECTER_ANSWERED_TWICE' }] : []);
});

test.each([
  ['half of its body', '{"a"'],
  ['its whole body', '{"a":1}'],
])('a client that goes before %s is asked for holds up nobody who waits for its route', async (_what, sent) => {
  const entered = deferred();
  const left = deferred<unknown>();
  const going = deferred();
  @Controller()
  class Uploads {
    @Post()
    @Guard(async () => {
      entered.resolve();
      await going.promise;
      return true;
    })
    @Use(async (_ctx, next) => {
      await next().then(left.resolve, left.resolve);
    })
    take(@Body(unchecked) body: unknown) {
      return body;
    }
  }
  const app = await serve([new Uploads()]);
  const headers = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 7';
  const raw = await new Raw(app.port).send(`POST / HTTP/1.1\r\n${headers}\r\n\r\n${sent}`);
  await entered.promise;
  raw.socket.destroy();
  await app.event('http-request');
  going.resolve();
  expect(await left.promise).toMatchObject({ code: 'SPECTER_CLIENT_GONE' });
  expect(app.of('http-failed')).toEqual([]);
});

test('of what was to be the answer only a stream is destroyed when the request fails', async () => {
  const destroy = jest.fn();
  const stream = new Readable({ read() {} });
  stream.push('begun');
  const failing = async (_ctx: Context, next: () => Promise<unknown>) => {
    await next();
    throw new Error('after it');
  };
  @Controller()
  @Use(failing)
  class Rows {
    @Get('/row') row() {
      return { id: 1, destroy };
    }
    @Get('/stream') stream() {
      return stream;
    }
  }
  const app = await serve([new Rows()]);
  expect((await app.fetch('/row')).status).toBe(500);
  expect(destroy).not.toHaveBeenCalled();
  const closed = once(stream, 'close');
  expect((await app.fetch('/stream')).status).toBe(500);
  await closed;
});

describe('a stream of the web', () => {
  const cancelled = deferred();

  @Controller()
  class Web {
    @Get('/whole') whole() {
      return new Blob(['whole']).stream();
    }
    @Get('/endless') endless() {
      return new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1024)),
        cancel: () => cancelled.resolve(),
      });
    }
    @Get('/broken') broken() {
      return new ReadableStream({ start: (controller) => controller.error(new Error('broken')) });
    }
  }

  test('is sent, and an error before its first byte is a clean 500', async () => {
    const app = await serve([new Web()]);
    const whole = await app.fetch('/whole');
    expect([whole.headers.get('content-type'), await whole.text()]).toEqual(['application/octet-stream', 'whole']);
    expect((await app.fetch('/broken')).status).toBe(500);
    expect(app.of('http-failed')).toHaveLength(1);
  });

  test('has no length that is said to HEAD, and is cancelled when nobody takes it', async () => {
    const app = await serve([new Web()]);
    const head = await app.fetch('/endless', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, null]);
    await cancelled.promise;
  });
});

// Teeth: a request that comes to its controller when it has ended is never over there, and the stop waits for its deadline (seen, now and then, in hostile-requests).
test('a client that has gone before its request came to a controller does not keep the controller from stopping', async () => {
  const held = deferred();
  const begun: string[] = [];
  @Controller()
  class Quick {
    @Get() get() {
      begun.push('get');
    }
  }
  @Use(async (_ctx, next) => {
    begun.push('root');
    await held.promise;
    await next();
  })
  class Root {}
  const app = await serve([new Quick()], { root: Root });
  const raw = await new Raw(app.port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  while (begun.length === 0) await sleep(1);
  raw.socket.destroy();
  while (app.http.inFlight > 0) await sleep(1);
  held.resolve();
  while (begun.length === 1) await sleep(1);
  await app.close();
  expect(begun).toEqual(['root', 'get']);
});
