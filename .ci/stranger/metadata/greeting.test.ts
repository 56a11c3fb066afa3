import { testApplication } from 'specter-runtime/testing';
import { AppModule, Disk, Greeter } from './app.js';

test('greets over HTTP and over a socket, with a fake disk', async () => {
  const app = await testApplication(AppModule)
    .override(Disk)
    .useValue({ free: () => 7 })
    .start();
  const answer = await app.http.get('/greetings/Ada').expect(200);
  expect(answer.body).toEqual({ text: 'Hello Ada, 7 free' });
  await app.http.post('/greetings').send({ name: 'Ada', times: 'many' }).expect(422);
  const socket = await app.socket();
  expect(await socket.emitWithAck('greet', { name: 'Ada', times: 1 })).toEqual({ text: 'Hello Ada, 7 free' });
  expect(app.get(Greeter).state.greeted).toBe(2);
  await app.stop();
});
