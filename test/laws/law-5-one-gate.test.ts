// Law 5. Untrusted input is validated by the same rules before user code sees it, a rejection has the same shape everywhere, input without a type is a boot error.
import { IsInt, IsString, MaxLength, Min } from 'class-validator';
import {
  Action,
  Body,
  type Class,
  Config,
  Controller,
  Cookie,
  Get,
  Handler,
  Headers,
  Module,
  On,
  Param,
  Post,
  type Problem,
  type ProblemError,
  Query,
  Queue,
  QueueService,
  Service,
} from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { rejection } from '../kernel/heard.js';

/** One class for every door. */
class Film {
  @IsString() @MaxLength(10) title!: string;
  @IsInt() @Min(1900) year!: number;
}

/** What a door lets through would land here. */
const seen = jest.fn((film: unknown) => ({ film }));
beforeEach(() => seen.mockClear());

@Controller('/films')
class FilmController {
  @Post('/') body(@Body(Film) film: Film) {
    return seen(film);
  }
  @Get('/query') query(@Query(Film) film: Film) {
    return seen(film);
  }
  @Get('/params/:title/:year') params(@Param(Film) film: Film) {
    return seen(film);
  }
  @Get('/headers') headers(@Headers('x-year', Number) year: number) {
    return seen(year);
  }
  @Get('/cookies') cookies(@Cookie('year', Number) year: number) {
    return seen(year);
  }
  @Action({ type: Film }) add(film: Film) {
    return seen(film);
  }
}

@Handler()
class FilmHandler {
  @On('film', { type: Film }) film(film: Film) {
    return seen(film);
  }
}

@Queue({ name: 'films', type: Film })
class FilmQueue extends QueueService<unknown> {
  protected handle({ data }: { data: unknown }) {
    seen(data);
  }
}

@Module({ providers: [FilmController, FilmHandler, FilmQueue] })
class App {}

const BAD = { title: 'a title far too long', year: 1, secret: 'hunter2' };
const GOOD = { title: 'Alien', year: 1979 };
const query = new URLSearchParams(
  Object.entries(BAD).map(([key, value]): [string, string] => [key, String(value)]),
).toString();

/** Each door: the rejection that bad input meets there. */
const doors: Record<string, (app: TestApplication) => Promise<Problem>> = {
  body: async (app) => (await app.http.post('/films').send(BAD).expect(422)).body,
  query: async (app) => (await app.http.get(`/films/query?${query}`).expect(422)).body,
  'a socket payload': async (app) => (await (await app.socket()).emitWithAck('film', BAD)).error,
  'an action over HTTP': async (app) => (await app.http.post('/actions/film.add').send(BAD)).body.error,
  'a job': (app) =>
    app
      .get(FilmQueue)
      .enqueue(BAD)
      .then(
        () => Promise.reject(new Error('it was let in')),
        ({ problem }: ProblemError) => problem,
      ),
  'an action over a socket': async (app) => (await (await app.socket()).emitWithAck('action', 'film.add', BAD)).error,
};

let app: TestApplication;
beforeAll(async () => {
  app = await testApplication(App, { logger: false }).start();
});
afterAll(() => app.stop());

test.each(Object.keys(doors))(
  '%s: the same faults by the same rules, the method is not called, no value is echoed',
  async (door) => {
    const problem = await (doors[door] as (app: TestApplication) => Promise<Problem>)(app);
    expect(problem).toMatchObject({
      status: 422,
      code: 'SPECTER_VALIDATION',
      title: 'Unprocessable Content',
      type: 'about:blank',
    });
    expect((problem.errors ?? []).map(({ path }) => path).sort()).toEqual(['secret', 'title', 'year']);
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|far too long/);
    expect(seen).not.toHaveBeenCalled();
  },
);

test('the faults of every door have one shape, and say which part of the input they are about', async () => {
  const shapes = new Map<string, unknown>();
  for (const [door, reject] of Object.entries(doors)) {
    const problem = await reject(app);
    for (const fault of problem.errors ?? [])
      expect(Object.keys(fault).sort()).toEqual(['in', 'message', 'path', 'rule']);
    shapes.set(door, (problem.errors ?? []).map(({ path, rule, message }) => `${path}|${rule}|${message}`).sort());
    expect(new Set(problem.errors?.map((fault) => fault.in)).size).toBe(1);
  }
  const [first, ...others] = [...shapes.values()];
  for (const other of others) expect(other).toEqual(first);
});

