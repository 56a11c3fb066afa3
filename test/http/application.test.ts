import {
  bootstrap,
  Controller,
  Get,
  Guard,
  HttpError,
  Inject,
  Lifecycle,
  Module,
  NotFound,
  Param,
  Service,
  token,
  Use,
} from 'specter-runtime';
import { testApplication } from 'specter-runtime/testing';
import { deferred } from './harness.js';

const GREETING = token<string>('greeting');

@Service()
class Door {
  asked = 0;
  check(call: { headers: Record<string, unknown> }) {
    this.asked++;
    return call.headers['x-key'] !== 'wrong';
  }
}

@Controller('/greetings')
class GreetingController extends Lifecycle {
  static entered = deferred();
  static gate = deferred<string>();
  constructor(@Inject(GREETING) private readonly greeting: string) {
    super();
  }
  @Get('/:name') greet(@Param('name') name: string) {
    if (name === 'nobody') throw new NotFound('Nobody is called so.');
    if (name === 'teapot') throw new HttpError(418, 'Short and stout.');
    return { text: `${this.greeting} ${name}` };
  }
  @Get('/slow/one') async slow() {
    GreetingController.entered.resolve();
    return GreetingController.gate.promise;
  }
}

@Module({ providers: [Door, GreetingController, { provide: GREETING, useValue: 'Hello' }] })
@Guard(Door)
@Use(async (ctx, next) => {
  await next();
  ctx.set('X-Root', 'yes');
})
class AppModule {}

test('a whole application answers, with the guards and the middleware of its root module', async () => {
  const app = await testApplication(AppModule).start();
  await app.http.get('/greetings/Ada').expect(200, { text: 'Hello Ada' }).expect('X-Root', 'yes');
  await app.http.get('/greetings/Ada').set('X-Key', 'wrong').expect(403);
  await app.http.get('/greetings/nobody').expect(404).expect('Content-Type', 'application/problem+json');
  await app.http.get('/elsewhere').expect(404);
  expect(app.get(Door).asked).toBe(3);
  await app.stop();
});

test('the guards of the application go before all others', async () => {
  const app = await testApplication(AppModule, { guards: [() => false] }).start();
  await app.http.get('/greetings/Ada').expect(403);
  expect(app.get(Door).asked).toBe(0);
  await app.stop();
});

test('a stop drains what is in flight and refuses the rest', async () => {
  const app = await bootstrap(AppModule, { logger: false, signals: false });
  const { url } = await app.listen(0);
  expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({ status: 'up' });
  const answer = fetch(`${url}/greetings/slow/one`);
  await GreetingController.entered.promise;
  const stopped = app.stop();
  await expect(fetch(`${url}/greetings/Ada`)).rejects.toThrow();
  GreetingController.gate.resolve('done');
  expect(await (await answer).text()).toBe('done');
  await stopped;
});

test('two routes of one path are a boot error', async () => {
  @Controller('/greetings')
  class Second {
    @Get('/:who') greet(@Param('who') _who: string) {}
  }
  @Module({ imports: [AppModule], providers: [Second] })
  class Both {}
  await expect(bootstrap(Both, { logger: false, signals: false })).rejects.toMatchObject({
    code: 'SPECTER_DUPLICATE_ROUTE',
  });
});
