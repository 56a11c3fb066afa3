// Restarts, with real children and virtual patience: what is started again, how often, and what giving up means.

import { Module, Service } from '../../src/index.js';
import { systemClock } from '../../src/kernel/clock.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Scope } from '../../src/kernel/scope.js';
import { createProcess } from '../../src/process/managed-process.js';
import type { ProcessRestart } from '../../src/process/options.js';
import { startProcess } from '../../src/process/start-process.js';
import { ManualClock, testApplication } from '../../src/testing/index.js';
import { hear } from '../kernel/heard.js';
import { IGNORES, LIVES, NODE, Owner, script, until } from './stage.js';

const FAILS = "console.error('no device'); process.exit(3)";
const EXACT = { backoff: { min: 1_000, max: 8_000, factor: 2, jitter: 0 } };

/** A process under a clock that the test turns. */
function under(code: string, restart: ProcessRestart, options: object = {}) {
  const clock = new ManualClock();
  const heard = hear(clock);
  const owner = new Scope('owner', { clock, events: heard.events });
  const child = createProcess('child', NODE, ['-e', code], { owner, restart: { ...EXACT, ...restart }, ...options });
  const restarting = (count: number) => until(() => heard.of('process-restarting').length >= count);
  return { clock, heard, owner, child, restarting };
}

test("on: 'failure' starts it again after an exit that is not 0, each time with more patience", async () => {
  const { child, clock, heard, restarting } = under(FAILS, { on: 'failure' });
  await child.start();
  for (const [i, delay] of [1_000, 2_000, 4_000].entries()) {
    await restarting(i + 1);
    expect(heard.of('process-restarting')[i]).toMatchObject({ attempt: i + 1, delay });
    expect(heard.of('process-restarting')[i]?.error).toMatchObject({ code: 'SPECTER_PROCESS_EXIT', exitCode: 3 });
    expect(child.health()).toMatchObject({
      status: 'degraded',
      restarts: i,
      error: expect.stringContaining('no device'),
    });
    await clock.advance(delay - 1);
    expect(heard.of('process-started')).toHaveLength(i + 1);
    await clock.advance(1);
    await until(() => heard.of('process-started').length === i + 2);
  }
  expect(heard.of('process-started').map(({ restarts }) => restarts)).toEqual([0, 1, 2, 3]);
  await child.stop();
});

test('who listens and who waits goes on over the restarts', async () => {
  const { child, clock, restarting } = under("console.log('pid ' + process.pid); process.exit(1)", { on: 'failure' });
  const seen: string[] = [];
  const read = (async () => {
    for await (const line of child.lines('stdout')) seen.push(line);
  })();
  child.watchStream('stdout', (line) => seen.push(line));
  await child.start();
  let waited = false;
  const waiting = child.wait().then((exit) => {
    waited = true;
    return exit;
  });
  await restarting(1);
  await clock.advance(1_000);
  await restarting(2);
  expect(waited).toBe(false);
  await child.stop();
  await read;
  expect(await waiting).toEqual({ code: 1, signal: null });
  expect(new Set(seen).size).toBe(2);
  expect(seen).toHaveLength(4);
});

test.each<[string, ProcessRestart['on'], string, boolean]>([
  ["on: 'failure', by a signal", 'failure', "process.kill(process.pid, 'SIGSEGV')", true],
  ["on: 'failure', well", 'failure', '', false],
  ["on: 'always', well", 'always', '', true],
  ["on: 'always', badly", 'always', 'process.exit(1)', true],
  ["on: 'never', badly", 'never', 'process.exit(1)', false],
])('%s', async (_, on, code, again) => {
  const { child, heard } = under(code, { on: on as 'always' });
  await child.start();
  let over = false;
  void child.wait().then(() => {
    over = true;
  });
  await until(() => over || heard.of('process-restarting').length > 0);
  expect(heard.of('process-restarting')).toHaveLength(again ? 1 : 0);
  await child.stop();
});

