import type { Context, Next } from 'koa';
import { rolesOf } from '../../src/app/tags.js';
import { Controller, Get } from '../../src/http/controller.js';
import { httpWordings } from '../../src/http/events.js';
import { Guard } from '../../src/http/guard.js';
import { type MiddlewareFunction, type MiddlewareLike, resolveMiddleware, Use } from '../../src/http/middleware.js';
import { Param, Query } from '../../src/http/parameters.js';
import { Raw, serve } from './harness.js';

const log: string[] = [];
const say =
  (name: string): MiddlewareFunction =>
  async (_ctx, next) => {
    log.push(name);
    await next();
    log.push(`/${name}`);
  };

beforeEach(() => void log.splice(0));

class Timing {
  async use(ctx: Context, next: Next) {
    log.push('timing');
    await next();
    ctx.set('X-Timing', '1');
  }
}

class Door {
  check() {
    log.push('guard');
    return true;
  }
}

@Controller('/a')
@Use(say('class 1'), Timing)
@Guard(Door)
class Wrapped {
  @Get() @Use(say('method 1')) @Use(say('method 2')) a() {
    log.push('method');
  }
}

test('middleware runs from the outermost inwards, before the guards and around the method', async () => {
  @Use(say('root'))
  class Root {}
  const app = await serve([new Wrapped()], {
    root: Root,
    providers: [new Timing(), new Door()],
    prepare: (http) => void http.koa.use(say('koa') as never),
  });
  expect((await app.fetch('/a')).headers.get('x-timing')).toBe('1');
  expect(log).toEqual([
    'koa', 'root', 'class 1', 'timing', 'method 1', 'method 2', 'guard', 'method', '/method 2', '/method 1', '/class 1', '/root', '/koa',
  ]); // biome-ignore format: a list
});

test('the middleware of the root module also sees what no route answers', async () => {
  @Use(async (ctx, next) => {
    await next();
    if (ctx.status === 404) ctx.body = 'found after all';
  })
  class Root {}
  const app = await serve([], { root: Root });
  const answer = await app.fetch('/anywhere');
  expect([answer.status, await answer.text()]).toEqual([200, 'found after all']);
});