test.each([
  ['a path parameter', '/films/params/Alien/nineteen', {}],
  ['a header', '/films/headers', { 'x-year': '0x7BB' }],
  ['a cookie', '/films/cookies', { cookie: 'year=1e999' }],
])('%s that does not convert is 422 as well, of the same shape', async (_door, path, headers) => {
  const { body } = await app.http
    .get(path)
    .set(headers as Record<string, string>)
    .expect(422);
  expect(body).toMatchObject({ status: 422, code: 'SPECTER_VALIDATION' });
  expect(Object.keys(body.errors[0]).sort()).toEqual(['in', 'message', 'path', 'rule']);
  expect(seen).not.toHaveBeenCalled();
});

test('what passes is an instance of the declared class, the same at every door', async () => {
  await app.http.post('/films').send(GOOD).expect(200);
  await app.http.get('/films/query?title=Alien&year=1979').expect(200);
  await app.http.get('/films/params/Alien/1979').expect(200);
  const socket = await app.socket();
  await socket.emitWithAck('film', GOOD);
  await socket.emitWithAck('action', 'film.add', GOOD);
  await app.http.post('/actions/film.add').send(GOOD).expect(200);
  expect(seen).toHaveBeenCalledTimes(6);
  for (const [film] of seen.mock.calls) {
    expect(film).toBeInstanceOf(Film);
    expect(film).toEqual(GOOD);
  }
});

test('the environment goes through the same gate, before anything is constructed', async () => {
  const made = jest.fn();
  @Config({ prefix: 'FILM_' })
  class FilmConfig {
    @IsString() @MaxLength(10) title!: string;
    @IsInt() @Min(1900) year!: number;
  }
  @Service()
  class Made {
    constructor() {
      made();
    }
  }
  @Module({ providers: [FilmConfig, Made] })
  class Configured {}
  const error = await rejection(
    testApplication(Configured, { env: { FILM_TITLE: 'a title far too long', FILM_YEAR: '1' } }).start(),
  );
  expect(error).toMatchObject({ code: 'SPECTER_CONFIG' });
  expect(error.message).toMatch(/FILM_TITLE is not usable[\s\S]*FILM_YEAR is not usable/);
  expect(error.message).not.toContain('far too long');
  expect(made).not.toHaveBeenCalled();
});

interface Untyped {
  title: string;
}

class NoRules {
  title!: string;
}

/** A controller or handler that takes something without a type at run time. */
function taking(type: 'an interface' | 'a class without a rule', door: 'body' | 'socket' | 'action'): Class {
  if (door === 'socket') {
    if (type === 'an interface') {
      @Handler()
      class Hears {
        @On('x') hear(it: Untyped) {
          return it;
        }
      }
      return Hears;
    }
    @Handler()
    class Hears {
      @On('x') hear(it: NoRules) {
        return it;
      }
    }
    return Hears;
  }
  if (type === 'an interface') {
    @Controller('/x')
    class Takes {
      @Post('/') take(@Body() it: Untyped) {
        return it;
      }
    }
    @Controller('/x')
    class Acts {
      @Action() act(it: Untyped) {
        return it;
      }
    }
    return door === 'body' ? Takes : Acts;
  }
  @Controller('/x')
  class Takes {
    @Post('/') take(@Body() it: NoRules) {
      return it;
    }
  }
  @Controller('/x')
  class Acts {
    @Action() act(it: NoRules) {
      return it;
    }
  }
  return door === 'body' ? Takes : Acts;
}

test.each(
  (['body', 'socket', 'action'] as const).flatMap((door) =>
    (['an interface', 'a class without a rule'] as const).map((type) => [door, type] as const),
  ),
)('%s typed by %s is a boot error, never a bypass', async (door, type) => {
  @Module({ providers: [taking(type, door)] })
  class Bypass {}
  const error = await rejection(testApplication(Bypass, { logger: false }).start());
  expect(error).toMatchObject({ code: 'SPECTER_UNTYPED_INPUT' });
});
