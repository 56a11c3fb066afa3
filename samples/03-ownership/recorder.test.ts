// What the recorder owns, and that nothing of it is left.
import { existsSync } from 'node:fs';
import { testApplication } from 'specter-runtime/testing';
import { AppModule, Recorder } from './recorder.js';

test('everything belongs to the recorder, in the order in which it was opened', async () => {
  const app = await testApplication(AppModule).start();
  const kinds = app.tree().children[0]?.children.map(({ kind }) => kind);
  expect(kinds).toEqual(['cleanup', 'resource', 'cleanup', 'child', 'task', 'timer']);
  await app.stop();
});

test('what was opened last is released first, and nothing is left', async () => {
  const app = await testApplication(AppModule).start();
  const { folder, meter } = app.get(Recorder);
  const failures: string[] = [];
  app.events.on('release-failed', ({ error }) => failures.push(error.message));

  await app.stop(); // rejects if the file or the timer were still open
  expect(failures).toEqual([]); // as writing to a closed file, or removing a folder that is in use
  expect(existsSync(folder)).toBe(false);
  expect(meter.running).toBe(false);
  expect(app.bus.hasListeners('level')).toBe(false);
});

test('a part hears what its owner says, because it has the bus and the clock of its owner', async () => {
  const app = await testApplication(AppModule).start();
  await app.clock.advance(1000);
  expect(app.get(Recorder).meter.state.loudest).toBeGreaterThan(0);
  await app.stop();
});

test('a run that begins again begins clean', async () => {
  const app = await testApplication(AppModule).start();
  const { folder } = app.get(Recorder);
  await app.restart(Recorder);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(app.get(Recorder).folder)).toBe(true);
  expect(app.tree().toText().match(/timer/g)).toHaveLength(1);
  await app.stop();
});
