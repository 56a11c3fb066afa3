// T9. Signals: what they do to a process, and its exit codes.
import { spawnSync } from 'node:child_process';
import { Program } from './processes/run.js';
import { repeat, scaled } from './processes/scale.js';

/** Each kind is run so many times, some side by side: interleavings differ. */
const RUNS = scaled(3);

const each = (mode: string[], use: (program: Program) => Promise<void>) =>
  repeat(RUNS, () => use(new Program('signals.ts', mode)));

const STOPPED_IN_ORDER = /Library stopping while disk runs: true\nLibrary stopped\nDisk stopped/;

jest.setTimeout(60_000 * RUNS);

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('stops everything in reverse order and exits with 0', async () => {
    await each([], async (program) => {
      await program.line('listening');
      program.kill(signal);
      expect(await program.end()).toMatchObject({ code: 0, signal: null });
      expect(program.text).toMatch(STOPPED_IN_ORDER);
    });
  });
});

test('an application that nothing keeps alive is stopped in order before the process ends, with 0', async () => {
  const program = new Program('signals.ts', ['idle', 'slow-stop']);
  expect(await program.end()).toMatchObject({ code: 0, signal: null });
  expect(program.text).toMatch(/nothing to wait for/);
  // The usual cause, where there is a door.
  expect(program.text).toMatch(/nothing keeps the process alive any more; it has routes .*listen\(\) was not called/);
  expect(program.text).toMatch(STOPPED_IN_ORDER);
});

test('the exit code that a program has set itself is kept at a clean end, and not when something has crashed', async () => {
  const idle = new Program('signals.ts', ['idle', 'own-code']);
  expect((await idle.end()).code).toBe(5);
  const stopped = new Program('signals.ts', ['own-code']);
  await stopped.line('listening');
  stopped.kill('SIGTERM');
  expect((await stopped.end()).code).toBe(5);
  const crashed = new Program('signals.ts', ['own-code', 'crash-in-timer']);
  expect((await crashed.end()).code).toBe(3);
});

test('a second signal ends the process with 2 at once, and says who is still stopping with what', async () => {
  await each(['hung-stop'], async (program) => {
    await program.line('listening');
    program.kill('SIGTERM');
    await program.line('Library stopping');
    const second = performance.now();
    program.kill('SIGTERM');
    const { code, at } = await program.end();
    expect(code).toBe(2);
    // Not at once would be after shutdownTimeout, half a minute.
    expect(at - second).toBeLessThan(process.env.SPECTER_TIMINGS ? 1_000 : 10_000);
    expect(program.text).toMatch(/A second SIGTERM came; exiting now\. Still stopping:\nLibrary \(stopping\)/);
    expect(program.text).not.toMatch(/Disk stopped/);
  });
});

test('a stop that outlasts shutdownTimeout ends the process with 2 and names the blocker', async () => {
  const program = new Program('signals.ts', ['hung-stop', 'short-shutdown']);
  await program.line('listening');
  program.kill('SIGTERM');
  expect((await program.end()).code).toBe(2);
  expect(program.text).toMatch(/did not stop within 500 ms; exiting now\. Still stopping:\nLibrary \(stopping\)/);
});

test('a signal during the start rolls back what had started and exits with 0', async () => {
  await each(['slow-start'], async (program) => {
    await program.line('Library starting');
    program.kill('SIGTERM');
    expect((await program.end()).code).toBe(0);
    expect(program.text).toMatch(/Disk stopped/);
    expect(program.text).not.toMatch(/listening|Library stopped/);
  });
});

// Teeth: a start that rejects when the process is ending anyway makes it 1 here, and 3 in a program that does not catch (tried).
test('a signal during the start is no failure for a program to catch: it ends with 0, and is told once', async () => {
  await each(['slow-start', 'catches'], async (program) => {
    await program.line('Library starting');
    program.kill('SIGTERM');
    expect((await program.end()).code).toBe(0);
    expect(program.text).toMatch(/Disk stopped/);
    expect(program.text).not.toMatch(/caught|START_ABORTED|crash/i);
  });
});

