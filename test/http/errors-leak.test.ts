import { Readable } from 'node:stream';
import Database from 'better-sqlite3';
import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { BadRequest, Conflict, HttpError } from '../../src/http/errors.js';
import { Guard } from '../../src/http/guard.js';
import { Use } from '../../src/http/middleware.js';
import { Ctx } from '../../src/http/parameters.js';
import { SpecterError } from '../../src/kernel/errors.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { deferred, Raw, serve } from './harness.js';

const CANARIES = {
  password: 'hunter2-canary',
  path: '/srv/canary/private.key',
  sql: 'SELECT canary FROM users',
  host: 'db.canary.internal:5432',
  token: 'Bearer canary.jwt.token',
  email: 'canary@example.org',
  env: 'CANARY_ENV_VALUE',
  card: '4111-1111-canary',
  className: 'CanaryInternalError',
  file: 'errors-leak.test',
  property: 'canary-property',
  cause: 'canary-cause',
};
const everything = Object.values(CANARIES).join(' | ');
process.env.CANARY = CANARIES.env;

class CanaryInternalError extends Error {
  readonly detail = CANARIES.property;
  readonly problem = { status: 200, detail: everything };
}

const withFields = (fields: object) =>
  Object.assign(new Error(everything, { cause: new Error(CANARIES.cause) }), fields);

const circular: { self?: unknown; text: string } = { text: everything };
circular.self = circular;

const hostile = (): unknown =>
  new Proxy(new Error(everything), {
    get() {
      throw new Error(everything);
    },
    getPrototypeOf() {
      throw new Error(everything);
    },
  });

/** What a way must come to: a status, and whether it is the application's own fault. */
type Way = readonly [name: string, thrown: () => unknown, status?: number, meant?: boolean];

const WAYS: readonly Way[] = [
  ['an Error', () => new Error(everything)],
  ['an Error with a cause', () => new Error(everything, { cause: new Error(CANARIES.cause) })],
  ['a class of its own', () => new CanaryInternalError(everything)],
  ['a TypeError', () => new TypeError(everything)],
  ['a SpecterError', () => new SpecterError('SPECTER_TEST', everything)],
  ['an AggregateError', () => new AggregateError([new Error(everything)], everything)],
  ['an error of SQLite', () => thrownBy(() => new Database(':memory:').exec('SELECT canary FROM users'))],
  ['an error of the system', () => withFields({ code: 'ENOENT', path: CANARIES.path, syscall: 'open' })],
  ['a refused connection', () => withFields({ code: 'ECONNREFUSED', address: CANARIES.host })],
  ['a reset connection, of another one', () => withFields({ code: 'ECONNRESET' })],
  ['an AbortError', () => withFields({ name: 'AbortError' })],
  ['a string', () => everything],
  ['a number', () => 42],
  ['null', () => null],
  ['undefined', () => undefined],
  ['a symbol', () => Symbol(everything)],
  ['a plain object', () => ({ message: everything, status: 400, expose: true })],
  ['an object without a prototype', () => Object.assign(Object.create(null), { message: everything })],
  ['a circular object', () => circular],
  ['a hostile proxy', hostile],
  ['a function', () => () => everything],
  ['an error with a status of 200', () => withFields({ status: 200, statusCode: 200, expose: true })],
  ['an error with a status of 404', () => withFields({ status: 404 })],
  ['an error with a status of 404 twice', () => withFields({ status: 404, statusCode: 404 })],
  ['an error with a status of 999', () => withFields({ status: 999, statusCode: 999, expose: true })],
  ['an error with a status that is a word', () => withFields({ status: 'x', statusCode: 'x', expose: true })],
  ['an error with headers', () => withFields({ headers: { 'X-Leak': everything, 'Set-Cookie': CANARIES.token } })],
  ['an error whose message throws', () => withGetter('message')],
  ['an error whose stack throws', () => withGetter('stack')],
  ['an error whose status throws', () => withGetter('status')],
  ['an error whose message is no text', () => withFields({ message: { secret: everything } })],
  ['a huge error', () => new Error(everything.repeat(50_000))],
  [
    'an HttpError with a cause',
    () => new Conflict('Somebody was faster.', { cause: new Error(everything) }),
    409,
    true,
  ],
  ['an HttpError of 500 with a cause', () => new HttpError(500, 'Try again.', { cause: new Error(everything) })],
  ['an HttpError of a status that is none', () => new HttpError(200, 'Odd.', { cause: new Error(everything) })],
  [
    'an HttpError whose header would split the response',
    () => new BadRequest('Odd.', { headers: { 'X-A': `a\r\nX-B: ${CANARIES.token}` } }),
    400,
    // The problem is meant, but not that its header is missing: that is told of.
  ],
  ['a promise', () => Promise.resolve(everything)],
];

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('It did not throw');
}

