import { Module, Service } from 'specter-runtime';
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

@Service()
class Careless {
  static timer: NodeJS.Timeout;
  onStart() {
    Careless.timer = setInterval(() => {}, 10_000);
  }
}

@Module({ providers: [Careless] })
class CarelessModule {}

test('a raw timer is a leak, by file and line, when the framework comes from a package', async () => {
  const app = await testApplication(CarelessModule).start();
  await expect(app.stop()).rejects.toThrow(/timer made behind the framework, made at .*\.test\.ts:\d+:\d+/);
  clearInterval(Careless.timer);
});
