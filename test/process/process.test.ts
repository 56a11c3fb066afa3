// T43. Starting and ending: what a child gets, how it ends, and what is said of one that cannot be started.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcess } from '../../src/process/managed-process.js';
import { startProcess } from '../../src/process/start-process.js';
import { leakCheck } from '../../src/testing/index.js';
import { command, endAll, LIVES, linesOf, NODE, Owner, script, until } from './stage.js';

const folder = mkdtempSync(join(tmpdir(), 'specter-process-'));
afterEach(endAll);
afterAll(() => rmSync(folder, { recursive: true }));
const spawned = (code: string) =>
  expect.objectContaining({ code: 'SPECTER_SPAWN', message: expect.stringMatching(code) });

test('it runs, says something, and ends', async () => {
  const { child, heard } = script("console.log('hello'); console.error('there'); setTimeout(() => {}, 50)");
  const said: string[] = [];
  child.followOutput((line, { stream }) => said.push(`${stream} ${line}`));
  await child.start();
  expect(child).toMatchObject({ running: true, exitCode: null, signalCode: null, pid: expect.any(Number) });
  expect(await child.wait()).toEqual({ code: 0, signal: null });
  expect(said.sort()).toEqual(['stderr there', 'stdout hello']);
  expect(child).toMatchObject({ running: false, exitCode: 0, signalCode: null });
  expect(child.health()).toEqual({ status: 'up', exitCode: 0, restarts: 0 });
  expect(heard.of('process-started')).toMatchObject([{ service: 'child', pid: child.pid, restarts: 0 }]);
  expect(heard.of('process-exited')).toMatchObject([{ exit: { code: 0, signal: null }, asked: false }]);
});

test('how it ended is told: by its code, or by the signal', async () => {
  const { child } = script('process.exit(7)');
  await child.start();
  expect(await child.wait()).toEqual({ code: 7, signal: null });
  expect(child.health()).toMatchObject({ status: 'down', error: expect.stringContaining('ended with code 7') });
  const killed = script("process.kill(process.pid, 'SIGKILL')").child;
  await killed.start();
  expect(await killed.wait()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(killed.signalCode).toBe('SIGKILL');
});

test('it can be started again after its end, and restarted', async () => {
  const { child } = script(LIVES);
  await child.start();
  const first = child.pid;
  expect((await child.start()).pid).toBe(first);
  await child.restart();
  expect(child.pid).not.toBe(first);
  await child.stop();
  expect(child.health()).toMatchObject({ status: 'down' });
  await child.start();
  expect(child.running).toBe(true);
});

test('its last words come even when it exits right after writing them', async () => {
  for (let i = 0; i < 10; i++) {
    const { child } = script("process.stdout.write('x'.repeat(60000) + '\\nlast'); process.exit(0)");
    const lines = linesOf(child);
    await child.start();
    await child.wait();
    expect(lines).toEqual(['x'.repeat(60_000), 'last']);
  }
});

describe('one that cannot be started', () => {
  const file = join(folder, 'not-executable');
  writeFileSync(file, 'echo hello');
  chmodSync(file, 0o600);

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['no such program', () => command('no-such-program', []).child.start(), /no program no-such-program in PATH/],
    ['no such file', () => command('/no/such', []).child.start(), /no program \/no\/such\. Install/],
    ['not executable', () => command(file, []).child.start(), /may not be executed \(EACCES\).*chmod/],
    ['no working directory', () => script('', { cwd: '/no/such' }).child.start(), /working directory \/no\/such/],
    ['NUL in an argument', () => command(NODE, ['-e', 'a\0secret']).child.start(), /argument 2 has a NUL/],
    ['NUL in the command', () => command('a\0b', []).child.start(), /the command has a NUL/],
    ['NUL in the environment', () => script('', { env: { A: 'a\0' } }).child.start(), /variable A has a NUL/],
    ['arguments that are too large', () => command('echo', ['x'.repeat(4_000_000)]).child.start(), /too large/],
  ])('%s: SPECTER_SPAWN with the reason, and no word of its arguments', async (_, start, reason) => {
    const error: Error = await start().then(() => new Error('it started'), (thrown) => thrown);
    expect(error).toMatchObject({ code: 'SPECTER_SPAWN', message: expect.stringMatching(reason) });
    expect(error.message).not.toContain('secret');
  }); // biome-ignore format: a table

  test('leaves nothing, can be tried again, and was never running', async () => {
    const check = await leakCheck();
    const child = createProcess('gone', 'no-such-program');
    jest.spyOn(console, 'error').mockImplementation();
    for (let i = 0; i < 3; i++) await expect(child.start()).rejects.toEqual(spawned('no-such-program'));
    expect(child.running).toBe(false);
    await expect(child.wait()).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
    await check.end();
  });

  test.each<[string, () => unknown]>([
    ['a name', () => createProcess('', 'ls')],
    ['a program', () => createProcess('a', '')],
    ['strings', () => createProcess('a', 'ls', [1 as never])],
    ['option maxline', () => createProcess('a', 'ls', [], { maxline: 3 } as object)],
    ['at least 4', () => createProcess('a', 'ls', [], { maxLine: 3 })],
    ['terminateTimeout', () => createProcess('a', 'ls', [], { terminateTimeout: -1 })],
    ['restart.on', () => createProcess('a', 'ls', [], { restart: { on: 'sometimes' as never } })],
    ["'closed' or 'pipe'", () => createProcess('a', 'ls', [], { stdin: 'inherit' as never })],
    ['RegExp', () => createProcess('a', 'ls', [], { ready: 'listening' as never })],
  ])('what cannot be meant is refused at once: %s', (part, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
    expect(make).toThrow(part);
  });
});

