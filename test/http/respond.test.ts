import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { Controller, Get } from '../../src/http/controller.js';
import { Use } from '../../src/http/middleware.js';
import { SetHeader, Status } from '../../src/http/plan.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { deferred, Raw, serve } from './harness.js';

const circular: { self?: unknown } = {};
circular.self = circular;

const firstSent = deferred();

@Controller()
class Values {
  @Get('/object') object() {
    return { a: [1, undefined, new Date(0)] };
  }
  @Get('/null') nothing() {
    return null;
  }
  @Get('/zero') zero() {
    return 0;
  }
  @Get('/false') no() {
    return false;
  }
  @Get('/empty') empty() {
    return '';
  }
  @Get('/text') text() {
    return 'plain';
  }
  @Get('/buffer') buffer() {
    return Buffer.from([0, 1, 2]);
  }
  @Get('/undefined') void() {}
  @Get('/promise') async promise() {
    return { later: true };
  }
  @Get('/created') @Status(201) created() {
    return { id: 1 };
  }
  @Get('/accepted') @Status(202) accepted() {}
  @Get('/stream') stream() {
    return Readable.from([Buffer.from('a'), Buffer.from('b')]);
  }
  @Get('/stream/empty') emptyStream() {
    return Readable.from([]);
  }
  @Get('/stream/late') late() {
    const through = new PassThrough();
    setImmediate(() => through.end('late'));
    return through;
  }
  @Get('/stream/missing') missing() {
    return createReadStream('/no/such/secret-file');
  }
  @Get('/stream/cut') cut() {
    return Readable.from(
      (async function* () {
        yield Buffer.from('first');
        await firstSent.promise;
        throw new Error('cut in the middle');
      })(),
    );
  }
  @Get('/callable') callable() {
    const later = Promise.resolve({ later: true });
    // biome-ignore lint/suspicious/noThenProperty: a promise that can be called
    return Object.assign(() => {}, { then: later.then.bind(later) });
  }
  @Get('/ok') ok() {
    return Outcome.success({ film: 1 });
  }
  @Get('/ok/made') @Status(201) made() {
    return Outcome.success({ film: 1 });
  }
  @Get('/ok/202') other() {
    return Outcome.success({ film: 1 }, { status: 202 });
  }
  @Get('/ok/nothing') okNothing() {
    return Outcome.success(undefined);
  }
  @Get('/not-ok') notOk() {
    return Outcome.failure('No such film.', {
      status: 404,
      errors: [{ in: 'params', path: 'id', rule: 'exists', message: 'must exist' }],
    });
  }
  @Get('/circular') circular() {
    return circular;
  }
  @Get('/bigint') bigint() {
    return { n: 1n };
  }
  @Get('/function') fn() {
    return () => 'secret';
  }
  @Get('/emptied')
  @SetHeader('Content-Type', 'application/json')
  @Use(async (ctx, next) => {
    await next();
    ctx.body = null;
  })
  emptied() {
    return '"a long text"';
  }
  @Get('/wrapped')
  @Use(async (ctx, next) => {
    await next();
    ctx.body = { data: ctx.body };
  })
  wrapped() {
    return { a: 1 };
  }
}

test.each<[string, number, string | null, string]>([
  ['/object', 200, 'application/json; charset=utf-8', '{"a":[1,null,"1970-01-01T00:00:00.000Z"]}'],
  ['/null', 200, 'application/json; charset=utf-8', 'null'],
  ['/zero', 200, 'application/json; charset=utf-8', '0'],
  ['/false', 200, 'application/json; charset=utf-8', 'false'],
  ['/empty', 200, 'text/plain; charset=utf-8', ''],
  ['/text', 200, 'text/plain; charset=utf-8', 'plain'],
  ['/buffer', 200, 'application/octet-stream', '\0\u0001\u0002'],
  ['/undefined', 204, null, ''],
  ['/promise', 200, 'application/json; charset=utf-8', '{"later":true}'],
  ['/callable', 200, 'application/json; charset=utf-8', '{"later":true}'],
  ['/created', 201, 'application/json; charset=utf-8', '{"id":1}'],
  ['/accepted', 202, null, ''],
  ['/stream', 200, 'application/octet-stream', 'ab'],
  ['/stream/empty', 200, 'application/octet-stream', ''],
  ['/stream/late', 200, 'application/octet-stream', 'late'],
  ['/ok', 200, 'application/json; charset=utf-8', '{"film":1}'],
  ['/ok/made', 201, 'application/json; charset=utf-8', '{"film":1}'],
  ['/ok/202', 202, 'application/json; charset=utf-8', '{"film":1}'],
  ['/ok/nothing', 204, null, ''],
  ['/emptied', 200, 'application/json', 'null'],
  ['/wrapped', 200, 'application/json; charset=utf-8', '{"data":{"a":1}}'],
])('what %s returns leaves as %i %s', async (path, status, type, text) => {
  const app = await serve([new Values()]);
  const answer = await app.fetch(path);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([status, type, text]);
  const head = await app.fetch(path, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([status, '']);
  expect(app.of('http-failed')).toEqual([]);
});

test('a failed outcome leaves as its problem', async () => {
  const app = await serve([new Values()]);
  const answer = await app.fetch('/not-ok');
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ status: 404, detail: 'No such film.', errors: [{ path: 'id' }] });
});

test.each(['/circular', '/bigint', '/function'])('%s cannot be written as JSON: a clean 500', async (path) => {
  const app = await serve([new Values()]);
  for (const method of ['GET', 'HEAD']) {
    const answer = await app.fetch(path, { method });
    expect(answer.status).toBe(500);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.text()).not.toContain('secret');
  }
  expect(app.of('http-failed')).toHaveLength(2);
});

test('a stream that fails before its first byte is a 500 that tells nothing', async () => {
  const app = await serve([new Values()]);
  const answer = await app.fetch('/stream/missing');
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('secret-file');
  expect(app.of('http-failed')).toHaveLength(1);
});

test('a stream that fails in the middle cuts the connection, so that nobody takes the part for the whole', async () => {
  const app = await serve([new Values()]);
  const raw = await new Raw(app.port).send('GET /stream/cut HTTP/1.1\r\nHost: a\r\n\r\n');
  await raw.until('first');
  firstSent.resolve();
  await raw.closed;
  expect(raw.received).not.toContain('\r\n0\r\n\r\n');
  expect(await app.event('http-failed')).toMatchObject({ error: { message: 'cut in the middle' } });
});
