// Films converted in virtual time, through the typed client and without it.
import { type ActionsOf, type Client, createClient } from 'specter-runtime/client';
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, type FilmController } from './films.js';

type Actions = ActionsOf<{ film: typeof FilmController }>;

let app: TestApplication;
let client: Client<Actions>;
beforeEach(async () => {
  app = await testApplication(AppModule, { logger: false }).start();
  client = createClient<Actions>(app.url, { socket: await app.socket() });
  await client.call('film.add', { title: 'Metropolis' });
});
afterEach(() => app.stop());

test('a call waits for the work, and hears how far it is', async () => {
  const heard: number[] = [];
  const job = (await client.defer('film.convert', { id: 1 })).unwrap();
  job.onProgress(({ percent }) => heard.push(percent));
  await app.clock.advance(2000);
  expect(await job.done()).toMatchObject({ ok: true, value: { file: '1.mp4' } });
  expect(heard).toEqual([25, 50, 75, 100]);
});

test('a film that does not exist is an outcome, as a payload that is wrong is', async () => {
  expect(await client.call('film.convert', { id: 7 })).toMatchObject({ ok: false, status: 404 });
  expect(await client.call('film.convert', { id: 0 })).toMatchObject({ ok: false, status: 422 });
});

test('without the client: 202 with an id, then questions', async () => {
  const { body } = await app.http.post('/actions/film.convert').send({ id: 1 }).expect(202);
  const look = async () => (await app.http.get(`/actions/jobs/${body.value.jobId}`)).body.value;
  await app.clock.advance(1000);
  expect(await look()).toMatchObject({ state: 'active', progress: { percent: 50 } });
  await app.clock.advance(1000);
  expect(await look()).toMatchObject({
    state: 'completed',
    outcome: { ok: true, status: 200, value: { file: '1.mp4' } },
  });
});

test('a job that nobody wants any more is called off', async () => {
  const job = (await client.defer('film.convert', { id: 1 })).unwrap();
  expect(await job.cancel()).toMatchObject({ ok: false, error: { code: 'SPECTER_JOB_CANCELLED' } });
});
