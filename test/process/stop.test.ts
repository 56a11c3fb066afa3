// T40. Stopping ends the whole tree: those who ignore it, those who are stopped, those who have left the group.
import { spawnSync } from 'node:child_process';
import { leakCheck, startStopStress } from '../../src/testing/index.js';
import { Program } from '../processes/run.js';
import { repeat, scaled } from '../processes/scale.js';
import { carriersOf, command, endAll, IGNORES, isAlive, LINUX, LIVES, linesOf, script, until } from './stage.js';

jest.setTimeout(120_000 * scaled(1));
afterEach(endAll);

/** Leaves every group that it could be reached by. */
const hasSetsid = LINUX && spawnSync('setsid', ['true']).status === 0;
const ifSetsid = hasSetsid ? test : test.skip;
const ifLinux = LINUX ? test : test.skip;

test('one that ends when it is asked to has its whole time, and tells how it ended', async () => {
  const code = `process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit(4) }, 300)); console.log('up'); ${LIVES}`;
  const { child, heard } = script(code, { ready: /up/ });
  await child.start();
  const lines = linesOf(child);
  await child.stop();
  expect(child).toMatchObject({ exitCode: 4, signalCode: null, running: false });
  expect(lines).toEqual(['up', 'bye']);
  expect(await child.wait()).toEqual({ code: 4, signal: null });
  expect(heard.of('process-exited')).toMatchObject([{ asked: true }]);
  expect(heard.of('process-restarting')).toEqual([]);
});

// Teeth: without the kill it lives on (tried).
test('one that ignores SIGTERM is killed after terminateTimeout', async () => {
  const { child } = script(IGNORES, { ready: /deaf/, terminateTimeout: 200 });
  await child.start();
  const begun = performance.now();
  await child.stop();
  expect(child.signalCode).toBe('SIGKILL');
  expect(performance.now() - begun).toBeGreaterThan(195);
});

// Teeth: a signal to the child alone, with nobody looking for marks, leaves its children (tried).
ifLinux('its grandchildren end with it', async () => {
  const { child } = command('sh', ['-c', 'sleep 4711.1 & (sleep 4711.1 & wait) & wait']);
  await child.start();
  await until(() => carriersOf('4711.1').length >= 3);
  await child.stop();
  expect(carriersOf('4711.1')).toEqual([]);
});

ifLinux('what a program leaves behind in its group when it ends by itself ends as well', async () => {
  const { child } = command('sh', ['-c', 'sleep 4711.2 & exit 0']);
  await child.start();
  expect(await child.wait()).toEqual({ code: 0, signal: null });
  expect(carriersOf('4711.2')).toEqual([]);
});

// Teeth: a signal to the group alone leaves the one that has left it (tried).
ifSetsid(`${scaled(10)} trees: deaf shells, grandchildren, one stopped, one that has left the group; nobody is left`, async () => {
  const check = await leakCheck({ probes: ['processes', 'files', 'resources', 'listeners'] });
  const tree = "trap '' TERM; sleep 4711.3 & sleep 4711.3 & (sleep 4711.3 & wait) & setsid sleep 4711.3 & sleep 4711.3 & kill -STOP $!; echo up; wait; while true; do sleep 1; done";
  await repeat(scaled(10), async () => {
    const { child, heard } = command('sh', ['-c', tree], { ready: /up/, terminateTimeout: 200 });
    await child.start();
    await child.stop();
    expect(heard.of('process-escaped')).toMatchObject([{ pids: [expect.any(Number)] }]);
    expect(child.signalCode).toBe('SIGKILL');
  });
  expect(carriersOf('4711.3')).toEqual([]);
  await check.end();
}); // biome-ignore format: a name that is one line

ifSetsid(
  'one that has left the group, and wiped its environment, is not found; it does not hang the stop',
  async () => {
    const { child } = command('sh', ['-c', 'env -i setsid sleep 4711.4 & echo up; wait'], { ready: /up/ });
    await child.start();
    await until(() => carriersOf('4711.4').length >= 2);
    await child.stop();
    expect(child.running).toBe(false);
    for (const pid of carriersOf('4711.4')) process.kill(pid, 'SIGKILL');
  },
);

test('it goes on reading while it ends: one that must say a lot before it goes is not killed', async () => {
  const code = `process.on('SIGTERM', () => { process.stdout.write('x'.repeat(4e6) + '\\nend\\n', () => process.exit(0)) }); console.log('up'); ${LIVES}`;
  const { child } = script(code, { ready: /up/ });
  const reader = child.lines('stdout');
  await child.start();
  await child.stop();
  expect(child.exitCode).toBe(0);
  const lines: string[] = [];
  for await (const line of reader) lines.push(line);
  expect(lines).toEqual(['up', 'x'.repeat(65_536), 'end']);
});

test('a reader that has stopped reading does not hold up the stop of a flood', async () => {
  const { child } = script("for (;;) require('node:fs').writeSync(1, 'y'.repeat(100) + '\\n')", {
    terminateTimeout: 300,
  });
  const reader = child.lines('stdout');
  await child.start();
  await reader.next();
  await until(() => child.running);
  await child.stop();
  expect(child.running).toBe(false);
  await reader.return?.();
});

test('stop is idempotent, also before a start and after the end, and many at once are one', async () => {
  const { child, heard } = script(LIVES);
  await child.stop();
  await child.start();
  await Promise.all([child.stop(), child.stop(), child.stop()]);
  await child.stop();
  expect(heard.of('process-exited')).toHaveLength(1);
});

test('started and stopped by ten callers at random it comes through in order', async () => {
  const { child } = script(LIVES);
  await child.start();
  await child.stop();
  await startStopStress(child, { callers: 5, calls: 10, hooks: [], stopTimeout: 20_000 });
});

ifLinux('an application that exits without stopping takes its processes along', async () => {
  const program = new Program('keeps-processes.ts', ['exit']);
  const [pid] = /\d+/.exec(await program.line('runs')) ?? [];
  expect((await program.end()).code).toBe(5);
  await until(() => !isAlive(Number(pid)));
});
