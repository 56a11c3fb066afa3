// The client as a page gets it: bundled, small, and at home without anything of Node.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { brotliCompressSync } from 'node:zlib';
import { Action, Controller, Module } from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';

const BUDGET = 4_096;

/** By its command: inside jest, esbuild does not know the bytes of its own realm. */
function bundle(format: string): string {
  const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild');
  const entry = ['src/client/index.ts', '--bundle', '--minify', '--platform=browser', '--target=es2022'];
  const { stdout, stderr, status } = spawnSync(esbuild, [...entry, ...format.split(' ')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

let app: TestApplication | undefined;
afterEach(() => app?.stop());

test(`it is at most ${BUDGET} bytes, minified and compressed, with everything but socket.io-client`, () => {
  const code = bundle('--format=esm');
  expect(code).toContain('SPECTER_UNREACHABLE');
  expect(brotliCompressSync(code).length).toBeLessThanOrEqual(BUDGET);
});

// Teeth: an import of node:crypto for the ids of calls fails this test (tried).
test('it runs with what a page over plain HTTP has, and calls an action', async () => {
  @Controller()
  class TodoController {
    @Action() list() {
      return ['milk'];
    }
  }
  @Module({ providers: [TodoController] })
  class App {}
  app = await testApplication(App).start();
  const page = { fetch, AbortController, setTimeout, clearTimeout, performance, Date, Math, URL };
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  const world = createContext({ ...page, crypto: { getRandomValues }, Uint8Array });
  runInContext(`${bundle('--format=iife --global-name=specter')}`, world);
  const outcome = await runInContext(`specter.createClient(${JSON.stringify(app.url)}).call('todo.list')`, world);
  expect(JSON.parse(JSON.stringify(outcome))).toEqual({ ok: true, status: 200, value: ['milk'] });
});

const THROWING = `
  process.on('unhandledRejection', ({ message }) => console.log('uncaught: ' + message));
  const told = { jobId: 'j', progress: { percent: 50 }, outcome: { ok: true, status: 200, value: 7 } };
  const answers = [{ ok: true, status: 202, value: { jobId: 'j' } }, { ok: true, status: 200, value: told }];
  const fetch = async () => ({ status: 200, text: async () => JSON.stringify(answers.shift()) });
  specter.createClient('', { fetch }).defer('film.convert', 1).then(async (outcome) => {
    const job = outcome.unwrap();
    job.onProgress(() => { throw new Error('the bar is broken'); });
    job.onProgress(({ percent }) => console.log('heard: ' + percent));
    console.log('done: ' + (await job.done()).value);
  });
`;

// Teeth: called where the news comes in, a listener that throws ends the wait and keeps the others from hearing (tried).
test('a listener that throws is an uncaught error of its own: the others hear, and the wait goes on', () => {
  const program = `${bundle('--format=iife --global-name=specter')}${THROWING}`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect(stdout.trim().split('\n').sort()).toEqual(['done: 7', 'heard: 50', 'uncaught: the bar is broken']);
});
