import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'koa';
import { Controller, Get } from '../../src/http/controller.js';
import { Ctx } from '../../src/http/parameters.js';
import { portOf } from '../../src/http/port.js';
import { Harness, type HarnessOptions } from './harness.js';

@Controller()
class Near {
  @Get('/who') who(@Ctx() { ip }: Context) {
    return { ip };
  }
}

let folder: string;
const open: Harness[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sockets-'));
});
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  rmSync(folder, { recursive: true });
});

async function near(http: HarnessOptions['http'] = {}): Promise<Harness> {
  const app = new Harness({ http });
  open.push(app);
  await app.attach(new Near());
  return app;
}

function ask(socketPath: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/who', headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(text);
    });
    asking.once('error', reject).end();
  });
}

test('a path opens a socket for its user and group, which is gone after the stop', async () => {
  const path = join(folder, 'app.sock');
  const app = await near();
  expect(await app.http.listen(path)).toEqual({ host: path, port: 0, path, url: `unix:${path}` });
  expect(statSync(path).mode & 0o777).toBe(0o660);
  expect(await ask(path)).toBe('{"ip":""}');
  expect(app.http.tree()).toMatchObject([{ label: `socket ${path}` }]);
  await app.http.drain();
  await app.http.close();
  expect(existsSync(path)).toBe(false);
});

test('who may connect is an option', async () => {
  const path = join(folder, 'app.sock');
  await (await near({ socketMode: 0o600 })).http.listen(`unix:${path}`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a proxy on this machine is believed when loopback or one proxy is', async () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.7' };
  for (const [trustProxy, ip] of [
    ['loopback', '203.0.113.7'],
    [1, '203.0.113.7'],
    [['10.0.0.0/8'], ''],
  ] as const) {
    const path = join(folder, `${open.length}.sock`);
    await (await near({ trustProxy })).http.listen(path);
    expect(JSON.parse(await ask(path, forwarded))).toEqual({ ip });
  }
});

test('what a killed process has left behind is taken over', async () => {
  const path = join(folder, 'app.sock');
  const listens = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', listens]);
  expect(statSync(path).isSocket()).toBe(true);
  await (await near()).http.listen(path);
  expect(await ask(path)).toBe('{"ip":""}');
});

test.each([
  ['a socket that somebody answers', /another program listens there/],
  ['a file that is none', /another program listens there/],
  ['a folder that does not exist', /folder does not exist/],
])('%s is left alone, and the error says so', async (what, message) => {
  const path = what.includes('folder') ? join(folder, 'none', 'app.sock') : join(folder, 'app.sock');
  if (what.includes('answers')) await (await near()).http.listen(path);
  if (what.includes('file')) writeFileSync(path, 'mine');
  await expect((await near()).http.listen(path)).rejects.toMatchObject({
    code: 'SPECTER_LISTEN',
    message: expect.stringMatching(message),
  });
  if (what.includes('answers')) expect(await ask(path)).toBe('{"ip":""}');
  if (what.includes('file')) expect(statSync(path).size).toBe(4);
});

test.each(['', 'unix:', 'app.sock', '3000', '/a\0b'])('%j is no place to listen', async (at) => {
  const { http } = await near();
  await expect(http.listen(at)).rejects.toMatchObject({ code: 'SPECTER_INVALID_ARGUMENT' });
});

test('the variable PORT may name a socket', () => {
  expect([portOf('/run/app.sock'), portOf('unix:app.sock'), portOf('80'), portOf('')]).toEqual([
    '/run/app.sock',
    'unix:app.sock',
    80,
    3000,
  ]);
  expect(() => portOf('app.sock')).toThrow(expect.objectContaining({ code: 'SPECTER_APPLICATION_STATE' }));
});
