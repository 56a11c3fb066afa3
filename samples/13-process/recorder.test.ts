// The recorder with its real camera; only the wait before a restart is virtual.
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { AppModule, Recorder } from './recorder.js';

let app: TestApplication;
let recorder: Recorder;
beforeEach(async () => {
  app = await testApplication(AppModule, { logger: false }).start();
  recorder = app.get(Recorder);
});
afterEach(() => app.stop());

/** Resolves at the next frame. */
const frame = () =>
  new Promise<void>((resolve) => {
    const release = recorder.subscribe(() => {
      release();
      resolve();
    });
  });

test('the camera runs as long as the service does, and belongs to it', async () => {
  await frame();
  const { body } = await app.http.get('/recorder').expect(200);
  expect(body).toEqual({ frame: expect.any(Number), pid: recorder.camera.pid });
  expect(JSON.stringify(app.tree())).toContain(`process \\"camera\\", pid ${recorder.camera.pid}`);
  await app.stop();
  expect(recorder.camera.running).toBe(false);
});

test('a camera that breaks down comes back after the backoff', async () => {
  const first = recorder.camera.pid as number;
  const restarting = new Promise<void>((resolve) => app.events.on('process-restarting', () => resolve()));
  process.kill(first, 'SIGKILL');
  await restarting;
  expect((await app.health()).services.Recorder).toMatchObject({ status: 'degraded' });

  const started = new Promise<void>((resolve) => app.events.on('process-started', () => resolve()));
  await app.clock.advance(1000);
  await started;
  expect(recorder.camera.pid).not.toBe(first);
  await frame();
  expect((await app.health()).status).toBe('up');
});
