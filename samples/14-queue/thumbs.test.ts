// Thumbnails in virtual time: a minute of work takes no time at all.
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, Thumbs } from './thumbs.js';

let app: TestApplication;
beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation();
  app = await testApplication(AppModule, { logger: false }).start();
});
afterEach(async () => {
  await app.stop();
  jest.restoreAllMocks();
});

const post = (file: string) => app.http.post('/thumbs').send({ file, width: 200 });
const look = async (id: string) => (await app.http.get(`/thumbs/${id}`)).body;

test('two are made at a time, and each says how far it is', async () => {
  const [cat, , fox] = [await post('cat'), await post('dog'), await post('fox')].map(({ body }) => body.id);
  await app.clock.advance(1000);
  expect(await look(cat)).toMatchObject({ state: 'active', percent: 66 });
  expect(await look(fox)).toMatchObject({ state: 'waiting', percent: 0 });
  await app.clock.advance(2000);
  expect(await look(fox)).toMatchObject({ state: 'completed', percent: 100 });
});

test('the same picture twice is one job while it is not finished', async () => {
  const [{ body: first }, { body: second }] = [await post('cat'), await post('cat')];
  expect(second.id).toBe(first.id);
  await app.clock.advance(1500); // a stop would wait for it
});

test('a broken picture is tried three times, then it is dead, and can be tried again by hand', async () => {
  const { body } = await post('broken');
  await app.clock.advance(1500);
  expect(await look(body.id)).toMatchObject({ state: 'failed', attempt: 1, error: 'it is no picture' });
  await app.clock.advance(60_000);
  expect(await look(body.id)).toMatchObject({ state: 'dead', attempt: 3 });
  expect(await app.get(Thumbs).retry(body.id)).toMatchObject({ id: body.id });
  await app.clock.advance(1500);
});

test('one that nobody wants any more is called off; what makes no sense is refused at the door', async () => {
  const { body } = await post('cat');
  await app.http.delete(`/thumbs/${body.id}`).expect(204);
  expect(await look(body.id)).toMatchObject({ state: 'cancelled' });
  await app.http.post('/thumbs').send({ file: 'cat', width: 0 }).expect(422);
});
