import { Controller, Get } from '../../src/http/controller.js';
import { deferred, Raw, serve } from './harness.js';

async function ask(app: { fetch(path: string, init?: RequestInit): Promise<Response> }, path: string) {
  const answer = await app.fetch(path);
  return [answer.status, await answer.json()];
}

test('live and ready say one word each, and nothing about the services', async () => {
  const app = await serve([]);
  app.health = { status: 'degraded', services: { Secret: { status: 'degraded', password: 'x' } } };
  expect(await ask(app, '/health/live')).toEqual([200, { status: 'up' }]);
  expect(await ask(app, '/health/ready')).toEqual([200, { status: 'degraded' }]);
  const answer = await app.fetch('/health/ready', { method: 'HEAD' });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
});

test('ready is 503 while starting, and while something is down', async () => {
  const app = await serve([]);
  app.ready = false;
  expect(await ask(app, '/health/ready')).toEqual([503, { status: 'unready' }]);
  expect(await ask(app, '/health/live')).toEqual([200, { status: 'up' }]);
  app.ready = true;
  app.health = { status: 'down' };
  expect(await ask(app, '/health/ready')).toEqual([503, { status: 'down' }]);
  app.health = undefined;
  expect(await ask(app, '/health/ready')).toEqual([503, { status: 'down' }]);
});

test('ready is 503 while draining', async () => {
  const gate = deferred<string>();
  const entered = deferred();
  @Controller()
  class Slow {
    @Get('/slow') slow() {
      entered.resolve();
      return gate.promise;
    }
  }
  const app = await serve([new Slow()]);
  // The second request waits on the same connection until the first has been answered.
  const raw = await new Raw(app.port).send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await entered.promise;
  const drained = app.http.drain();
  await raw.send('GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n');
  while (app.http.inFlight < 2) await new Promise((resolve) => setImmediate(resolve));
  gate.resolve('done');
  await drained;
  await raw.closed;
  expect(raw.received).toMatch(/done.*HTTP\/1\.1 503 .*\{"status":"unready"\}$/s);
});

test('the path can be another, and health can be switched off', async () => {
  const other = await serve([], { http: { health: '/_status/' } });
  expect(await ask(other, '/_status/live')).toEqual([200, { status: 'up' }]);
  expect((await other.fetch('/health/live')).status).toBe(404);
  const off = await serve([], { http: { health: false } });
  expect((await off.fetch('/health/live')).status).toBe(404);
});

test('health is answered before any middleware', async () => {
  const app = await serve([], {
    prepare: (http) =>
      http.koa.use(() => {
        throw new Error('broken');
      }),
  });
  expect(await ask(app, '/health/live')).toEqual([200, { status: 'up' }]);
  expect((await app.fetch('/healthy')).status).toBe(500);
});