test.each([
  ['/secret/1', ['/secret/1'], 401],
  ['/%73ecre%74/1?q=%73', ['/secret/1'], 401],
  ['/%2573ecret/1', ['/%2573ecret/1'], 404],
  ['/%%37%33ecret/1', ['/%%37%33ecret/1'], 400],
  ['/open/%2f%73', ['/open/%2fs'], 200],
])('a middleware that looks at the path sees what the routes see (%s)', async (url, paths, status) => {
  const seen: string[] = [];
  @Use(async (ctx, next) => {
    seen.push(ctx.path);
    if (ctx.path.startsWith('/secret')) ctx.throw(401, ctx.originalUrl);
    await next();
  })
  class Root {}
  @Controller()
  class Open {
    @Get('/secret/:id') secret() {}
    @Get('/open/:name') open(@Param('name') name: string) {
      return name;
    }
  }
  const app = await serve([new Open()], { root: Root });
  const raw = await new Raw(app.port).send(`GET ${url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await raw.closed;
  expect([seen, raw.received.slice(9, 12)]).toEqual([paths, String(status)]);
  if (status === 401) expect(raw.received).toContain(`"detail":"${url}"`);
  if (status === 200) expect(raw.received.endsWith('/s')).toBe(true);
});

test('a middleware that does not call next answers itself', async () => {
  @Controller()
  class Closed {
    @Get('/a')
    @Use((ctx) => {
      ctx.status = 418;
      ctx.body = 'tea';
    })
    a() {
      return 'coffee';
    }
  }
  const app = await serve([new Closed()]);
  expect(await (await app.fetch('/a')).text()).toBe('tea');
});

test('a middleware that calls next twice is an error that names it', async () => {
  @Controller()
  class Twice {
    @Get('/a')
    @Use(async function twice(_ctx, next) {
      await next();
      await next();
    })
    a() {}
  }
  const app = await serve([new Twice()]);
  expect((await app.fetch('/a')).status).toBe(500);
  expect((await app.event('http-failed')).error.message).toContain('The middleware twice called next() twice');
});

test('a middleware that forgets to wait for next is waited for, and what fails behind it is answered', async () => {
  const forgetful: MiddlewareFunction = (_ctx, next) => void next();
  const hasty: MiddlewareFunction = async (_ctx, next) => {
    void next();
    await new Promise(setImmediate);
  };
  @Controller()
  class Forgotten {
    @Get('/late') @Use(forgetful) async late() {
      await new Promise(setImmediate);
      return 'late';
    }
    @Get('/strict') @Use(forgetful, hasty) strict(@Query('n', Number) n: number) {
      return n;
    }
    @Get('/thrown')
    @Use((_ctx, next) => {
      void next();
      throw new Error('before it is done');
    })
    thrown(@Query('n', Number) n: number) {
      return n;
    }
  }
  const app = await serve([new Forgotten()]);
  expect(await (await app.fetch('/late')).text()).toBe('late');
  expect((await app.fetch('/strict?n=1')).status).toBe(200);
  expect((await app.fetch('/strict?n=x')).status).toBe(422);
  expect((await app.fetch('/thrown?n=x')).status).toBe(500);
});

test('a middleware may go on without what it has taken into its own hands', async () => {
  const never = new Promise<void>(() => {});
  @Controller()
  class Raced {
    @Get('/race')
    @Use(async (ctx, next) => {
      await Promise.race([next(), Promise.resolve()]);
      ctx.body = 'raced';
    })
    race() {
      return never;
    }
    @Get('/caught')
    @Use(async (ctx, next) => {
      await next().catch(() => {
        ctx.body = 'caught';
      });
    })
    caught() {
      throw new Error('inside');
    }
  }
  const app = await serve([new Raced()]);
  expect(await (await app.fetch('/race')).text()).toBe('raced');
  expect(await (await app.fetch('/caught')).text()).toBe('caught');
});

test('middleware and guard classes are dependencies of the controller', () => {
  const [{ role, options }] = rolesOf(Wrapped) as [ReturnType<typeof rolesOf>[number]];
  expect(role.dependsOn?.(Wrapped, options)).toEqual([Door, Timing]);
});

test('a middleware class without use() is told so', () => {
  class Empty {}
  const parts = { get: () => new Empty() } as never;
  expect(() => resolveMiddleware([Empty as unknown as MiddlewareLike], parts)).toThrow(
    expect.objectContaining({
      code: 'SPECTER_INVALID_ROLE',
      message: expect.stringContaining('Empty is used as middleware'),
    }),
  );
});

describe('a request that nobody answered', () => {
  @Controller('/a')
  class SilentController {
    @Get()
    @Use(() => {})
    kept() {}
    buildRoutes(router: { get(path: string, fn: () => void): void }) {
      router.get('/b', () => {});
    }
  }

  // Teeth: unsaid, both are a bare 404 with nothing in the log (tried).
  test('is a 404 with a line at debug that says why', async () => {
    const app = await serve([new SilentController()]);
    app.environment.events.word(httpWordings);
    expect((await app.fetch('/a/b')).status).toBe(404);
    expect(app.of('http-unanswered').map((event) => app.environment.events.wordingOf(event))).toEqual([
      { level: 'debug', text: expect.stringContaining('GET /a/b is 404: its handler did not set ctx.body') },
    ]);
    expect((await app.fetch('/nowhere')).status).toBe(404);
    expect(app.of('http-unanswered')).toHaveLength(1);
  });

  test('because a middleware around everything goes no further is told as that', async () => {
    const app = await serve([new SilentController()], { prepare: (http) => void http.koa.use(() => {}) });
    app.environment.events.word(httpWordings);
    expect((await app.fetch('/a')).status).toBe(404);
    const [event] = app.of('http-unanswered');
    expect(event && app.environment.events.wordingOf(event).text).toContain('did not call next()');
  });
});
