// Mistakes in controllers that are found at boot, before anything is constructed and all at once.
import 'reflect-metadata';
import type { Router } from '@koa/router';
import { Type } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import {
  All,
  type ApplicationOptions,
  Body,
  Controller,
  createApplication,
  Get,
  Guard,
  Handler,
  HandlerTimeout,
  Head,
  Interval,
  Module,
  On,
  Patch,
  Post,
  Query,
  Service,
  SetHeader,
  Status,
  Use,
} from '../../src/index.js';
import { rejection } from '../kernel/heard.js';

let constructed = 0;

async function faultsOf(providers: readonly object[], options: ApplicationOptions = {}, root: object = class {}) {
  Module({ providers: providers as never })(root as never);
  constructed = 0;
  const error = await rejection(createApplication(root as never, { logger: false, env: {}, ...options }).start());
  expect(constructed).toBe(0);
  return error.message;
}

async function starts(providers: readonly object[], options: ApplicationOptions = {}): Promise<void> {
  class Root {}
  Module({ providers: providers as never })(Root);
  const app = createApplication(Root, { logger: false, env: {}, ...options });
  await app.start();
  await app.stop();
}

@Service()
class Signed {
  check() {
    return true;
  }
}

@Service()
class Checkless {}

@Service()
class InAField {
  check = () => true;
}

// Teeth: resolved at the first request only, each of these starts and is a 500 for everybody (tried).
describe('a guard or middleware that is none', () => {
  const later = undefined as never;

  @Controller('/films')
  @Guard(later)
  class FilmController {
    constructor() {
      constructed++;
    }
    @Get('/a') @Guard(() => true, new Signed() as never) a() {}
    @Get('/b') @Guard([() => true] as never) b() {}
    @Get('/c') @Use(later) c() {}
    @Get('/d') @Use({} as never) d() {}
    @Get('/e') @Guard(Checkless as never) e() {}
  }

  test('is a fault that names class, method, position and cure, all at once and with those of the application', async () => {
    class Root {}
    Guard('x' as never)(Root);
    const message = await faultsOf([FilmController, Checkless], { guards: [later] }, Root);
    for (const part of [
      'guard 1 of FilmController is undefined: what it names was not defined yet, probably because of a ring of files',
      'guard 2 of FilmController.a is an instance of Signed. Give the class, as @Guard(Signed), and add it to the providers',
      'guard 1 of FilmController.b is a list. Give each by itself: @Guard(first, second).',
      'middleware 1 of FilmController.c is undefined',
      'middleware 1 of FilmController.d is no middleware. Give a function, or a class with use(ctx, next).',
      'guard 1 of FilmController.e is the class Checkless, which has no check() method. Give it check(call).',
      'guard 1 of the option guards is undefined',
      'guard 1 of Root is no guard',
    ])
      expect(message).toContain(part);
    expect(message).toContain('8 faults');
  });

  test('is told by what it is for when nobody provides it', async () => {
    @Controller('/x')
    class OtherController {
      @Get() @Guard(Signed) show() {}
    }
    expect(await faultsOf([OtherController])).toContain(
      'needs Signed (as guard 1 of OtherController.show), and nobody provides it',
    );
  });

  test('is none of these: a class whose check() is a field, or a plain function', async () => {
    @Controller('/x')
    class OtherController {
      @Get()
      @Guard(InAField as never, () => true)
      show() {}
    }
    await starts([OtherController, InAField]);
  });
});

describe('what certainly is a mistake does not start', () => {
  class Dto {
    @IsString() a!: string;
  }

  @Controller('/films')
  class FilmController {
    @Get('/:id/:id') twice() {}
    @Get('/body') body(@Body() it: Dto) {
      return it;
    }
    @Head('/body') head(@Body() it: Dto) {
      return it;
    }
    @Get('/static') static listed() {}
    @HandlerTimeout(5) slow() {}
    @Status(201) created() {}
    @SetHeader('A', 'b') marked() {}
    @Guard(() => true) guarded() {}
    @Use((_ctx, next) => next()) used() {}
    @Patch('/fine') @Status(201) @Guard(() => true) fine() {}
  }

  @Handler()
  class ChatHandler {
    @On('say') @Guard(() => true) say() {}
    @On('shout') @Status(201) shout() {}
    @Interval(1000) static tick() {}
  }

  test.each([
    ['a parameter twice in a path', 'FilmController.twice has :id twice in its path "/films/:id/:id"'],
    ['a body of GET', 'FilmController.body asks for @Body(), but a GET request has none. Take the input with @Query()'],
    ['a body of HEAD', 'FilmController.head asks for @Body(), but a HEAD request has none.'],
    [
      'a verb on a static method',
      'FilmController.listed is static, but what its decorator says is done by the instance',
    ],
    ['a timer on a static method', 'ChatHandler.tick is static'],
    [
      '@HandlerTimeout without a route',
      'FilmController.slow has @HandlerTimeout, but is no route, so it does nothing.',
    ],
    ['@Status without a route', 'FilmController.created has @Status, but is no route'],
    ['@SetHeader without a route', 'FilmController.marked has @SetHeader, but is no route'],
    ['@Use without a route', 'FilmController.used has @Use, but is no route'],
    ['@Guard on nothing', 'FilmController.guarded has @Guard, but is no route, event, topic or action'],
    ['@Status on an event', 'ChatHandler.shout has @Status, but is no route'],
  ])('%s', async (_name, part) => {
    const message = await faultsOf([FilmController, ChatHandler]);
    expect(message).toContain(part);
    expect(message).toContain('11 faults');
  });

  test('a route where the health checks answer before it, unless they are moved or off', async () => {
    @Controller('/health')
    class HealthController {
      @Get('/ready') ready() {}
      @All('/live') live() {}
      @Get('/disk') disk() {}
    }
    const message = await faultsOf([HealthController]);
    expect(message).toContain('HealthController.ready is at /health/ready, where the health checks answer before it.');
    expect(message).toContain('HealthController.live is at /health/live');
    expect(message).toContain('2 faults');
    await starts([HealthController], { http: { health: false } });
    await starts([HealthController], { http: { health: '/checks' } });
    await starts([HealthController], { http: { prefix: '/api' } });
  });

  test('but a verb on a method of a service is served: the tag of the class says how it is kept, the notes what it does', async () => {
    @Service()
    class Films {
      @Get('/films') list() {
        return ['Alien'];
      }
    }
    class Root {}
    Module({ providers: [Films] })(Root);
    const app = createApplication(Root, { logger: false, env: {} });
    const { url } = await app.listen(0);
    expect(await (await fetch(`${url}/films`)).json()).toEqual(['Alien']);
    await app.stop();
  });
});

