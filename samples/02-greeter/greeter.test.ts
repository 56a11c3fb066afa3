// The greeter over real HTTP, on a free port.
import { testApplication } from 'specter-runtime/testing';
import { AppModule } from './greeter.js';

test('greets by name, and counts', async () => {
  const app = await testApplication(AppModule).start();
  await app.http.get('/greetings/Ada').expect(200, { text: 'Hello Ada' });
  await app.http.get('/greetings/Grace').expect(200, { text: 'Hello Grace' });
  await app.http.get('/greetings').expect(200, { greeted: 2 });
  await app.stop();
});

test('the greeter starts before the controller that asks for it, and stops after it', async () => {
  const app = await testApplication(AppModule).start();
  const stopped: string[] = [];
  app.events.on('stopped', ({ service }) => stopped.push(service));
  await app.stop();
  expect(app.timeline().start.entries.map(({ service }) => service)).toEqual(['Greeter', 'GreetingController']);
  expect(stopped).toEqual(['GreetingController', 'Greeter']);
});
