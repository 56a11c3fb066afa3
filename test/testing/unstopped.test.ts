// A test that fails before its app.stop(): its runner ends all the same, and says what was forgotten.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runJest } from './run-jest.js';

jest.setTimeout(120_000);

const APP = `
import { Controller, Get, Handler, Module, On } from 'specter-runtime';
import { testApplication } from 'specter-runtime/testing';
@Controller('/x') class X { @Get('/') read() { return 1; } }
@Handler() class H { @On('ask') ask() { return 2; } }
@Module({ providers: [X, H] }) class App {}
`;
const told = (output: string) => output.match(/The application.* was never stopped\. .*/g) ?? [];

test('a failing test with an open port, a client and a connection does not keep its runner, and is told once by file and line', async () => {
  const { output, code } = await runJest({
    'a.test.ts': `${APP}
test('forgets', async () => {
  const app = await testApplication(App).start();
  await app.http.get('/x').expect(200);
  await fetch(app.url + '/x');
  const socket = await app.socket();
  expect(await socket.emitWithAck('ask')).toBe(3);
  await app.stop();
});
test('does not forget', async () => {
  const app = await testApplication(App).start();
  await app.stop();
});`,
    'b.test.ts': `${APP}
let app;
afterEach(() => app?.stop());
test('fails, and is stopped', async () => {
  app = await testApplication(App).start();
  expect(1).toBe(2);
});`,
  });
  expect(output).toContain('Tests:       2 failed, 1 passed');
  expect(code).toBe(1);
  expect(told(output)).toEqual([
    'The application started at a.test.ts:9 was never stopped. Add afterEach(() => app?.stop()).',
  ]);
});

test('nothing is told of applications that were stopped, stopped by themselves, failed to start, or live side by side', async () => {
  const { output, code } = await runJest({
    'a.test.ts': `${APP}
import { Lifecycle, Service } from 'specter-runtime';
@Service() class Bad extends Lifecycle { onStart() { throw new Error('no'); } }
@Module({ providers: [Bad] }) class BadApp {}
@Service({ restart: { on: 'failure', maxRestarts: 0 } }) class Weak extends Lifecycle {}
@Module({ providers: [Weak] }) class WeakApp {}
test('all', async () => {
  const one = await testApplication(App).start();
  const two = await testApplication(App).start();
  await expect(testApplication(BadApp, { logger: false }).start()).rejects.toThrow('no');
  await Promise.all([one.stop(), two.stop()]);
  const weak = await testApplication(WeakApp, { logger: false }).start();
  await weak.crash(Weak, new Error('weak'));
  await expect(weak.closed).rejects.toThrow('weak');
});`,
  });
  if (code !== 0) throw new Error(output);
  expect(told(output)).toEqual([]);
});

test('where nothing else keeps the process alive, a client does until its answer has come, and no longer', async () => {
  const args = ['--import', 'tsx', join(__dirname, 'forgets.ts')];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  expect(stdout).toBe('answered 42\n');
  expect(told(stderr)).toEqual([expect.stringContaining('forgets.ts:17 was never stopped')]);
});

test('await using: a failing test and a leak are both told', async () => {
  const { output } = await runJest({
    'a.test.ts': `${APP}
import { Service } from 'specter-runtime';
@Service() class Careless { onStart() { setInterval(() => {}, 10_000).unref(); } }
@Module({ providers: [Careless] }) class CarelessApp {}
test('both', async () => {
  await using app = await testApplication(CarelessApp).start();
  expect(app.ready).toBe('the first failure');
});`,
  });
  expect(output).not.toContain('_SuppressedError');
  expect(output).toContain('the first failure');
  expect(output).toMatch(/timer made behind the framework, made at .*a\.test\.ts/);
});
