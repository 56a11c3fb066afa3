import { IsInt, IsOptional, IsString } from 'class-validator';
import type { Context } from 'koa';
import { z } from 'zod';
import { Controller, checkRoutes, Get, Post } from '../../src/http/controller.js';
import { Unauthorized } from '../../src/http/errors.js';
import { Guard } from '../../src/http/guard.js';
import { Body, Cookie, Ctx, Headers, Param, Query, Session, Signal } from '../../src/http/parameters.js';
import { unchecked } from '../../src/validation/gate.js';
import { check, deferred, Raw, serve } from './harness.js';

class Paging {
  @IsInt() page!: number;
  @IsOptional() @IsString() sort?: string;
}

class Place {
  @IsInt() a!: number;
  @IsString() b!: string;
}

class Client {
  @IsString() 'x-client'!: string;
}

const Point = z.object({ x: z.number(), y: z.number() });

@Controller()
class Input {
  @Get('/query/whole') whole(@Query() paging: Paging) {
    return { ...paging };
  }
  @Get('/query/explicit') explicit(@Query(Paging) paging: unknown) {
    return paging;
  }
  @Get('/query/one') one(@Query('n', Number) n?: number) {
    return { n: n ?? null };
  }
  @Get('/query/many') many(@Query('tag', [String]) tags: string[]) {
    return tags;
  }
  @Get('/query/schema') schema(@Query('q', z.string().min(2)) q: string) {
    return { q };
  }
  @Get('/params/:a/:b') params(@Param() all: Place) {
    return { ...all };
  }
  @Get('/header') header(@Headers('X-Client') client?: string) {
    return { client: client ?? null };
  }
  @Get('/headers') headers(@Headers() client: Client) {
    return { ...client };
  }
  @Get('/cookie') cookie(@Cookie('theme', String) theme?: string) {
    return { theme: theme ?? null };
  }
  @Post('/schema') point(@Body(Point) point: z.infer<typeof Point>) {
    return point;
  }
  @Post('/list') list(@Body([Paging]) all: Paging[]) {
    return all.map((one) => one instanceof Paging);
  }
  @Post('/unchecked') whatever(@Body(unchecked) body: unknown) {
    return { body };
  }
  @Get('/ctx') context(@Ctx() ctx: Context) {
    ctx.status = 418;
    ctx.body = ctx.path;
  }
}

async function json(answer: Response | Promise<Response>): Promise<unknown> {
  return (await answer).json();
}

test('values come from the query, one by one or as a whole', async () => {
  const app = await serve([new Input()]);
  expect(await json(app.fetch('/query/whole?page=3&sort=name'))).toEqual({ page: 3, sort: 'name' });
  expect(await json(app.fetch('/query/explicit?page=3'))).toEqual({ page: 3 });
  expect(await json(app.fetch('/query/one?n=-1.5'))).toEqual({ n: -1.5 });
  expect(await json(app.fetch('/query/one'))).toEqual({ n: null });
  expect(await json(app.fetch('/query/many?tag=a&tag=b'))).toEqual(['a', 'b']);
  expect(await json(app.fetch('/query/many?tag=a'))).toEqual(['a']);
  expect(await json(app.fetch('/query/schema?q=ab'))).toEqual({ q: 'ab' });
});

test('values come from the path, the headers and the cookies', async () => {
  const app = await serve([new Input()]);
  expect(await json(app.fetch('/params/1/two'))).toEqual({ a: 1, b: 'two' });
  expect(await json(app.fetch('/header', { headers: { 'x-client': 'tv' } }))).toEqual({ client: 'tv' });
  expect(await json(app.fetch('/header'))).toEqual({ client: null });
  expect(await json(app.fetch('/headers', { headers: { 'x-client': 'tv' } }))).toEqual({ 'x-client': 'tv' });
  expect(await json(app.fetch('/cookie', { headers: { cookie: 'a=1; theme=dark' } }))).toEqual({ theme: 'dark' });
  expect(await json(app.fetch('/cookie'))).toEqual({ theme: null });
});

test.each([
  ['/query/one?n=0x10', 'query', 'n'],
  ['/query/one?n=1&n=2', 'query', 'n'],
  ['/query/one?n=', 'query', 'n'],
  ['/query/whole?page=1&extra=1', 'query', 'extra'],
  ['/query/whole', 'query', 'page'],
  ['/query/schema', 'query', 'q'],
  ['/params/x/y', 'params', 'a'],
  ['/headers', 'headers', 'x-client'],
])('%s is a 422 that names the place', async (path, source, place) => {
  const app = await serve([new Input()]);
  const answer = await app.fetch(path);
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ code: 'SPECTER_VALIDATION', errors: [{ in: source, path: place }] });
});

test.each([
  ['/query/one?n=%', 'is not encoded correctly'],
  ['/query/one?n=%c3%28', 'is not encoded correctly'],
  [`/query/one?${'a&'.repeat(100)}`, 'has more than 100 parameters'],
])('%s is a 400: the query cannot be read', async (path, what) => {
  const app = await serve([new Input()]);
  const answer = await app.fetch(path);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'SPECTER_QUERY', detail: `The query ${what}.` });
});

test('bodies go through a schema, a list of DTOs, or unchecked', async () => {
  const app = await serve([new Input()]);
  expect(await json(app.postJson('/schema', { x: 1, y: 2 }))).toEqual({ x: 1, y: 2 });
  expect((await app.postJson('/schema', { x: '1', y: 2 })).status).toBe(422);
  expect(await json(app.postJson('/list', [{ page: 1 }]))).toEqual([true]);
  expect(await json(app.postJson('/list', { page: 1 }))).toMatchObject({ status: 422 });
  expect(await json(app.postJson('/unchecked', null))).toEqual({ body: null });
});

