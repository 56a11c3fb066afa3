// The order of the home server, without waiting for it.
import { testApplication } from 'specter-runtime/testing';
import { AppModule } from './home.js';

/** Time is turned while it starts: it would wait for ever otherwise. */
async function startWithin(ms: number) {
  const builder = testApplication(AppModule);
  const starting = builder.start();
  await builder.clock.advance(ms);
  return starting;
}

test('what does not need each other starts side by side: the longest way counts, not the sum', async () => {
  const app = await startWithin(800); // the disk's 300 and the library's 500, while the tuner takes its 700
  expect(app.ready).toBe(true);
  await app.stop();
});

test('nothing starts before what it needs, and nothing stops before what needs it', async () => {
  const app = await startWithin(800);
  const stopped: string[] = [];
  app.events.on('stopped', ({ service }) => stopped.push(service));
  await app.stop();
  for (const [service, need] of app.graph().edges) {
    expect(stopped.indexOf(service)).toBeLessThan(stopped.indexOf(need));
  }
  expect(stopped[0]).toBe('Guide');
});

test('the graph has an edge for everything that is asked for, and for dependsOn', async () => {
  const app = await startWithin(800);
  expect(app.graph().edges).toEqual(
    expect.arrayContaining([
      ['Library', 'Disk'],
      ['Recordings', 'Tuner'],
      ['Guide', 'Recordings'],
    ]),
  );
  await app.stop();
});
