import type { Router } from '@koa/router';
import { Module } from '../../src/app/module.js';
import { createApplication } from '../../src/application.js';
import { Controller, checkRoutes, Get } from '../../src/http/controller.js';
import { Param } from '../../src/http/parameters.js';
import { Version } from '../../src/http/versions.js';
import { check, serve } from './harness.js';

@Controller({ prefix: '/films', version: '1' })
class Films {
  @Get() list() {
    return 'one';
  }
  @Get() @Version('2', '3') listWithYears() {
    return 'two or three';
  }
  @Get('/:id') @Version() show(@Param('id', Number) id: number) {
    return `film ${id}`;
  }
}

@Controller({ prefix: '/pages', unprefixed: true })
class Pages {
  @Get() home() {
    return 'home';
  }
  buildRoutes(router: Router) {
    router.get('/built', (ctx) => {
      ctx.body = 'built';
    });
  }
}

test('a version is a path of its own; a method may have other versions than its controller, or none', async () => {
  const app = await serve([new Films()]);
  const textOf = async (path: string) => (await app.fetch(path)).text();
  expect(await textOf('/v1/films')).toBe('one');
  expect(await textOf('/v2/films')).toBe('two or three');
  expect(await textOf('/v3/films')).toBe('two or three');
  expect(await textOf('/films/7')).toBe('film 7');
  for (const path of ['/films', '/v4/films', '/v1/films/7']) expect((await app.fetch(path)).status).toBe(404);
});

test.each(['/api', 'api/', 'api'])(
  'the prefix %j stands before every route but not before health checks',
  async (prefix) => {
    const app = await serve([new Films(), new Pages()], { http: { prefix } });
    expect(await (await app.fetch('/api/v1/films')).text()).toBe('one');
    expect((await app.fetch('/v1/films')).status).toBe(404);
    expect((await app.fetch('/health/live')).status).toBe(200);
    expect((await app.fetch('/api/health/live')).status).toBe(404);
    expect((await app.fetch('/api/v1/films', { method: 'PUT' })).status).toBe(405);
  },
);

test('@Version on a class is for all its methods', async () => {
  @Controller({ prefix: '/songs', version: '1' })
  @Version('5')
  class Songs {
    @Get() list() {
      return 'five';
    }
  }
  const app = await serve([new Songs()]);
  expect(await (await app.fetch('/v5/songs')).text()).toBe('five');
  expect((await app.fetch('/v1/songs')).status).toBe(404);
});

test('a controller that is unprefixed, and its own router, stay where they are', async () => {
  const app = await serve([new Pages()], { http: { prefix: '/api' } });
  expect(await (await app.fetch('/pages')).text()).toBe('home');
  expect(await (await app.fetch('/pages/built')).text()).toBe('built');
  expect((await app.fetch('/api/pages')).status).toBe(404);
});

test('an event names the whole path', async () => {
  const app = await serve([new Films()], { http: { prefix: '/api' } });
  await app.fetch('/api/v2/films');
  expect(await app.event('http-request')).toMatchObject({ route: '/api/v2/films' });
});

test('a router of its own has the prefix and the version of its controller', async () => {
  @Controller({ prefix: '/built', version: '1' })
  class Built {
    buildRoutes(router: Router) {
      router.get('/:id', (ctx) => {
        ctx.body = ctx.params.id;
      });
    }
  }
  const app = await serve([new Built()], { http: { prefix: '/api' } });
  expect(await (await app.fetch('/api/v1/built/7')).text()).toBe('7');
});

describe('at boot', () => {
  test('two methods on one path are told with both places, however they come there', () => {
    @Controller({ prefix: '/films', version: ['1', '2'] })
    class Versioned {
      @Get() list() {}
    }
    @Controller('/v2/films')
    class Plain {
      @Get() list() {}
    }
    @Controller({ prefix: '/api/v1/films', unprefixed: true })
    class Unprefixed {
      @Get() list() {}
    }
    for (const target of [Versioned, Plain, Unprefixed]) check(target);
    expect(
      checkRoutes([Versioned, Plain, Unprefixed], { prefix: '/api' }).map(({ message }) => message.split('. ')[0]),
    ).toEqual([
      'GET /api/v2/films is answered by Versioned.list and by Plain.list',
      'GET /api/v1/films is answered by Versioned.list and by Unprefixed.list',
    ]);
  });

  test('a version is said once, whatever the list', () => {
    @Controller({ prefix: '/films', version: ['1', '1'] })
    class Twice {
      @Get() list() {}
    }
    check(Twice);
    expect(checkRoutes([Twice])).toEqual([]);
  });

  test.each(['', '1/2', ':v', 'a b'])('the version %j is refused', (version) => {
    @Controller({ prefix: '/films', version })
    class Odd {
      @Get() list() {}
    }
    expect(() => check(Odd)).toThrow(/Odd\.list has a version that cannot be in a path/);
  });

  test('a router of its own cannot be in two versions', () => {
    @Controller({ prefix: '/built', version: ['1', '2'] })
    class Built {
      buildRoutes() {}
    }
    expect(() => check(Built)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ROUTE' }));
  });

  test.each(['/:tenant', '/a b', '/*', '//a'])('the prefix %j is refused', (prefix) => {
    @Module({})
    class AppModule {}
    expect(() => createApplication(AppModule, { http: { prefix }, logger: false })).toThrow(/http\.prefix/);
  });
});
