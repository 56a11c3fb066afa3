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
  const page = { fetch, AbortController, setTimeout, clearTimeout, performance, Date, Math };
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  const world = createContext({ ...page, crypto: { getRandomValues }, Uint8Array });
  runInContext(`${bundle('--format=iife --global-name=specter')}`, world);
  const outcome = await runInContext(`specter.createClient(${JSON.stringify(app.url)}).call('todo.list')`, world);
  expect(JSON.parse(JSON.stringify(outcome))).toEqual({ ok: true, status: 200, value: ['milk'] });
});
