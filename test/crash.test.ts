// T10. An error that nobody caught: told once, everything is stopped, and the process ends with 3.
import { get } from 'node:http';
import { Program } from './processes/run.js';
import { repeat, scaled } from './processes/scale.js';

jest.setTimeout(120_000 * scaled(1));

/** Starts the program and lets it crash. */
const crash = (...modes: string[]) => new Program('crash.ts', [...modes, 'at-once']);
const told = (program: Program) => program.lines.filter((line) => line.includes('a stray error'));
const logged = (program: Program) =>
  program.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
const fatal = (program: Program) => logged(program).filter(({ type }) => type === 'app-crashed');

// Teeth: without the handlers the process ends with 1 and stops nobody; handlers that only log never end it (both tried).
test.each([
  'timer',
  'interval',
  'immediate',
  'nextTick',
  'promise',
  'later',
  'emitter',
  'stream',
  'readable',
  'listener',
])('%s: told once, in the name of whose work it was, everything is stopped in order, exit code 3', async (way) => {
  await repeat(scaled(1), async () => {
    const program = crash(way);
    expect(await program.end()).toMatchObject({ code: 3, signal: null });
    expect(program.text).toMatch(/Innocent stopped, culprit running: true\n(.*\n)*Culprit stopped/);
    expect(fatal(program)).toHaveLength(1);
    expect(fatal(program)[0]).toMatchObject({ service: 'Culprit', error: { stack: expect.any(String) } });
    expect(fatal(program)[0]?.msg).toMatch(
      /^Crashed, stopping everything: .*a stray error.* \(uncaught in the work of Culprit(, .*crash\.js:\d+:\d+)?\)$/,
    );
    expect(told(program)).toHaveLength(1);
    expect(program.text).toContain('ready at the end: false, code 3');
  });
});

test('a hundred requests in flight are answered or cut off, none is left hanging, all within five seconds', async () => {
  const program = new Program('crash.ts', ['timer']);
  const url = (await program.line('listening')).split(' ')[1] ?? '';
  const ask = (path: string) =>
    new Promise<string>((resolve) => {
      get(`${url}${path}`, { agent: false }, (response) => {
        response.resume().on('end', () => resolve(String(response.statusCode)));
        response.on('error', () => resolve('cut'));
      }).on('error', () => resolve('cut'));
    });
  const all = Array.from({ length: 100 }, (_, i) => ask(i % 2 === 0 ? '/quick' : '/never'));
  await program.line('100 in flight');
  const begun = performance.now();
  await ask('/crash');
  const outcomes = await Promise.all(all);
  const { code, at } = await program.end();
  expect(code).toBe(3);
  expect(at - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 5_000 : 20_000);
  expect(outcomes.filter((_, i) => i % 2 === 0)).toEqual(Array(50).fill('200'));
  expect(new Set(outcomes.filter((_, i) => i % 2 === 1))).toEqual(new Set(['cut']));
  expect(program.text).toMatch(/Culprit stopped/);
});

test('jobs that nobody can do any more are reported by id, and whoever waits for them is told', async () => {
  const program = crash('timer', 'jobs');
  expect((await program.end()).code).toBe(3);
  const ids = program.lines
    .find((line) => line.startsWith('jobs '))
    ?.split(' ')
    .slice(1);
  const [lost, ...more] = logged(program).filter(({ type }) => type === 'jobs-lost');
  expect([lost, more]).toMatchObject([{ level: 50, service: 'errands', lost: 3 }, []]);
  expect(lost?.jobs).toEqual(ids);
  expect(ids?.every((id) => String(lost?.msg).includes(id))).toBe(true);
  for (const data of ['at hand', 'waits', 'waits, too']) expect(program.lines).toContain(`${data}: SPECTER_JOB_LOST`);
});

test('a service that hangs on the way down costs its own deadline; the rest is stopped, and the code stays 3', async () => {
  const program = crash('timer', 'hangs');
  expect((await program.end()).code).toBe(3);
  expect(program.text).toContain('Innocent stopped');
  expect(program.text).toMatch(/exiting now\. .*:\nCulprit/);
});

test('a second stray error on the way down is told too, and changes nothing', async () => {
  const program = crash('timer', 'twice', 'slow');
  expect((await program.end()).code).toBe(3);
  expect(fatal(program)).toHaveLength(1);
  expect(program.lines.filter((line) => line.startsWith('Another error while stopping'))).toHaveLength(1);
});

test('during the start it rolls back, and nobody ever heard that it was ready', async () => {
  const program = crash('at-start');
  expect((await program.end()).code).toBe(3);
  expect(program.text).not.toMatch(/listening|Innocent/);
  expect(fatal(program)).toMatchObject([{ service: 'Culprit' }]);
});

test('an error on the way down after a signal makes a clean end a crash', async () => {
  const program = new Program('crash.ts', ['none', 'twice', 'slow']);
  await program.line('listening');
  program.kill('SIGTERM');
  expect((await program.end()).code).toBe(3);
  expect(program.text).toMatch(/Another error while stopping: Error: another one/);
  expect(program.text).toContain('Culprit stopped');
});

test('a signal after the crash asks for what is being done already; a second one ends it at once, with 3', async () => {
  const [patient, forced] = [crash('timer', 'slow'), crash('timer', 'slow')];
  for (const program of [patient, forced]) {
    await program.line('Culprit stopped');
    program.kill('SIGTERM');
  }
  forced.kill('SIGINT');
  expect((await patient.end()).code).toBe(3);
  expect(patient.text).not.toContain('exiting now');
  expect((await forced.end()).code).toBe(3);
  expect(forced.text).toMatch(/A second SIG(INT|TERM) came; exiting now/);
});

test('a service that has used up its restarts ends the process with 3, and says so once', async () => {
  const program = crash('fail');
  expect((await program.end()).code).toBe(3);
  expect(fatal(program)).toHaveLength(1);
  expect(fatal(program)[0]?.msg).toMatch(/Culprit failed again after 0 restarts.*a stray error/);
  expect(program.text).toContain('Culprit stopped');
});

// Teeth: an application that logs nothing died without a word (seen).
test('even where nothing is logged the error is printed', async () => {
  const program = crash('timer', 'no-logger');
  expect((await program.end()).code).toBe(3);
  expect(program.lines.filter((line) => line === 'Crashed: Error: a stray error')).toHaveLength(1);
});

describe('whose work it was', () => {
  test('is said of a route as well', async () => {
    const program = new Program('crash.ts', ['none']);
    const url = (await program.line('listening')).split(' ')[1];
    const answer = await fetch(`${url}/stray`)
      .then((response) => response.text())
      .catch(() => 'cut');
    expect(answer).toBe('answered');
    expect((await program.end()).code).toBe(3);
    expect(fatal(program)).toMatchObject([{ service: 'Door' }]);
  });

  test('is not said with blame: false, nor in production where it would slow every promise', async () => {
    const off = crash('timer', 'no-blame');
    const production = new Program('crash.ts', ['timer', 'at-once'], { NODE_ENV: 'production' });
    for (const program of [off, production]) {
      expect((await program.end()).code).toBe(3);
      expect(fatal(program)).toHaveLength(1);
    }
    expect(fatal(off)[0]).not.toHaveProperty('service');
    const cheap = Number.parseInt(process.versions.node, 10) >= 24;
    expect('service' in (fatal(production)[0] ?? {})).toBe(cheap);
  });
});