function withGetter(name: string): Error {
  return Object.defineProperty(new Error(everything), name, {
    get() {
      throw new Error(everything);
    },
  });
}

let thrown: () => unknown = () => undefined;
const fail = (): never => {
  throw thrown();
};

/** The client has the beginning of a stream. */
let received: Promise<void> = Promise.resolve();

@Controller()
class Failing {
  @Get('/handler') handler() {
    fail();
  }
  @Get('/async') async later() {
    await Promise.resolve();
    fail();
  }
  @Get('/middleware') @Use(fail) middleware() {}
  @Get('/guard') @Guard(fail) guard() {}
  @Get('/serializer') serializer() {
    return { toJSON: fail };
  }
  @Get('/stream') stream() {
    return new Readable({ read: () => {} }).destroy(asError());
  }
  @Get('/cut') cut() {
    return Readable.from(
      (async function* () {
        yield Buffer.from('begun');
        await received;
        fail();
      })(),
    );
  }
  @Get('/by-hand') async byHand(@Ctx() ctx: Context) {
    await new Promise<unknown>((resolve) => ctx.res.write('begun', resolve));
    fail();
  }
  @Get('/events') async *events() {
    yield 'begun';
    fail();
  }
  @Get('/koa') koa(@Ctx() ctx: Context) {
    ctx.throw(500, everything, { expose: true });
  }
  @Get('/outcome') outcome() {
    return Outcome.failure('Not now.', { status: 500 });
  }
}

function asError(): Error {
  const value = thrown();
  return value instanceof Error ? value : new Error(everything);
}

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled));
afterAll(() => {
  process.removeListener('unhandledRejection', onUnhandled).removeListener('uncaughtException', onUnhandled);
  expect(unhandled).toEqual([]);
});

function expectNoCanary(text: string): void {
  for (const canary of Object.values(CANARIES)) expect(text).not.toContain(canary);
  expect(text).not.toMatch(/at .*\(.*:\d+:\d+\)|node_modules/);
}

const NO_MORE = ['type', 'title', 'status', 'detail', 'code', 'errors', 'requestId'];

describe.each(WAYS.map(([name, ...way]) => ({ name, way })))(
  '$name',
  ({ name, way: [makeThrown, status = 500, meant = false] }) => {
    beforeEach(() => {
      thrown = makeThrown;
    });

    test.each(['/handler', '/async', '/middleware', '/guard'])(
      'thrown by %s leaves as a problem that tells nothing of it, and is logged once',
      async (path) => {
        const app = await serve([new Failing()]);
        const raw = await new Raw(app.port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        await raw.closed;
        const [head, body] = raw.received.split('\r\n\r\n') as [string, string];
        expect(head).toContain(`HTTP/1.1 ${status} `);
        expect(head).toContain('application/problem+json');
        const problem = JSON.parse(body) as Record<string, unknown>;
        expect(Object.keys(problem).filter((key) => !NO_MORE.includes(key))).toEqual([]);
        expect(problem).toMatchObject({ status, requestId: expect.any(String) });
        expectNoCanary(raw.received);
        expect(app.of('http-failed')).toHaveLength(meant ? 0 : 1);
        if (!meant)
          expect(app.of('http-failed')[0]).toMatchObject({ requestId: problem.requestId, service: 'Failing' });
      },
    );

    // Node's own streams do not survive an error that cannot be looked at.
    const streams = /proxy|message throws|stack throws/.test(name)
      ? ['/events', '/by-hand']
      : ['/cut', '/events', '/by-hand'];
    test.each(streams)('thrown in the middle of %s cuts the connection and is logged once', async (path) => {
      const begun = deferred();
      received = begun.promise;
      const app = await serve([new Failing()]);
      const raw = await new Raw(app.port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      if (path === '/cut') await raw.until('begun');
      begun.resolve();
      await raw.closed;
      expect(raw.received).toContain('begun');
      expect(raw.received).not.toContain('\r\n0\r\n\r\n');
      expectNoCanary(raw.received);
      expect(app.of('http-failed').length).toBeLessThanOrEqual(1);
    });
  },
);

test.each(['/serializer', '/stream', '/koa', '/outcome'])('an error in %s is a clean 500', async (path) => {
  thrown = () => new Error(everything);
  const app = await serve([new Failing()]);
  const answer = await app.fetch(path);
  expect(answer.status).toBe(500);
  expectNoCanary(await answer.text());
  expect(app.of('http-failed')).toHaveLength(1);
});

test("what a caller may see of koa's own errors is what koa says", async () => {
  const app = await serve([], {
    prepare: (http) =>
      http.koa.use((ctx) => ctx.throw(401, 'Sign in first.', { headers: { 'WWW-Authenticate': 'Basic' } })),
  });
  const answer = await app.fetch('/');
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic']);
  expect(await answer.json()).toMatchObject({ title: 'Unauthorized', detail: 'Sign in first.' });
});