test('a method with @Ctx answers there if it wants to', async () => {
  const app = await serve([new Input()]);
  const answer = await app.fetch('/ctx');
  expect([answer.status, await answer.text()]).toEqual([418, '/ctx']);
});

describe('@Session', () => {
  @Controller()
  class Private {
    @Get('/me') me(@Session() session: Session | undefined) {
      return { id: session?.id ?? null };
    }
    @Get('/mine') @Guard((call) => call.session?.id === 'ada') mine() {
      return 'yours';
    }
  }

  test('is what the option http.session says, asked once for each request', async () => {
    let asked = 0;
    const session = (ctx: Context) => {
      asked++;
      return ctx.get('authorization') ? { id: ctx.get('authorization'), data: undefined } : undefined;
    };
    const app = await serve([new Private()], { http: { session } });
    expect(await json(app.fetch('/me', { headers: { authorization: 'ada' } }))).toEqual({ id: 'ada' });
    expect(await json(app.fetch('/me'))).toEqual({ id: null });
    expect((await app.fetch('/mine')).status).toBe(403);
    expect(asked).toBe(3);
  });

  test('an error of the option leaves as any other', async () => {
    const session = () => {
      throw new Unauthorized('The token has expired.');
    };
    const app = await serve([new Private()], { http: { session } });
    expect(await json(app.fetch('/me'))).toMatchObject({ status: 401, detail: 'The token has expired.' });
  });

  test('without the option a route that asks for it is a boot error', () => {
    check(Private);
    expect(checkRoutes([Private], {})).toMatchObject([
      { code: 'SPECTER_NO_SESSION', message: expect.stringContaining('Private.me') },
    ]);
    expect(checkRoutes([Private], { session: () => undefined })).toEqual([]);
  });
});

describe('@Signal', () => {
  const entered = deferred<AbortSignal>();
  const finish = deferred();

  @Controller()
  class Patient {
    @Get('/wait') async wait(@Signal() signal: AbortSignal) {
      entered.resolve(signal);
      await finish.promise;
      return 'done';
    }
  }

  test('is aborted when the client goes, and that is no error', async () => {
    const app = await serve([new Patient()]);
    const raw = await new Raw(app.port).send('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
    const signal = await entered.promise;
    expect(signal.aborted).toBe(false);
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    raw.socket.destroy();
    await aborted;
    expect(signal.reason).toMatchObject({ code: 'SPECTER_CLIENT_GONE' });
    finish.reject(signal.reason);
    expect(await app.event('http-request')).toMatchObject({ aborted: true, service: 'Patient', route: '/wait' });
    expect(app.of('http-failed')).toEqual([]);
  });
});

describe('a rejection has one shape, wherever the input was', () => {
  class Numbers {
    @IsInt({ each: true }) @IsOptional() n?: number[];
    @IsInt() @IsOptional() 'x-a'?: number;
  }

  @Controller('/shape')
  class Shapes {
    @Post('/json') json(@Body(Numbers) numbers: Numbers) {
      return numbers;
    }
    @Post('/form') form(@Body(Numbers, { accept: 'form' }) numbers: Numbers) {
      return numbers;
    }
    @Post('/text') text(@Body(Number, { accept: 'text' }) number: number) {
      return number;
    }
    @Get('/query') query(@Query(Numbers) numbers: Numbers) {
      return numbers;
    }
    @Get('/params/:n') params(@Param('n', Number) n: number) {
      return n;
    }
    @Get('/headers') headers(@Headers(Numbers) numbers: Numbers) {
      return numbers;
    }
    @Get('/cookies') cookies(@Cookie('n', [Number]) n: number[]) {
      return n;
    }
  }

  const SECRET = 'hunter2-canary';
  const many = Array.from({ length: 60 }, (_, i) => `n=${SECRET}${i}`);
  const post = (type: string, body: string) => ({ method: 'POST', headers: { 'content-type': type }, body });

  test.each<[string, string, RequestInit, number]>([
    [
      'body',
      '/json',
      post('application/json', JSON.stringify({ n: many.map(() => SECRET), [SECRET.slice(0, 0)]: 1 })),
      2,
    ],
    [
      'body',
      '/json',
      post('application/json', JSON.stringify(Object.fromEntries(many.map((_, i) => [`k${i}`, SECRET])))),
      20,
    ],
    ['body', '/form', post('application/x-www-form-urlencoded', many.join('&')), 20],
    ['body', '/text', post('text/plain', SECRET), 1],
    ['query', `/query?${many.join('&')}`, {}, 20],
    ['params', `/params/${SECRET}`, {}, 1],
    ['headers', '/headers', { headers: { 'x-a': SECRET } }, 1],
    ['cookies', '/cookies', { headers: { cookie: many.join('; ') } }, 20],
  ])('%s: %s', async (source, path, init, count) => {
    const app = await serve([new Shapes()]);
    const answer = await app.fetch(`/shape${path}`, init);
    const text = await answer.text();
    const problem = JSON.parse(text) as { errors: Record<string, string>[] };
    expect(answer.status).toBe(422);
    expect(text).not.toContain(SECRET);
    expect(problem).toMatchObject({ status: 422, code: 'SPECTER_VALIDATION', requestId: expect.any(String) });
    expect(problem.errors).toHaveLength(count);
    for (const fault of problem.errors) {
      expect(Object.keys(fault)).toEqual(['in', 'path', 'rule', 'message']);
      expect(fault.in).toBe(source);
    }
  });
});
