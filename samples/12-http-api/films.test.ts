// The API over real HTTP: rejections, versions, the name of a request, and a stream that ends with the application.
import { testApplication } from 'specter-runtime/testing';
import { AppModule } from './film-controller.js';

const ALIEN = { title: 'Alien', year: 1979 };
const start = () => testApplication(AppModule, { http: { prefix: '/api' } }).start();

test('what does not fit is told at once, all of it', async () => {
  const app = await start();
  const { body } = await app.http.post('/api/v1/films').send({ title: '', year: '1979', stars: 5 }).expect(422);
  const paths = body.errors.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(expect.arrayContaining(['title', 'year', 'stars']));
  await app.stop();
});

test('two versions of one list', async () => {
  const app = await start();
  const { body } = await app.http.post('/api/v2/films').send(ALIEN).expect(201);
  expect(body.addedBy).toMatch(/^[0-9a-f-]{36}$/);
  await app.http.get('/api/v1/films').expect(200, ['Alien']);
  await app.http.get('/api/v2/films').expect(200, [body]);
  await app.http.get('/api/v2/films?since=1980').expect(200, []);
  await app.http.get('/api/v2/films?since=soon').expect(422);
  await app.http.get('/api/films').expect(404);
  await app.stop();
});

test('who asks for too much is told when to come back', async () => {
  const app = await start();
  for (let n = 0; n < 3; n++) await app.http.post('/api/v1/films').send(ALIEN).expect(201);
  await app.http.post('/api/v1/films').send(ALIEN).expect(429).expect('Retry-After', '60');
  await app.stop();
});

test('news come as they happen, and end whole when the application stops', async () => {
  const app = await start();
  const response = await fetch(`${app.url}/api/v1/films/news`);
  await app.http.post('/api/v1/films').send(ALIEN).expect(201);
  await app.clock.advance(500);
  await app.stop();
  expect(await response.text()).toContain('event: film\ndata: Alien\n\n');
});
