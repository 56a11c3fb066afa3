// Compiled, never run, with and without supertest and socket.io-client: a test reads the same.
import { testApplication } from 'specter-runtime/testing';

export async function greets(AppModule: new () => object): Promise<void> {
  const app = await testApplication(AppModule).start();
  const answer = await app.http.get('/greetings/Ada').set('accept', 'application/json').expect(200);
  const text: string = answer.body.text;
  await app.http.post('/greetings').send({ name: text }).expect(201, { text }).expect('content-type', /json/);
  const socket = await app.socket('/', { auth: { token: 'secret' } });
  socket.on('greeted', (name: string) => void name);
  await socket.emitWithAck('greet', { name: text });
  socket.disconnect();
  await app.stop();
}
