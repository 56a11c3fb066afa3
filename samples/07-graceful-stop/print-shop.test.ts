// The stop: what is under way comes to its end, and what hangs is named.
import { testApplication } from 'specter-runtime/testing';
import { AppModule, Printer } from './print-shop.js';

beforeEach(() => void jest.spyOn(console, 'log').mockImplementation());
afterEach(() => jest.restoreAllMocks());

test('a request in flight is answered before the printer stops', async () => {
  const app = await testApplication(AppModule).start();
  const answer = app.http.post('/printer/page').then(({ body }) => body);
  await app.clock.settle(); // the request has come in
  const stopping = app.stop();
  await app.clock.settle();
  expect(app.ready).toBe(false);
  expect(app.get(Printer).running).toBe(true); // somebody waits for a page

  await app.clock.advance(5000);
  expect(await answer).toEqual({ page: 1 });
  await stopping;
});

test('an onStop that hangs costs its own deadline, and is named', async () => {
  const app = await testApplication(AppModule, { logger: false }).start();
  await app.http.post('/printer/jam').expect(204);
  const failures: string[] = [];
  app.events.on('release-failed', ({ service, error }) => failures.push(`${service}: ${error.message}`));
  await app.stop().catch((error: unknown) => error);
  expect(failures).toEqual([expect.stringMatching(/^Printer: .*onStop.*1000 ms/)]);
});
