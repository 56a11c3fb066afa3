// Turns: onReady and onExit of a process, over restarts, with real children.
import { Scope } from '../../src/kernel/scope.js';
import { createProcess } from '../../src/process/managed-process.js';
import type { ProcessEnd, ProcessReady } from '../../src/process/turns.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { hear } from '../kernel/heard.js';
import { endAll, LIVES, NODE, script, until } from './stage.js';

jest.setTimeout(60_000);
afterEach(endAll);

/** Answers each line, says its first word by itself, and dies of `die`. */
const ANSWERS = `
  console.log('ready');
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'die') process.exit(7);
    console.log('got ' + line);
  });`;

/** One that is started again after a second of a clock that the test turns. */
function returning() {
  const clock = new ManualClock();
  const { events } = hear(clock);
  const owner = new Scope('owner', { clock, events });
  const restart = { on: 'failure', backoff: { min: 1_000, jitter: 0 } } as const;
  const child = createProcess('talker', NODE, ['-e', ANSWERS], { owner, restart, stdin: 'pipe', ready: /^ready$/ });
  const lines: string[] = [];
  child.watchStream('stdout', (line) => lines.push(line));
  return { clock, owner, child, lines };
}

test('who listens is told each time it is ready, and each time it has ended, by whom it was asked or not', async () => {
  const { clock, owner, child } = returning();
  const told: [string, ProcessReady | ProcessEnd, boolean][] = [];
  child.onReady((ready) => told.push(['ready', ready, child.running]));
  child.onExit((end) => told.push(['exit', end, child.running]));
  await child.start();
  const first = child.pid;
  await child.write('die\n');
  await until(() => told.length === 2);
  await until(() => clock.pending > 0);
  await clock.advance(1_000);
  await until(() => told.length === 3);
  const second = child.pid;
  await owner.close();
  expect(told).toEqual([
    ['ready', { pid: first, restarts: 0 }, false],
    ['exit', { code: 7, signal: null, asked: false }, false],
    ['ready', { pid: second, restarts: 1 }, true],
    ['exit', { code: null, signal: 'SIGTERM', asked: true }, false],
  ]);
});

// Teeth: told of its first start alone, the second run is never greeted (tried).
test('what is written in onReady arrives in each run; between two runs write() says that it comes back', async () => {
  const { clock, owner, child, lines } = returning();
  child.onReady(() => child.write('hello\n'));
  await child.start();
  await until(() => lines.includes('got hello'));
  const over = new Promise((resolve) => child.onExit(resolve));
  await child.write('die\n');
  await over;
  await expect(child.write('lost\n')).rejects.toMatchObject({
    code: 'SPECTER_INPUT_CLOSED',
    message: expect.stringContaining('it has ended, and is started again; write when onReady() tells'),
  });
  await until(() => clock.pending > 0);
  await clock.advance(1_000);
  await until(() => lines.filter((line) => line === 'got hello').length === 2);
  expect(lines).not.toContain('got lost');
  await owner.close();
  await expect(child.write('late\n')).rejects.toThrow('it does not run');
});

test('all that it has said has been heard when its end is told', async () => {
  const { child } = script('for (let i = 0; i < 5000; i++) console.log(i); process.exitCode = 1');
  let lines = 0;
  child.watchStream('stdout', () => lines++);
  const heard = new Promise((resolve) => child.onExit(() => resolve(lines)));
  await child.start();
  expect(await heard).toBe(5000);
});

test('a listener that fails is reported and stops nobody else; what is released or whose owner has stopped is told no more', async () => {
  const { child, heard } = script(LIVES);
  const owner = new Scope('listener');
  const told: string[] = [];
  child.onExit(() => {
    throw new Error('careless');
  });
  child.onExit(async () => Promise.reject(new Error('later')));
  child.onExit(() => told.push('stays'));
  const release = child.onExit(() => told.push('released'));
  child.onReady(() => told.push('owned'), { owner });
  release();
  await owner.close();
  await child.start();
  await child.stop();
  await until(() => heard.of('listener-failed').length === 2);
  expect(told).toEqual(['stays']);
  expect(heard.of('listener-failed')).toMatchObject([
    { service: 'child', event: 'exit', error: { message: 'careless' } },
    { service: 'child', event: 'exit', error: { message: 'later' } },
  ]);
  expect(() => child.onExit('no' as never)).toThrow('a listener of process "child": expected a function');
});