describe('what it gets', () => {
  const echo = 'console.log(JSON.stringify({ env: process.env, args: process.argv.slice(1), cwd: process.cwd() }))';
  async function seenBy(args: readonly string[], options: Parameters<typeof script>[1] = {}) {
    const { child } = command(NODE, ['-e', echo, '--', ...args], { maxLine: 1_000_000, ...options });
    const lines = linesOf(child);
    await child.start();
    await child.wait();
    return JSON.parse(lines[0] as string) as { env: Record<string, string>; args: string[]; cwd: string };
  }

  // Teeth: with the environment of this process all twenty are seen (tried).
  test('of twenty secrets none is seen: only the allow-list, and what it was given', async () => {
    const planted = Array.from({ length: 20 }, (_, i) => `PLANTED_SECRET_${i}`);
    for (const key of planted) process.env[key] = 'secret';
    process.env.SPECTER_RUN = 'a run';
    try {
      const { env } = await seenBy([], { env: { GIVEN: 'yes', HOME: undefined } });
      const known = ['PATH', 'LANG', 'TZ', 'NODE_ENV', 'GIVEN', 'SPECTER_RUN', 'SPECTER_PROCESS'];
      expect(Object.keys(env).filter((key) => !known.includes(key))).toEqual([]);
      expect(env).toMatchObject({ GIVEN: 'yes', SPECTER_RUN: 'a run', NODE_ENV: 'test', PATH: process.env.PATH });
    } finally {
      for (const key of [...planted, 'SPECTER_RUN']) delete process.env[key];
    }
  });

  test('arguments arrive byte for byte: no shell has seen them', async () => {
    const args = ['-n', '--x=$(id)', ';', '`id`', '*', '', 'two words', 'a\nb', "it's", '"', '\\', '€😀', 'x'.repeat(100_000)];
    expect((await seenBy(args)).args).toEqual(args);
  }); // biome-ignore format: a list

  test('its working directory is the one that was said', async () => {
    expect((await seenBy([], { cwd: folder })).cwd).toBe(folder);
  });

  test('what is changed in the list of arguments afterwards does not reach it', async () => {
    const args = ['-e', "console.log('first')"];
    const { child } = command(NODE, args);
    args[1] = "console.log('second')";
    const lines = linesOf(child);
    await child.start();
    await child.wait();
    expect(lines).toEqual(['first']);
  });
});

