import { gzipSync } from 'node:zlib';
import type { Context } from 'koa';
import { Controller, Post } from '../../src/http/controller.js';
import { Use } from '../../src/http/middleware.js';
import { Ctx, Body as ReadBody } from '../../src/http/parameters.js';
import { unchecked } from '../../src/validation/gate.js';
import { type Harness, Raw, serve } from './harness.js';

type Body = NonNullable<RequestInit['body']>;

let calls = 0;

@Controller()
class Bodies {
  @Post('/body') body(@ReadBody(unchecked) body: unknown) {
    calls++;
    return { body };
  }
  @Post('/ignored') ignored() {
    return 'never read';
  }
  @Post('/stream') async stream(@Ctx() ctx: Context) {
    let size = 0;
    for await (const chunk of ctx.req) size += chunk.length;
    return { size };
  }
  @Post('/twice')
  @Use(async (ctx, next) => {
    for await (const _chunk of ctx.req);
    await next();
  })
  twice(@ReadBody(unchecked) body: unknown) {
    return body;
  }
}

const start = (http = {}) => serve([new Bodies()], { http });

function post(
  app: Harness,
  body: Body | undefined,
  headers: Record<string, string>,
  path = '/body',
): Promise<Response> {
  return app.fetch(path, { method: 'POST', ...(body !== undefined && { body }), headers });
}

const json = { 'content-type': 'application/json' };

test.each([
  ['application/json'],
  ['application/json; charset=utf-8'],
  ['APPLICATION/JSON;Charset="UTF-8"'],
  ['application/merge-patch+json'],
])('%s is read', async (type) => {
  const app = await start();
  expect(await (await post(app, '{"é":[1]}', { 'content-type': type })).json()).toEqual({ body: { é: [1] } });
});

test.each<[string, Body, Record<string, string>]>([
  ['another type', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a type that only begins like it', '{}', { 'content-type': 'application/jsonp' }],
  ['no type', new Uint8Array([123, 125]), {}],
  ['another charset', '{}', { 'content-type': 'application/json; charset=latin1' }],
  ['compression', new Uint8Array(gzipSync('{}')), { ...json, 'content-encoding': 'gzip' }],
])('%s is 415', async (_what, body, headers) => {
  const app = await start();
  calls = 0;
  const answer = await post(app, body, headers);
  expect([answer.status, await answer.json()]).toMatchObject([415, { code: 'SPECTER_MEDIA_TYPE' }]);
  expect(calls).toBe(0);
});

test('a request without a body is not taken for an empty object', async () => {
  const app = await start();
  expect((await post(app, undefined, {})).status).toBe(415);
  expect(await (await post(app, '', json)).json()).toMatchObject({ status: 400, code: 'SPECTER_BODY_SYNTAX' });
});

test.each<[string, Body, string]>([
  ['malformed JSON', '{"a":', 'SPECTER_BODY_SYNTAX'],
  ['invalid UTF-8', new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 'SPECTER_BODY_ENCODING'],
  ['nesting', '['.repeat(33) + ']'.repeat(33), 'SPECTER_BODY_TOO_COMPLEX'],
  ['a key that reaches a prototype', '{"__proto__":{"a":1}}', 'SPECTER_BODY_FORBIDDEN_KEY'],
])('%s is 400', async (_what, body, code) => {
  const app = await start();
  expect(await (await post(app, body, json)).json()).toMatchObject({ status: 400, code });
});

test('the limits of the structure can be raised up to the hard ones', async () => {
  const app = await start({ limits: { depth: 100 } });
  expect((await post(app, '['.repeat(90) + ']'.repeat(90), json)).status).toBe(200);
  expect((await post(app, '['.repeat(101) + ']'.repeat(101), json)).status).toBe(400);
});

test('a body as large as the limit is taken, one byte more is 413 and closes the connection', async () => {
  const app = await start({ bodyLimit: 100 });
  expect((await post(app, `"${'a'.repeat(98)}"`, json)).status).toBe(200);
  const answer = await post(app, `"${'a'.repeat(99)}"`, json);
  expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'close']);
  expect(await answer.json()).toMatchObject({
    code: 'SPECTER_BODY_TOO_LARGE',
    detail: 'The body is larger than 100 bytes.',
  });
});

test('a body that grows beyond the limit without saying so is 413 too', async () => {
  const app = await start({ bodyLimit: 100 });
  const raw = await new Raw(app.port).send(
    'POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  await raw.send(`46\r\n${'"'.padEnd(0x46, 'a')}\r\n46\r\n${''.padEnd(0x46, 'a')}\r\n`);
  expect(await raw.until('SPECTER_BODY_TOO_LARGE')).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
  expect(raw.received).toContain('Connection: close');
  await raw.closed;
});

test('a body that is announced as too large is refused without waiting for it', async () => {
  const app = await start({ bodyLimit: 100 });
  const raw = await new Raw(app.port).send(
    'POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 101\r\n\r\n',
  );
  expect(await raw.until('SPECTER_BODY_TOO_LARGE')).toContain('Connection: close');
});

test('an upload far beyond the limit gets its answer, and the next one on a new connection', async () => {
  const app = await start();
  for (let round = 0; round < 5; round++) {
    const answer = await post(app, new Uint8Array(8_000_000).fill(32), json);
    expect(answer.status).toBe(413);
  }
});

test('an upload that is given up is no error', async () => {
  const app = await start();
  const raw = await new Raw(app.port).send(
    'POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
  );
  const gone = app.event('http-request');
  await new Promise((resolve) => setImmediate(resolve));
  raw.socket.destroy();
  expect(await gone).toMatchObject({ aborted: true });
  expect(app.of('http-failed')).toEqual([]);
});

test('the body is only read when a method asks for it, so that one with @Ctx can stream it', async () => {
  const app = await start();
  expect(await (await post(app, 'no json at all', { 'content-type': 'text/plain' }, '/ignored')).text()).toBe(
    'never read',
  );
  expect(await (await post(app, new Uint8Array(3_000_000), { 'content-type': 'video/mp4' }, '/stream')).json()).toEqual(
    { size: 3_000_000 },
  );
});

test('a body that a middleware has read already is an error that says what to do', async () => {
  const app = await start();
  expect((await post(app, '{}', json, '/twice')).status).toBe(500);
  const { error } = await app.event('http-failed');
  expect(error).toMatchObject({
    code: 'SPECTER_BODY_CONSUMED',
    message: expect.stringContaining('Remove the body parser'),
  });
});