test('a second signal during the start ends it at once with 2', async () => {
  await each(['deaf-start'], async (program) => {
    await program.line('Library starting');
    program.kill('SIGTERM');
    await program.line('told to stop');
    program.kill('SIGTERM');
    expect((await program.end()).code).toBe(2);
    expect(program.text).toMatch(/A second SIGTERM came; exiting now\. Still stopping:\nLibrary \(starting\)/);
  });
});

test('a failed start exits with 1, after rolling back, and says who failed and why', async () => {
  const program = new Program('signals.ts', ['failing-start']);
  expect((await program.end()).code).toBe(1);
  expect(program.text).toMatch(/Disk stopped/);
  expect(program.text).toMatch(/Library failed to start: no library card\n\s*Rolled back: Disk\./);
});

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

// Teeth: a parent that does not pass signals on, as npm in some versions and `sh -c`, leaves the child running (tried).
test.each(['SIGTERM', 'SIGINT'] as const)(
  "%s passed on by a parent like PID 1: graceful, and its code is the child's",
  async (signal) => {
    await repeat(RUNS, async () => {
      const program = new Program('init.ts', ['signals.js']);
      await program.line('listening');
      program.kill(signal);
      expect((await program.end()).code).toBe(0);
      expect(program.text).toMatch(STOPPED_IN_ORDER);
      expect(program.text).toContain('the child ended with 0');
    });
  },
);

const namespaces = spawnSync('unshare', ['--user', '--map-root-user', '--pid', '--fork', 'true']).status === 0;

// The kernel drops signals for PID 1 that it has no handler for. Skipped where namespaces are not allowed.
(namespaces ? test.each : test.skip.each)(['SIGTERM', 'SIGINT'] as const)(
  '%s as PID 1 of a container',
  async (signal) => {
    const program = new Program('pid-one.ts', ['signals.js']);
    await program.line('listening');
    program.kill(signal);
    expect((await program.end()).code).toBe(0);
    expect(program.text).toMatch(STOPPED_IN_ORDER);
  },
);

describe('two applications in one process', () => {
  const start = (...modes: string[]) => new Program('two-applications.ts', modes);

  test('share one handler; a signal stops both side by side, and the process exits after the last', async () => {
    await repeat(RUNS, async () => {
      const program = start();
      await program.line('ready');
      program.kill('SIGTERM');
      expect((await program.end()).code).toBe(0);
      expect(program.text).toMatch(
        /first stops\nsecond stops\nfirst stopped\nsecond stopped\nexit, ready: false false/,
      );
      expect(program.text).toContain('handlers before: 0 0 0\nhandlers with both: 1 1 1');
    });
  });

  test('the handler stays while one of them runs, and goes with the last', async () => {
    const [one, both] = [start('stop-one'), start('stop-both')];
    await one.line('ready');
    expect(one.text).toContain('handlers with one: 1 1 1');
    one.kill('SIGTERM');
    expect((await one.end()).code).toBe(0);
    expect(one.lines.filter((line) => line === 'first stops')).toHaveLength(1);
    expect((await both.end()).code).toBe(0);
    expect(both.text).toContain('handlers after: 0 0 0');
  });

  test('a third that would start while the process is ending does not', async () => {
    const program = start('late');
    await program.line('ready');
    program.kill('SIGTERM');
    expect((await program.end()).code).toBe(0);
    expect(program.text).toContain('second stopped');
    expect(program.text).not.toMatch(/third/);
  });

  test('a crash in the work of one ends both; only that one says whose work it was', async () => {
    const program = start('crash-second');
    expect((await program.end()).code).toBe(3);
    expect(program.text).toMatch(/first stopped/);
    expect(program.text).toMatch(/second stopped/);
    const crashes = program.lines.filter((line) => line.includes('Crashed, stopping everything'));
    expect(crashes).toHaveLength(2);
    expect(crashes.filter((line) => line.includes('uncaught in the work of second'))).toHaveLength(1);
  });
});