describe('its stdin', () => {
  test('takes what is written, and a filter ends with it', async () => {
    const { child } = command('cat', [], { stdin: 'pipe' });
    const lines = linesOf(child);
    await child.start();
    await child.write('one\n');
    await child.write(Buffer.from('two\n'));
    child.endInput();
    expect(await child.wait()).toEqual({ code: 0, signal: null });
    expect(lines).toEqual(['one', 'two']);
  });

  test('a write waits until it is taken, so that who writes is held up by who reads', async () => {
    const { child } = script("setTimeout(() => process.stdin.on('data', () => {}), 300)", { stdin: 'pipe' });
    await child.start();
    let taken = false;
    const writing = child.write(Buffer.alloc(1_000_000)).then(() => {
      taken = true;
    });
    await until(() => child.running);
    expect(taken).toBe(false);
    await writing;
    child.endInput();
    await child.wait();
  });

  test('is closed unless it was asked for: a program that reads it ends', async () => {
    const { child } = command('cat', []);
    await child.start();
    expect(await child.wait()).toEqual({ code: 0, signal: null });
  });

  test.each<[string, Parameters<typeof script>, RegExp]>([
    ['made without it', [LIVES, {}], /made without \{ stdin: 'pipe' \}/],
    ['closed it', [`require('node:fs').closeSync(0); console.log('closed');${LIVES}`, { stdin: 'pipe', ready: /closed/ }], /closed its stdin \(.*EPIPE/],
  ])('write() to one that %s rejects SPECTER_INPUT_CLOSED, and nothing else happens', async (_, [code, options], why) => {
    const { child } = script(code, options);
    await child.start();
    const write = child.write(Buffer.alloc(200_000));
    await expect(write).rejects.toMatchObject({ code: 'SPECTER_INPUT_CLOSED', message: expect.stringMatching(why) });
    expect(child.running).toBe(true);
  }); // biome-ignore format: a table

  test('write() before the start, after endInput() and after the end rejects', async () => {
    const { child } = command('cat', [], { stdin: 'pipe' });
    await expect(child.write('a')).rejects.toMatchObject({ message: expect.stringContaining('does not run') });
    await child.start();
    child.endInput();
    await expect(child.write('a')).rejects.toMatchObject({ message: expect.stringContaining('its stdin has ended') });
    await child.wait();
    await expect(child.write('a')).rejects.toMatchObject({ message: expect.stringContaining('does not run') });
  });
});

describe('being ready', () => {
  test('is a line that it prints', async () => {
    const code = `setTimeout(() => console.error('now listening on 80'), 100); ${LIVES}`;
    const { child } = script(code, { ready: /listening on/g });
    await child.start();
    // Whoever comes late gets the line all the same.
    const lines = linesOf(child, 'stderr');
    await until(() => lines.length > 0);
    expect(lines).toEqual(['now listening on 80']);
  });

  test('is an answer: false and a throw are asked again', async () => {
    let asked = 0;
    const ready = () => {
      asked += 1;
      if (asked === 1) throw new Error('ECONNREFUSED');
      return asked > 2;
    };
    const { child } = script(LIVES, { ready });
    await child.start();
    expect(asked).toBe(3);
  });

  test('never: SPECTER_NOT_READY after startTimeout, with the cause, and it has been ended', async () => {
    const check = await leakCheck();
    const refuse = () => {
      throw new Error('refused');
    };
    for (const [ready, why] of [[/listening/, /no line matched \/listening\//], [refuse, /did not answer/]] as const) {
      const { child } = script(LIVES, { ready, startTimeout: 300 });
      const error = await child.start().catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'SPECTER_NOT_READY', message: expect.stringMatching(why) });
      if (ready === refuse) expect(error.cause).toMatchObject({ message: 'refused' });
      expect(child.running).toBe(false);
    }
    await check.end();
  }); // biome-ignore format: a table

  test('one that ends before fails at once, with its last words', async () => {
    const { child } = script("console.error('the port is taken'); process.exit(98)", { ready: /listening/ });
    const error = await child.start().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'SPECTER_PROCESS_EXIT', exitCode: 98 });
    expect(error.message).toBe(
      'Process "child" ended with code 98 before it was ready, its last words: the port is taken',
    );
  });

  test('a stop meanwhile wins', async () => {
    const { child } = script(LIVES, { ready: () => false });
    const start = child.start().catch((thrown) => thrown);
    await until(() => child.pid);
    await child.stop();
    expect(await start).toMatchObject({ code: 'SPECTER_START_ABORTED' });
    expect(child.running).toBe(false);
  });
});

test('startProcess names it by its command', async () => {
  const owner = await new Owner().start();
  expect((await startProcess(owner, NODE, ['-e', LIVES])).name).toBe('node');
  expect((await startProcess(owner, NODE, ['-e', LIVES], { name: 'tuner' })).name).toBe('tuner');
  await owner.stop();
});
