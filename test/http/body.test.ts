import { gzipSync } from 'node:zlib';
import type { Context } from 'koa';
import { Controller, Post } from '../../src/http/controller.js';
import { Use } from '../../src/http/middleware.js';
import { checkHttpOptions } from '../../src/http/options.js';
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

test('a byte order mark is no part of a body, and anything else before it is', async () => {
  const app = await start();
  expect(await (await post(app, '\ufeff{"a":1}', json)).json()).toEqual({ body: { a: 1 } });
  expect(await (await post(app, '\ufeff\ufeff{}', json)).json()).toMatchObject({ code: 'SPECTER_BODY_SYNTAX' });
});

test.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":{"b":1},"a":{}}', '[{"x":[{"k":1,"l":2,"k":3}]}]'])(
  '%s is 400: of two values for one key nobody knows which was meant',
  async (text) => {
    const app = await start();
    expect(await (await post(app, text, json)).json()).toMatchObject({
      status: 400,
      code: 'SPECTER_BODY_SYNTAX',
      detail: 'The body holds a key twice in one object.',
    });
  },
);

test('the same key in several objects is no fault', async () => {
  const app = await start();
  const body = [{ a: 1, b: [] }, { a: { a: [{}, null] } }];
  expect(await (await post(app, JSON.stringify(body), json)).json()).toEqual({ body });
});

test('a number that no number can be is 400', async () => {
  const app = await start();
  expect(await (await post(app, '[1e999]', json)).json()).toMatchObject({ status: 400, code: 'SPECTER_BODY_SYNTAX' });
});

describe('the length that a client announces', () => {
  const head = 'POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

  test('and does not send ends without a method, a response or an error', async () => {
    const app = await start();
    calls = 0;
    const raw = await new Raw(app.port).send(`${head}Content-Length: 20\r\n\r\n{"a":1}`);
    raw.socket.end();
    expect(await app.event('http-request')).toMatchObject({ aborted: true });
    expect([calls, raw.received, app.of('http-failed')]).toEqual([0, '', []]);
  });

  test('and exceeds is no request of its own', async () => {
    const app = await start();
    const raw = await new Raw(app.port).send(`${head}Content-Length: 7\r\n\r\n{"a":1}{"b":2}`);
    await raw.closed;
    expect(raw.received).toContain('HTTP/1.1 400');
    expect(raw.received).not.toContain('"b"');
    expect(app.of('http-failed')).toEqual([]);
  });

  test.each(['-1', '1e3', '0x10', '7, 8', '99999999999999999999'])('as %s is refused', async (length) => {
    const app = await start();
    calls = 0;
    const raw = await new Raw(app.port).send(`${head}Content-Length: ${length}\r\n\r\n{"a":1}`);
    expect(await raw.until('HTTP/1.1 4')).toMatch(/^HTTP\/1\.1 4(00|13)/);
    expect(calls).toBe(0);
  });
});

describe('a client that asks before it sends its body', () => {
  const ask = (path: string, type = 'application/json', length = 7) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;

  test('is told to go on when a method reads it, and its connection lives on', async () => {
    const app = await start();
    const raw = await new Raw(app.port).send(ask('/body'));
    expect(await raw.until('100 Continue')).not.toContain('HTTP/1.1 200');
    await raw.send('{"a":1}');
    expect(await raw.until('{"body":{"a":1}}')).not.toContain('Connection: close');
    await raw.send('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await raw.until('"status":"up"');
  });

  test.each([
    ['a method does not want it', ask('/ignored'), '200'],
    ['it is of another type', ask('/body', 'image/png'), '415'],
    ['it is too large', ask('/body', 'application/json', 2_000_000), '413'],
    ['nobody is there', ask('/nowhere'), '404'],
  ])('is answered at once when %s, and the connection ends', async (_when, request, status) => {
    const app = await start();
    const raw = await new Raw(app.port).send(request);
    await raw.closed;
    expect(raw.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(raw.received).toMatch(/\r\nConnection: close\r\n/i);
    expect(raw.received).not.toContain('100 Continue');
  });

  test('is told to go on when a method streams it', async () => {
    const app = await start();
    const raw = await new Raw(app.port).send(ask('/stream', 'video/mp4', 3));
    await raw.until('100 Continue');
    await raw.send('abc');
    await raw.until('{"size":3}');
  });
});

describe('limits of one method', () => {
  @Controller()
  class Limited {
    @Post('/deep') deep(@ReadBody(unchecked, { limits: { depth: 100 } }) body: unknown) {
      return { body };
    }
    @Post('/flat') flat(@ReadBody(unchecked, { limits: { depth: 1, keys: 2 }, limit: 50 }) body: unknown) {
      return { body };
    }
    @Post('/huge') huge(
      @ReadBody(unchecked, { limits: { items: 60_000, nodes: 200_000 }, unsafe: true }) body: unknown[],
    ) {
      return body.length;
    }
  }
  const limited = (http = {}) => serve([new Limited()], { http });
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  test('hold for it alone, within the hard ones', async () => {
    const app = await limited({ limits: { depth: 5 } });
    expect((await post(app, nested(100), json, '/deep')).status).toBe(200);
    expect((await post(app, nested(101), json, '/deep')).status).toBe(400);
    expect((await post(app, nested(1), json, '/flat')).status).toBe(200);
    expect((await post(app, '{"a":[]}', json, '/flat')).status).toBe(400);
    expect((await post(app, '{"a":1,"b":1,"c":1}', json, '/flat')).status).toBe(400);
    expect((await post(app, `"${'a'.repeat(49)}"`, json, '/flat')).status).toBe(413);
  });

  test('go beyond the hard ones only on purpose, and that is warned of once', async () => {
    const app = await limited();
    expect(app.of('http-unsafe')).toMatchObject([
      { service: 'Limited', route: 'Limited.huge', limits: 'items 60000, nodes 200000' },
    ]);
    const many = `[${'0,'.repeat(59_999)}0]`;
    expect(await (await post(app, many, json, '/huge')).json()).toBe(60_000);
    expect((await post(app, many, json, '/deep')).status).toBe(400);
    const [instance] = [...app.scopes.keys()] as [object];
    await app.scopes.get(instance)?.close();
    await app.attachOne(instance);
    expect(app.of('http-unsafe')).toHaveLength(1);
  });

  test.each([{ items: 1_000_000 }, { depth: 257 }, { keys: 0 }, { nodes: Number.NaN }])(
    'of the application cannot be %j',
    (limits) => {
      expect(() => checkHttpOptions({ limits })).toThrow(
        expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining('http.limits') }),
      );
      expect(() =>
        checkHttpOptions({ limits: { depth: 256, keys: 5000, items: 50_000, nodes: 100_000 } }),
      ).not.toThrow();
    },
  );
});
