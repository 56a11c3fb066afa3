// What comes back, what it costs, and when it is too much.
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, Radio, Tuner } from './radio.js';

let app: TestApplication;
beforeEach(async () => {
  app = await testApplication(AppModule, { logger: false }).start();
});
afterEach(() => app.stop());

const pull = () => app.http.post('/cable/pull').expect(204);

test('whoever depends on it goes down with it, and is answered for meanwhile; the others stay', async () => {
  await pull();
  expect([app.get(Tuner).running, app.get(Radio).running]).toEqual([false, false]);
  const { body } = await app.http.get('/radio').expect(503).expect('Retry-After', /\d/);
  expect(body).toMatchObject({ code: 'SPECTER_UNAVAILABLE' });
  expect((await app.health()).status).toBe('degraded'); // still ready: it is on its way back
});

test('after the backoff it starts again, and then the others do', async () => {
  await app.clock.advance(5000);
  await pull();
  await app.clock.advance(1000);
  await app.http.get('/radio').expect(200, { played: 0, starts: 2 });
});

test('each failure in a row is waited for twice as long; one too many ends the application', async () => {
  const delays: number[] = [];
  app.events.on('restarting', ({ delay }) => delays.push(delay));
  const closed = app.closed.catch((error: unknown) => error);
  for (const backoff of [1000, 2000, 4000]) {
    await pull();
    await app.clock.advance(backoff);
  }
  expect(delays).toEqual([1000, 2000, 4000]);
  await app.crash(Tuner, new Error('the tuner was unplugged'));
  expect(await closed).toMatchObject({ code: 'SPECTER_ESCALATED' });
});
