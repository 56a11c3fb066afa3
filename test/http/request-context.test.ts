import { Module } from '../../src/app/module.js';
import { Service } from '../../src/app/service.js';
import { Controller, Get } from '../../src/http/controller.js';
import { Unauthorized } from '../../src/http/errors.js';
import { Guard, type GuardFunction } from '../../src/http/guard.js';
import { Use } from '../../src/http/middleware.js';
import { Param, Signal } from '../../src/http/parameters.js';
import { RequestContext } from '../../src/http/request-context.js';
import { HttpServer } from '../../src/http/server.js';
import { token } from '../../src/kernel/token.js';
import { testApplication } from '../../src/testing/index.js';
import { deferred, Raw } from './harness.js';

const TENANT = token<string>('tenant');

class User {
  constructor(readonly name: string) {}
}

@Service()
class Films {
  constructor(readonly request: RequestContext) {}
  async list() {
    await Promise.resolve();
    return { tenant: this.request.get(TENANT) ?? null, id: this.request.requestId };
  }
}

@Service()
class Tenants {
  constructor(private readonly request: RequestContext) {}
  use(ctx: { get(name: string): string }, next: () => Promise<void>) {
    this.request.set(TENANT, ctx.get('x-tenant'));
    return next();
  }
}

const gate = deferred();
const held = deferred();
const filled = deferred();

@Controller('/films')
@Use(Tenants)
class FilmController {
  constructor(private readonly films: Films) {}
  @Get() list() {
    return this.films.list();
  }
  @Get('/fails') fails() {
    throw new Unauthorized(this.films.request.requestId);
  }
  @Get('/slow/:n') async slow(@Param('n', Number) n: number) {
    this.films.request.set(User, new User(`user ${n}`));
    if (n === 9) gate.resolve();
    await gate.promise;
    return { n, ...(await this.films.list()), user: this.films.request.get(User)?.name };
  }
  @Get('/session') async session() {
    return (await this.films.request.session())?.id ?? null;
  }
  @Get('/signal') signal(@Signal() signal: AbortSignal) {
    return this.films.request.signal === signal;
  }
  @Get('/held') async held() {
    await held.promise;
  }
  @Get('/events') async *events() {
    for (let n = 0; n < 4; n++) {
      if (n === 1) filled.resolve();
      yield { n, tenant: this.films.request.get(TENANT), filling: '-'.repeat(20_000) };
    }
  }
}

@Module({ providers: [Films, Tenants, FilmController] })
class AppModule {}

test('a service finds the request that it works for, and what a middleware put beside it', async () => {
  const app = await testApplication(AppModule).start();
  const one = await app.http.get('/films').set('x-tenant', 'one').expect(200);
  const two = await app.http.get('/films').set('x-tenant', 'two').expect(200);
  expect([one.body.tenant, two.body.tenant]).toEqual(['one', 'two']);
  expect(one.body.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(one.body.id).not.toBe(two.body.id);
  await app.stop();
});

test('the name of the request is that of its problem', async () => {
  const app = await testApplication(AppModule).start();
  const { body } = await app.http.get('/films/fails').expect(401);
  expect(body.detail).toBe(body.requestId);
  await app.stop();
});

test('requests that are under way together do not see each other', async () => {
  const app = await testApplication(AppModule).start();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => fetch(`${app.url}/films/slow/${n}`, { headers: { 'x-tenant': `t${n}` } })),
  );
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { id: string }[];
  expect(bodies).toEqual(bodies.map((_, n) => ({ n, tenant: `t${n}`, id: expect.any(String), user: `user ${n}` })));
  expect(new Set(bodies.map(({ id }) => id)).size).toBe(10);
  await app.stop();
});

test('the session is asked for once, and the signal is that of the request', async () => {
  let asked = 0;
  const known: GuardFunction = (call) => call.session?.id === 'ada';
  @Module({ imports: [AppModule] })
  @Guard(known)
  class Root {}
  const session = () => {
    asked++;
    return { id: 'ada', data: undefined };
  };
  const app = await testApplication(Root, { http: { session } }).start();
  expect((await app.http.get('/films/session').expect(200)).text).toBe('ada');
  expect(asked).toBe(1);
  await app.http.get('/films/signal').expect(200, 'true');
  await app.stop();
});

test('an event stream stays in its request, also when another one wakes it', async () => {
  const app = await testApplication(AppModule).start();
  const ask = (path: string, tenant: string, more = '') =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-Tenant: ${tenant}\r\n${more}\r\n`;
  // The second answer waits for the first: its stream is full, and goes on when the first has been sent.
  const raw = new Raw(Number(new URL(app.url).port));
  await raw.send(ask('/films/held', 'first') + ask('/films/events', 'second', 'Connection: close\r\n'));
  await filled.promise;
  held.resolve();
  await raw.closed;
  expect(raw.received.match(/"tenant":"\w+"/g)).toEqual(Array(4).fill('"tenant":"second"'));
  await app.stop();
});

test('outside of a request there is nothing, and what needs one says so', async () => {
  const app = await testApplication(AppModule).start();
  const request = app.get(RequestContext);
  expect([request.active, request.get(TENANT)]).toEqual([false, undefined]);
  for (const ask of [
    () => request.requestId,
    () => request.signal,
    () => request.session(),
    () => request.set(TENANT, 'a'),
  ])
    expect(ask).toThrow(expect.objectContaining({ code: 'SPECTER_NO_REQUEST' }));
  await app.stop();
});

test('an application in which nobody injects it never enters one', async () => {
  @Controller()
  class Plain {
    @Get() home() {
      return 'home';
    }
  }
  @Module({ providers: [Plain] })
  class PlainModule {}
  const carried = jest.spyOn(HttpServer.prototype, 'carry');
  const entered = jest.spyOn(RequestContext.prototype, 'run');
  const app = await testApplication(PlainModule).start();
  await app.http.get('/').expect(200);
  expect([carried.mock.calls.length, entered.mock.calls.length]).toEqual([0, 0]);
  await app.stop();
  jest.restoreAllMocks();
});
