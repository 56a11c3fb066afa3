import type { Router } from '@koa/router';
import { IsInt, IsString } from 'class-validator';
import { All, Controller, checkRoutes, Delete, Get, Head, Options, Post } from '../../src/http/controller.js';
import { Guard } from '../../src/http/guard.js';
import { Use } from '../../src/http/middleware.js';
import { Body, Param, Query } from '../../src/http/parameters.js';
import { SetHeader, Status } from '../../src/http/plan.js';
import type { Class } from '../../src/kernel/token.js';
import { check, deferred, Harness, Raw, serve } from './harness.js';

class NewFilm {
  @IsString() title!: string;
  @IsInt() year!: number;
}

@Controller('/films')
class FilmController {
  @Get() list(@Query('page', Number) page = 1) {
    return { page };
  }
  @Get('/:id') show(@Param('id', Number) id: number) {
    return { id };
  }
  @Get('/new') fresh() {
    return 'new';
  }
  @Post() @Status(201) @SetHeader('X-Made', 'yes') add(@Body() film: NewFilm) {
    return { ...film, dto: film instanceof NewFilm };
  }
  @Delete('/:id') remove() {}
  @All('/:id/any') any() {
    return 'any';
  }
  @Get('/:id/any') anyGet() {
    return 'get';
  }
  @Get('/files/*') files(@Param('*') rest: string) {
    return { rest };
  }
  @Get('/by/:name?') by(@Param('name') name?: string) {
    return { name: name ?? null };
  }
  @Head('/own/head') @SetHeader('X-Head', 'own') head() {
    return 'h';
  }
  @Get('/own/head') notHead() {
    return 'g';
  }
  @Options('/own/options') @SetHeader('Allow', 'TEA') options() {
    return 'o';
  }
}

test('a request reaches the method for its verb and path, with converted arguments', async () => {
  const app = await serve([new FilmController()]);
  expect(await (await app.fetch('/films?page=2')).json()).toEqual({ page: 2 });
  expect(await (await app.fetch('/films')).json()).toEqual({ page: 1 });
  expect(await (await app.fetch('/films/7')).json()).toEqual({ id: 7 });
  expect(await (await app.fetch('/films/new')).text()).toBe('new');
  const made = await app.postJson('/films', { title: 'Alien', year: 1979 });
  expect([made.status, made.headers.get('x-made')]).toEqual([201, 'yes']);
  expect(await made.json()).toEqual({ title: 'Alien', year: 1979, dto: true });
  expect((await app.fetch('/films/7', { method: 'DELETE' })).status).toBe(204);
});

test('an exact verb goes before @All, which answers all others', async () => {
  const app = await serve([new FilmController()]);
  expect(await (await app.fetch('/films/7/any')).text()).toBe('get');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    expect(await (await app.fetch('/films/7/any', { method })).text()).toBe('any');
  }
});

