// Who ended a connection before the response was whole: the log must not blame the client for what the server did.
import { once } from 'node:events';
import type { Context } from 'koa';
import { Controller, Get, Post } from '../../src/http/controller.js';
import { httpWordings } from '../../src/http/events.js';
import { Body, Ctx, Signal } from '../../src/http/parameters.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { unchecked } from '../../src/validation/gate.js';
import { deferred, type Harness, Raw, serve } from './harness.js';

let received = deferred();

@Controller()
class Cutting {
  @Get('/events') async *events() {
    yield 'first';
    await received.promise;
    throw new Error('after the first');
  }
  @Get('/head') async head(@Ctx() ctx: Context) {
    ctx.res.writeHead(200);
    ctx.res.write('first');
    await received.promise;
    throw new Error('after the head');
  }
  @Get('/wait') async wait(@Signal() signal: AbortSignal) {
    await once(signal, 'abort');
  }
  @Get('/forever') forever() {
    return new Promise(() => {});
  }
  @Post('/upload') async upload(@Ctx() ctx: Context) {
    for await (const _chunk of ctx.req);
    return 'whole';
  }
  @Post('/body') body(@Body(unchecked) body: unknown) {
    return body;
  }
}

beforeEach(() => {
  received = deferred();
});

async function sentence(app: Harness): Promise<string> {
  const event = await app.event('http-request');
  return httpWordings['http-request'].sentence(event).replace(/ in [\d.]+ ms$/, '');
}

// (tried: "was left by its client" of each)
test.each(['/events', '/head'])('what breaks %s midway is said to have cut it', async (path) => {
  const app = await serve([new Cutting()]);
  const raw = await new Raw(app.port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await raw.until('first');
  received.resolve();
  await raw.closed;
  expect(await sentence(app)).toBe(`GET ${path} was cut off (its answer failed)`);
});

test('who leaves is said to have left', async () => {
  const app = await serve([new Cutting()]);
  const raw = await new Raw(app.port).send('GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
  await raw.until('first');
  raw.socket.destroy();
  expect(await sentence(app)).toBe('GET /events was left by its client');
  expect(await app.event('http-request')).not.toHaveProperty('cut');
});

test('what does not end when the application stops is said to have been cut off by it', async () => {
  const app = await serve([new Cutting()]);
  const raw = await new Raw(app.port).send('GET /forever HTTP/1.1\r\nHost: a\r\n\r\n');
  while (app.http.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await app.http.drain(new Deadline(20))).toBe(1);
  await raw.closed;
  expect(await sentence(app)).toBe('GET /forever was cut off (the application stops)');
});

test.each(['/upload', '/body'])(
  'a request to %s that does not arrive in time has one id, for its client and for the log',
  async (path) => {
    const http = { requestTimeout: 200, connectionsCheckingInterval: 50 };
    const app = await serve([new Cutting()], { http });
    const headers = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 20';
    const raw = await new Raw(app.port).send(`POST ${path} HTTP/1.1\r\n${headers}\r\n\r\n{`);
    await raw.closed;
    const { requestId } = JSON.parse(raw.received.split('\r\n\r\n')[1] as string) as { requestId: string };
    expect(raw.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(await app.event('http-request')).toMatchObject({ requestId, aborted: true });
    expect(await app.event('http-refused')).toMatchObject({ requestId, status: 408 });
    expect(await sentence(app)).toBe(
      `POST ${path} was cut off (refused with 408: The request did not arrive in time.)`,
    );
    expect(app.of('http-failed')).toEqual([]);
  },
);
