// commandLines() with real commands: they print, fail, hang, and end with whoever follows them.
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLines, createWatcher } from '../../src/index.js';
import { leakCheck } from '../../src/testing/index.js';
import { rejection } from '../kernel/heard.js';

// A process without an application reports on the console.
beforeAll(() => void jest.spyOn(console, 'error').mockImplementation());
afterAll(() => jest.restoreAllMocks());

const node = (code: string) => [process.execPath, ['-e', code]] as const;

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const told: string[] = [];
  for await (const line of lines) told.push(line);
  return told;
}

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('gives the lines of a command that ends well, all of them, and ends', async () => {
  const source = commandLines(...node("for (let i = 0; i < 5000; i++) console.log('line ' + i)"));
  const lines = await all(source(new AbortController().signal));
  expect([lines.length, lines[0], lines[4999]]).toEqual([5_000, 'line 0', 'line 4999']);
  expect(await all(source(new AbortController().signal))).toHaveLength(5_000);
});

test('can give the other output', async () => {
  const source = commandLines(...node("console.error('oh'); console.log('no')"), { output: 'stderr' });
  expect(await all(source(new AbortController().signal))).toEqual(['oh']);
});

test('any other end is an error, with its last words; so is a command that is not there', async () => {
  const { signal } = new AbortController();
  const bad = commandLines(...node("console.error('no such device'); process.exit(3)"), { name: 'scan' });
  const error = await rejection(all(bad(signal)));
  expect(error).toMatchObject({ code: 'SPECTER_PROCESS_EXIT', exitCode: 3 });
  expect(error.message).toContain('its last words: no such device');
  expect(await rejection(all(commandLines('/no/such/program')(signal)))).toMatchObject({ code: 'SPECTER_SPAWN' });
  expect(() => commandLines('')).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  expect(() => commandLines('ls', [], { outptu: 'stdout' } as never)).toThrow(/Did you mean output\?/);
});

test('ends with its signal, silent and stubborn as it is, with what it has started; nothing is left', async () => {
  const source = commandLines(
    ...node(
      "process.on('SIGTERM', () => {}); const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {stdio: 'ignore'}); console.log(process.pid); console.log(c.pid); setInterval(() => {}, 1e6)",
    ),
    { terminateTimeout: 100 },
  );
  const check = await leakCheck();
  const stop = new AbortController();
  const pids: number[] = [];
  const work = (async () => {
    for await (const line of source(stop.signal)) if (pids.push(Number(line)) === 2) setImmediate(() => stop.abort());
  })();
  await work;
  expect(pids).toHaveLength(2);
  while (pids.some(alive)) await sleep(5);
  await check.end();
});

test('under a watcher it is started again with patience, and stopped with it', async () => {
  const watcher = createWatcher('pids', {
    stream: commandLines(...node('console.log(process.pid)'), { name: 'pids' }),
    backoff: { min: 20, max: 20 },
  });
  const pids = new Set<string>();
  watcher.subscribe((pid) => pids.add(pid));
  await watcher.start();
  while (pids.size < 3) await sleep(10);
  await watcher[Symbol.asyncDispose]();
  const { size } = pids;
  await sleep(150);
  expect(pids.size).toBe(size);
});