test('an unknown path is a 404 problem that names the request', async () => {
  const app = await serve([new FilmController()]);
  const answer = await app.fetch('/nothing/here?x=secret');
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'Nothing is found at this path.',
    code: 'SPECTER_NO_ROUTE',
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('a known path with another method is 405 with Allow', async () => {
  const app = await serve([new FilmController()]);
  const answer = await app.fetch('/films', { method: 'PUT' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD, OPTIONS']);
  expect(await answer.json()).toMatchObject({ status: 405, code: 'SPECTER_METHOD_NOT_ALLOWED' });
  const raw = await new Raw(app.port).send('TRACE /films HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 405 /);
});

test('OPTIONS tells what is allowed, unless a method answers it', async () => {
  const app = await serve([new FilmController()]);
  const answer = await app.fetch('/films/7', { method: 'OPTIONS' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, DELETE, HEAD, OPTIONS']);
  const own = await app.fetch('/films/own/options', { method: 'OPTIONS' });
  expect([own.status, own.headers.get('allow'), await own.text()]).toEqual([200, 'TEA', 'o']);
});

test('HEAD is answered as GET is, without the body, unless a method answers it', async () => {
  const app = await serve([new FilmController()]);
  const answer = await app.fetch('/films/7', { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '8', '']);
  expect((await app.fetch('/films/own/head', { method: 'HEAD' })).headers.get('x-head')).toBe('own');
});

test('paths are case sensitive, and a slash at their end makes no difference', async () => {
  const app = await serve([new FilmController()]);
  expect((await app.fetch('/films/')).status).toBe(200);
  expect((await app.fetch('/Films')).status).toBe(404);
  expect((await app.fetch('/films//7')).status).toBe(404);
});

test('a wildcard takes the rest of the path, decoded; an optional part may be missing', async () => {
  const app = await serve([new FilmController()]);
  expect(await (await app.fetch('/films/files/a%20b/c%2Fd.mp4')).json()).toEqual({ rest: 'a b/c/d.mp4' });
  expect(await (await app.fetch('/films/by')).json()).toEqual({ name: null });
  expect(await (await app.fetch('/films/by/Ada')).json()).toEqual({ name: 'Ada' });
});

test('hostile paths are 400 or 404, and never an error of the application', async () => {
  const app = await serve([new FilmController()]);
  for (const path of ['/films/%', '/films/%zz', '/films/%c3%28', '/films/%00']) {
    const answer = await app.fetch(path);
    expect([path, answer.status, await answer.json()]).toMatchObject([
      path,
      400,
      { code: 'SPECTER_MALFORMED_REQUEST' },
    ]);
  }
  expect((await app.fetch(`/films/by/${'a'.repeat(257)}`)).status).toBe(404);
  for (const path of ['/films/__proto__', '/constructor', '/films/..%2f..%2fetc']) {
    expect((await app.fetch(path)).status).toBeGreaterThanOrEqual(404);
    expect((await app.fetch(path)).status).toBeLessThan(500);
  }
  expect(app.of('http-failed')).toEqual([]);
});

test('while a controller is away its routes answer 503 with Retry-After, and then again as before', async () => {
  const app = await serve([]);
  const instance = new FilmController();
  await app.attach(instance);
  await app.scopes.get(instance)?.close();
  const away = await app.fetch('/films/7');
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await away.json()).toMatchObject({ code: 'SPECTER_UNAVAILABLE' });
  expect((await app.fetch('/films', { method: 'PUT' })).status).toBe(405);
  await app.attachOne(instance);
  expect((await app.fetch('/films/7')).status).toBe(200);
  expect(app.of('http-failed')).toEqual([]);
});

test('a controller that begins to stop takes no more requests, even before it is detached', async () => {
  const app = await serve([new FilmController()]);
  app.environment.events.emit('stopping', { service: 'FilmController' });
  expect((await app.fetch('/films/7')).status).toBe(503);
});

test('closing a controller waits for its requests in flight', async () => {
  const gate = deferred<string>();
  const entered = deferred<void>();
  @Controller()
  class Slow {
    @Get('/slow') slow() {
      entered.resolve();
      return gate.promise;
    }
  }
  const slow = new Slow();
  const app = await serve([slow]);
  const answer = app.fetch('/slow');
  await entered.promise;
  let closed = false;
  const closing = app.scopes
    .get(slow)
    ?.close()
    .then(() => {
      closed = true;
    });
  expect((await app.fetch('/slow')).status).toBe(503);
  expect(closed).toBe(false);
  gate.resolve('done');
  expect(await (await answer).text()).toBe('done');
  await closing;
});

describe('at boot', () => {
  const faultOf = (target: Class): unknown => {
    try {
      check(target);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test('two methods on one verb and path are an error that names both', async () => {
    @Controller('/a/:x')
    class One {
      @Get('/b') first() {}
    }
    @Controller('/a')
    class Two {
      @Get('/:y/b/') second() {}
    }
    const harness = new Harness();
    await expect(harness.attach(new One(), new Two())).rejects.toMatchObject({
      code: 'SPECTER_DUPLICATE_ROUTE',
      message: expect.stringMatching(
        /^GET \/a\/:y\/b of Two\.second answers the same requests as \/a\/:x\/b of One\.first\./,
      ),
    });
  });

  test('within one controller the prefix is no cure, and two shapes are one fault', () => {
    @Controller('/a')
    class One {
      @Get('/:x?') first() {}
      @Get('/:y?') second() {}
    }
    faultOf(One);
    expect(checkRoutes([One]).map(({ message }) => message)).toEqual([
      'GET /a/:y? of One.second answers the same requests as /a/:x? of One.first. Change the verb or the path of one.',
    ]);
  });

  test('a route that cannot be does not hide the duplicates beside it, in this boot or in the next', () => {
    @Controller('/a')
    class One {
      @Get('/b c') odd() {}
      @Get('/b') first() {}
    }
    @Controller('/a')
    class Two {
      @Get('/b') second() {}
    }
    for (let i = 0; i < 2; i++) {
      expect(faultOf(One)).toMatchObject({ code: 'SPECTER_INVALID_ROUTE' });
      faultOf(Two);
      expect(checkRoutes([One, Two]).map(({ message }) => message)).toEqual([
        'GET /a/b is answered by One.first and by Two.second. Change the verb or the path of one, or the prefix of its controller.',
      ]);
    }
  });

  test('an optional part does not hide a duplicate', async () => {
    @Controller('/a')
    class One {
      @Get('/:x?') first() {}
      @Get() second() {}
    }
    await expect(new Harness().attach(new One())).rejects.toMatchObject({ code: 'SPECTER_DUPLICATE_ROUTE' });
  });

  test.each(['/a(b)', '/:id(\\d+)', '/a*b', '/*/b', '/:a?/b', '/:', '/a b?', '/:file.mp4', '/%41'])(
    'the path %s is refused',
    (path) => {
      @Controller()
      class Odd {
        @Get(path) method() {}
      }
      expect(faultOf(Odd)).toMatchObject({
        code: 'SPECTER_INVALID_ROUTE',
        message: expect.stringContaining('Odd.method'),
      });
    },
  );

  test('a parameter that nothing can fill is refused', () => {
    @Controller('/a')
    class Odd {
      @Get('/:id') bare(_id: string) {}
      @Get('/:id/x') typo(@Param('ib') _id: string) {}
      @Post('/two') two(@Body() _a: NewFilm, @Body() _b: NewFilm) {}
    }
    const { errors } = faultOf(Odd) as AggregateError;
    expect(errors.map(({ code }) => code)).toEqual([
      'SPECTER_INVALID_ROUTE',
      'SPECTER_INVALID_ROUTE',
      'SPECTER_INVALID_ROUTE',
    ]);
    expect(errors.map(({ message }) => message.slice(0, 40))).toEqual([
      'Odd.bare, parameter 1 has no decorator, ',
      "Odd.typo, parameter 1 asks for @Param('i",
      'Odd.two asks for @Body() twice. A reques',
    ]);
  });

  test('a status or header that HTTP does not have is refused', () => {
    @Controller('/a')
    class Odd {
      @Get('/1') @Status(99) status() {}
      @Get('/2') @SetHeader('X-A', 'a\r\nX-B: b') header() {}
    }
    const { errors } = faultOf(Odd) as AggregateError;
    expect(errors.map(({ code }) => code)).toEqual(['SPECTER_INVALID_ROUTE', 'SPECTER_INVALID_ROUTE']);
  });

  test('input without a run-time type names class, method and parameter', () => {
    interface Lost {
      a: string;
    }
    @Controller('/a')
    class Odd {
      @Post() add(@Query('q') _q: string, @Body() _body: Lost) {}
    }
    expect(faultOf(Odd)).toMatchObject({
      code: 'SPECTER_UNTYPED_INPUT',
      message: expect.stringMatching(/^Odd\.add, parameter 2 \(@Body\): /),
    });
  });
});

describe('buildRoutes', () => {
  @Controller('/built')
  @Guard((call) => call.headers['x-pass'] !== 'no')
  @Use(async (ctx, next) => {
    await next();
    ctx.set('X-Around', 'yes');
  })
  class Built {
    @Get('/plain') plain() {
      return 'plain';
    }
    buildRoutes(router: Router) {
      router.get('/:id', (ctx) => {
        ctx.body = { id: ctx.params.id };
      });
      router.post('/fail', () => {
        throw new Error('secret');
      });
    }
  }

  test('a plain router has the prefix, middleware, guards and error shape of its controller', async () => {
    const app = await serve([new Built()]);
    const answer = await app.fetch('/built/7');
    expect([await answer.json(), answer.headers.get('x-around')]).toEqual([{ id: '7' }, 'yes']);
    expect((await app.fetch('/built/7', { headers: { 'x-pass': 'no' } })).status).toBe(403);
    expect(await (await app.fetch('/built/plain')).text()).toBe('plain');
    const failed = await app.fetch('/built/fail', { method: 'POST' });
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(app.of('http-failed')[0]).toMatchObject({ service: 'Built', route: '/built/fail' });
  });

  test('its paths take part in 404, 405 and 503', async () => {
    const built = new Built();
    const app = await serve([built]);
    expect((await app.fetch('/built/a/b')).status).toBe(404);
    const answer = await app.fetch('/built/7', { method: 'PUT' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, expect.stringContaining('GET')]);
    await app.scopes.get(built)?.close();
    expect((await app.fetch('/built/7')).status).toBe(503);
    await app.attachOne(built);
    expect((await app.fetch('/built/7')).status).toBe(200);
  });
});
