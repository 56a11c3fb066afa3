// What hangs at the stop is told by its name under the preset, before jest loses its patience.
import { runJest } from './run-jest.js';

jest.setTimeout(120_000);

// Teeth: with jest's own five seconds there was "Exceeded timeout of 5000 ms for a hook", and nothing of who hung (tried).
test('a service whose onStop never ends fails its test by name', async () => {
  const { output, code } = await runJest({
    'a.test.ts': `
import { Module, Service } from 'specter-runtime';
import { testApplication } from 'specter-runtime/testing';
@Service() class Recorder { onStop() { return new Promise(() => {}); } }
@Module({ providers: [Recorder] }) class App {}
let app;
afterEach(() => app?.stop());
test('hangs', async () => {
  app = await testApplication(App, { logger: false }).start();
});`,
  });
  expect(output).toContain('Recorder.onStop() did not finish within 5000 ms');
  expect(output).not.toContain('Exceeded timeout');
  expect(code).toBe(1);
});