test('a stop is no failure, and ends the wait for the next try at once', async () => {
  const { child, clock, heard, restarting } = under(FAILS, { on: 'always' });
  await child.start();
  await restarting(1);
  await child.stop();
  expect(await child.wait()).toEqual({ code: 3, signal: null });
  await clock.advance(60_000);
  expect(heard.of('process-started')).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test('a stop while the next child comes up ends that one', async () => {
  let asked = 0;
  const ready = () => ++asked === 1;
  const { child, clock, restarting } = under("setTimeout(() => process.exit(1), asked ? 0 : 200)".replace('asked', '0'), { on: 'always' }, { ready });
  await child.start();
  const first = child.pid;
  await restarting(1);
  await clock.advance(1_000);
  await until(() => child.pid !== first);
  await child.stop();
  expect(child.running).toBe(false);
  expect(child.exitCode ?? child.signalCode).not.toBeNull();
}); // biome-ignore format: one line of code

test('a program that is gone when it is started again is tried again, too', async () => {
  const { chmodSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs') as typeof import('node:fs');
  const folder = mkdtempSync('/tmp/specter-restart-');
  const file = `${folder}/program`;
  writeFileSync(file, '#!/bin/sh\nsleep 0.1; exit 1\n');
  chmodSync(file, 0o700);
  const clock = new ManualClock();
  const heard = hear(clock);
  const owner = new Scope('owner', { clock, events: heard.events });
  const child = createProcess('child', file, [], { owner, restart: { on: 'failure', ...EXACT } });
  await child.start();
  rmSync(folder, { recursive: true });
  await until(() => heard.of('process-restarting').length === 1);
  await clock.advance(1_000);
  await until(() => heard.of('process-restarting').length === 2);
  expect(heard.of('process-restarting')[1]?.error).toMatchObject({ code: 'SPECTER_SPAWN' });
  await owner.close();
});

describe('giving up', () => {
  // Teeth: without the budget it would be started for ever (tried).
  test('after more failures than it may have it fails, and is down', async () => {
    const { child, clock, heard, restarting } = under(FAILS, { on: 'failure', maxRestarts: 2 });
    await child.start();
    await restarting(1);
    await clock.advance(1_000);
    await restarting(2);
    await clock.advance(2_000);
    expect(await child.wait()).toEqual({ code: 3, signal: null });
    const [failed] = heard.of('failed');
    expect(failed).toMatchObject({ service: 'child', error: { code: 'SPECTER_GAVE_UP' } });
    expect(failed?.error.message).toMatch(/ended again after 2 restarts within 60000 ms: .*no device/);
    expect(child.health()).toMatchObject({ status: 'down', error: failed?.error.message });
    await clock.advance(60_000);
    expect(heard.of('process-started')).toHaveLength(3);
  });

  test('failures that lie far apart do not add up', async () => {
    const { child, clock, heard, restarting } = under(`setTimeout(() => process.exit(1), 100)`, { on: 'failure', maxRestarts: 1 });
    await child.start();
    for (let i = 1; i < 4; i++) {
      await restarting(i);
      await clock.advance(1_000);
      await until(() => heard.of('process-started').length === i + 1);
      await clock.advance(60_000);
    }
    expect(heard.of('failed')).toEqual([]);
    await child.stop();
  }); // biome-ignore format: one line of code

  test('is the failure of its owner, which its application restarts; what it owned has ended then', async () => {
    const pids: number[] = [];
    let broken = true;
    @Service({ restart: { on: 'failure', backoff: { min: 5_000, jitter: 0 } } })
    class Recorder extends Lifecycle {
      protected override async onStart() {
        const helper = await startProcess(this, NODE, ['-e', LIVES], { name: 'helper' });
        const code = broken ? FAILS : LIVES;
        const ffmpeg = await startProcess(this, NODE, ['-e', code], { name: 'ffmpeg', restart: { on: 'failure', maxRestarts: 0 } });
        pids.push(helper.pid as number, ffmpeg.pid as number);
      }
    }
    @Module({ providers: [Recorder] })
    class App {}
    const app = await testApplication(App, { logger: false }).start();
    const failures: string[] = [];
    app.events.on('failed', ({ service, error }) => failures.push(`${service} ${(error as { code?: string }).code}`));
    await until(() => !app.get(Recorder).running);
    broken = false;
    while (!app.get(Recorder).running) {
      await app.clock.advance(5_000);
      await systemClock.sleep(5);
    }
    expect(failures).toEqual(['ffmpeg SPECTER_GAVE_UP', 'Recorder SPECTER_GAVE_UP']);
    expect(new Set(pids).size).toBe(4);
    await app.stop();
  }); // biome-ignore format: one line of code
});

test('by hand: restart() of one that ignores SIGTERM, and start() after it gave up, begin a new count', async () => {
  const deaf = script(IGNORES, { ready: /deaf/, terminateTimeout: 100, restart: { on: 'always' } });
  await deaf.child.start();
  await deaf.child.restart();
  expect(deaf.child.health()).toMatchObject({ status: 'up', restarts: 0 });
  await deaf.child.stop();
  expect(deaf.heard.of('process-restarting')).toEqual([]);

  const { child, heard } = script(FAILS, { restart: { on: 'failure', maxRestarts: 0 } });
  for (let i = 1; i <= 2; i++) {
    await child.start();
    await child.wait();
    expect(heard.of('failed')).toHaveLength(i);
  }
});

test('an owner without a policy is told, and goes on', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  const owner = await new Owner().start();
  const child = await startProcess(owner, NODE, ['-e', FAILS], { name: 'x', restart: { on: 'always', maxRestarts: 0 } });
  await child.wait();
  await until(() => (owner.health() as { status: string }).status === 'down');
  expect(owner.running).toBe(true);
  await owner.stop();
}); // biome-ignore format: one line of code
