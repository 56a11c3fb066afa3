import { Program } from './processes/run.js';

/** Each kind is run so many times at once: interleavings differ. */
const RUNS = 3;

const runs = (mode: string[] = []) => Array.from({ length: RUNS }, () => new Program('signals.ts', mode));

const STOPPED_IN_ORDER = /Library stopping while disk runs: true\nLibrary stopped\nDisk stopped/;

jest.setTimeout(60_000);

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('stops everything in reverse order and exits with 0', async () => {
    for (const program of runs()) {
      await program.line('listening');
      program.kill(signal);
      expect(await program.end()).toMatchObject({ code: 0, signal: null });
      expect(program.text).toMatch(STOPPED_IN_ORDER);
    }
  });
});

test('a second signal ends the process with 2 at once, and says who is still stopping with what', async () => {
  for (const program of runs(['hung-stop'])) {
    await program.line('listening');
    program.kill('SIGTERM');
    await program.line('Library stopping');
    const second = performance.now();
    program.kill('SIGTERM');
    const { code, at } = await program.end();
    expect(code).toBe(2);
    expect(at - second).toBeLessThan(1_000);
    expect(program.text).toMatch(/A second SIGTERM came; exiting now\. Still stopping:\nLibrary \(stopping\)/);
    expect(program.text).not.toMatch(/Disk stopped/);
  }
});

test('a stop that outlasts shutdownTimeout ends the process with 2 and names the blocker', async () => {
  const program = new Program('signals.ts', ['hung-stop', 'short-shutdown']);
  await program.line('listening');
  program.kill('SIGTERM');
  expect((await program.end()).code).toBe(2);
  expect(program.text).toMatch(/did not stop within 500 ms; exiting now\. Still stopping:\nLibrary \(stopping\)/);
});

test('a signal during the start rolls back what had started and exits with 0', async () => {
  for (const program of runs(['slow-start'])) {
    await program.line('Library starting');
    program.kill('SIGTERM');
    expect((await program.end()).code).toBe(0);
    expect(program.text).toMatch(/Disk stopped/);
    expect(program.text).not.toMatch(/listening|Library stopped/);
  }
});

test('a failed start exits with 1, after rolling back, and says who failed and why', async () => {
  const program = new Program('signals.ts', ['failing-start']);
  expect((await program.end()).code).toBe(1);
  expect(program.text).toMatch(/Disk stopped/);
  expect(program.text).toMatch(/Library failed to start: no library card\n\s*Rolled back: Disk\./);
});

test.each(['crash-in-timer', 'crash-in-promise'])(
  '%s: logged once, everything is stopped, exit code 3',
  async (mode) => {
    const program = new Program('signals.ts', [mode]);
    expect((await program.end()).code).toBe(3);
    expect(program.text).toMatch(STOPPED_IN_ORDER);
    expect(program.lines.filter((line) => line.includes('Crashed, stopping everything'))).toHaveLength(1);
  },
);

test('a stop hook that throws is reported and does not keep the others running', async () => {
  const program = new Program('signals.ts', ['throwing-stop']);
  await program.line('listening');
  program.kill('SIGTERM');
  expect((await program.end()).code).toBe(0);
  expect(program.text).toMatch(/the disk is on fire/);
});

// Teeth: without the listeners on stdout and stderr the process spins in its own crash reports until it is killed (seen).
test('an output that nobody reads any more neither crashes the application nor keeps it from stopping', async () => {
  const program = new Program('signals.ts', ['chatty']);
  const url = (await program.line('listening')).split(' ')[1];
  program.hangUp();
  for (let i = 0; i < 5; i++) expect((await fetch(`${url}/library`)).status).toBe(200);
  program.kill('SIGTERM');
  expect(await program.end()).toMatchObject({ code: 0, signal: null });
});

// Teeth: without the window the echo forces exit code 2 (tried).
test('a Ctrl-C that comes twice at once, as under npm, is one', async () => {
  const program = new Program('signals.ts', ['slow-stop']);
  await program.line('listening');
  program.kill('SIGINT');
  await program.line('Library stopping');
  program.kill('SIGINT');
  expect((await program.end()).code).toBe(0);
  expect(program.text).toMatch(STOPPED_IN_ORDER);
});

// Teeth: with the delay for balancers inside the five seconds of a crash, no service is stopped (seen).
test('after a crash services are stopped at once, whatever drainDelay says', async () => {
  const program = new Program('signals.ts', ['crash-in-timer', 'long-drain']);
  expect((await program.end()).code).toBe(3);
  expect(program.text).toMatch(STOPPED_IN_ORDER);
});