describe('routes of buildRoutes', () => {
  const from = (name: string) => (router: Router) => router.get('/list', (ctx) => void (ctx.body = name));

  @Service()
  class Slow {
    async onStart() {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  @Controller('/films')
  class FirstController {
    constructor(readonly slow: Slow) {}
    buildRoutes(router: Router) {
      from('first')(router);
      router.get('/:id', (ctx) => void (ctx.body = 'one'));
    }
  }
  @Controller('/films')
  class SecondController {
    buildRoutes(router: Router) {
      from('second')(router);
      router.post('/list', (ctx) => void (ctx.body = 'posted'));
    }
  }
  @Controller('/films')
  class DecoratedController {
    @Get('/:name') show() {
      return { by: 'decorator' };
    }
  }

  // Teeth: in the order of their start the second one answers, since the first waits for a service (tried).
  test.each([
    [[FirstController, SecondController, Slow], 'first', 'SecondController'],
    [[SecondController, FirstController, Slow], 'second', 'FirstController'],
  ])(
    'on one path are asked in the order of the listing, and who is never asked is warned of: %#',
    async (providers, answer, loser) => {
      class Root {}
      Module({ providers: providers as never })(Root);
      const app = createApplication(Root, { logger: false, env: {} });
      const told: unknown[] = [];
      app.events.on('http-shadowed', (event) => told.push([event.route, event.service, app.events.wordingOf(event)]));
      const { url } = await app.listen(0);
      expect(await (await fetch(`${url}/films/list`)).text()).toBe(answer);
      expect(await (await fetch(`${url}/films/list`, { method: 'POST' })).text()).toBe('posted');
      await app.stop();
      expect(told).toEqual([
        [
          'GET /films/list',
          loser,
          { level: 'warn', text: expect.stringMatching(/is never asked: \w+\.buildRoutes answers before it$/) },
        ],
      ]);
    },
  );

  test('go after those of decorators, which is warned of where it is the same path', async () => {
    class Root {}
    Module({ providers: [FirstController, DecoratedController, Slow] })(Root);
    const app = createApplication(Root, { logger: false, env: {} });
    const told: unknown[] = [];
    app.events.on('http-shadowed', ({ route, by }) => told.push([route, by]));
    const { url } = await app.listen(0);
    expect(await (await fetch(`${url}/films/7`)).json()).toEqual({ by: 'decorator' });
    await app.stop();
    expect(told).toEqual([['GET /films/:id', 'DecoratedController.show']]);
  });
});

describe('what a message says', () => {
  class Actor {
    @IsString() name!: string;
  }
  class Film {
    @IsString({ groups: ['create'] }) title!: string;
    @ValidateNested({ groups: ['create'] }) @Type(() => Actor) actor!: Actor;
  }
  interface Lost {
    readonly a: string;
  }

  @Controller('/films')
  class FilmController {
    @Get() list(@Query('page') page = 1) {
      return page;
    }
    @Post() add(@Body(Film, { groups: ['create'] }) film: Film) {
      return film;
    }
    @Post('/a') a(@Body() it: Lost) {
      return it;
    }
    @Post('/b') b(@Body() it: Lost) {
      return it;
    }
  }

  // Teeth: without its own message a default reads as a lost interface, and a nested class as if it were alone (tried).
  test('is what helps: the default without a type, the way to a nested class, and a long cure once', async () => {
    const message = await faultsOf([FilmController]);
    expect(message).toContain(
      "FilmController.list, parameter 1 (@Query): a default without an annotation has no type at run time. Write @Query('page', Number), or the type that it has.",
    );
    expect(message).toContain(
      "Film.actor -> Actor has no class-validator rule in the groups create, so nothing of it would be checked. Give its rules the group, as @IsString({ groups: ['create'] })",
    );
    expect(message.split('Give it a class with class-validator rules').length - 1).toBe(1);
    expect(message).toMatch(
      /FilmController\.b, parameter 1 \(@Body\): its type is lost at run time: .*Object\. \(As above\.\)/,
    );
  });
});

describe('a root that is no module', () => {
  // Teeth: the doors read it before the fault was told, which was a TypeError (tried).
  test.each([
    [undefined, 'its module is undefined, probably because of a ring of files that import each other'],
    [null, 'null is not a module'],
    [{ module: undefined }, 'its module has the module undefined, probably because of a ring'],
    [Promise.resolve(), 'a promise is not a module'],
  ])('is a boot error: %p', async (root, said) => {
    const error = await rejection(createApplication(root as never, { logger: false, env: {} }).start());
    expect(error).toMatchObject({ code: 'SPECTER_INVALID_PROVIDER' });
    expect(error.message).toContain(`bootstrap(): ${said}`);
  });
});
