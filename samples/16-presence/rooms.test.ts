// People with several tabs, in virtual time.
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, session } from './rooms.js';

let app: TestApplication;
beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation();
  app = await testApplication(AppModule, { logger: false, sockets: { session } }).start();
});
afterEach(async () => {
  await app.stop();
  jest.restoreAllMocks();
});

async function tab(name: string, room: string) {
  const socket = await app.socket('/', { auth: { name } });
  return { socket, joined: await socket.emitWithAck('topic:join', `room:${room}`) };
}

const gone = async (left: number) => {
  while (app.io.engine.clientsCount > left) await new Promise((resolve) => setImmediate(resolve));
};

test('a person is in a room once, however many tabs, and leaves with the last of them', async () => {
  const tabs = [await tab('ada', 'hall'), await tab('ada', 'hall')];
  await tab('bob', 'hall');
  await app.http.get('/rooms/hall').expect(200, ['ada', 'bob']);

  for (const { socket } of tabs) socket.disconnect();
  await gone(1);
  await app.clock.advance(4_000);
  await app.http.get('/rooms/hall').expect(200, ['ada', 'bob']);
  await app.clock.advance(1_000);
  await app.http.get('/rooms/hall').expect(200, ['bob']);
  expect(console.log).toHaveBeenCalledTimes(3); // two came, one left
});

test('what is said reaches the others in the room', async () => {
  const [ada, bob] = [await tab('ada', 'hall'), await tab('bob', 'hall')];
  const said = new Promise((resolve) => bob.socket.once('room:said', resolve));
  expect(await ada.socket.emitWithAck('room:say', { room: 'hall', text: 'hello' })).toEqual({ heard: 1 });
  expect(await said).toEqual({ who: 'ada', text: 'hello' });
});

test('the attic is only for one, and nobody talks too fast', async () => {
  expect((await tab('ada', 'attic')).joined).toEqual({ ok: true });
  const { socket, joined } = await tab('bob', 'attic');
  expect(joined).toMatchObject({ error: { status: 403 } });
  const say = () => socket.emitWithAck('room:say', { room: 'hall', text: 'hello' });
  const answers = await Promise.all(Array.from({ length: 6 }, say));
  expect(answers.at(-1)).toMatchObject({ error: { code: 'SPECTER_RATE' }, retryIn: expect.any(Number) });
});
