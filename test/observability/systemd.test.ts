// What systemd is told, on a real datagram socket: first by a bare listener in virtual time, then by whole processes.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { applicationWordings } from '../../src/app/events.js';
import { httpWordings } from '../../src/http/events.js';
import type { Release } from '../../src/kernel/clock.js';
import { Events, type LifecycleEvent } from '../../src/kernel/events.js';
import { NotifySocket } from '../../src/observability/notify-socket.js';
import { notifySystemd } from '../../src/observability/systemd.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { findSockets, NotifyReceiver } from '../processes/notify-receiver.js';
import { Program } from '../processes/run.js';
import { until } from '../until.js';

const sockets = findSockets();
const withSockets = sockets ? describe : describe.skip;

let clock: ManualClock;
let events: Events;
let failures: string[];
let release: Release;
beforeEach(() => {
  clock = new ManualClock();
  events = new Events(clock, { quiet: true });
  events.word(applicationWordings('debug'));
  events.word(httpWordings);
  // A command of the test before may still fail: that one's list is another.
  const mine: string[] = [];
  failures = mine;
  events.on('notify-failed', ({ error }) => mine.push(error.message));
  release = () => {};
});
afterEach(() => release());

/** Begins to notify, as an application does at its start. */
function notify(env: Record<string, string>, opening = false): void {
  release = notifySystemd(events, env, { opening: () => opening, stopTimeout: 25_000, clock });
}

withSockets('what is told', () => {
  let receiver: NotifyReceiver;
  beforeEach(() => {
    if (sockets) receiver = new NotifyReceiver(sockets);
  });
  afterEach(() => receiver.close());

  let marks = 0;
  /** Everything that has been told by now: datagrams keep their order. */
  const told = async () => {
    const mark = `MARK=${++marks}`;
    new NotifySocket(receiver.path, undefined, () => {}).send(mark);
    await receiver.message(mark);
    return receiver.texts.filter((text) => !text.startsWith('MARK='));
  };

  const begin = async (opening = false) => {
    notify({ NOTIFY_SOCKET: receiver.path }, opening);
    events.emit('app-ready', { duration: 12, services: 2 });
    await clock.advance(1);
  };

  test('READY=1 when all services run and nobody has asked for the port', async () => {
    notify({ NOTIFY_SOCKET: receiver.path });
    events.emit('app-starting', { services: 2 });
    events.emit('app-ready', { duration: 12, services: 2 });
    expect(await told()).toEqual(['STATUS=Starting 2 services']);
    await clock.advance(1);
    expect(await told()).toEqual(['STATUS=Starting 2 services', 'READY=1\nSTATUS=Ready after 12 ms, 2 services']);
  });

  test('READY=1 waits for the port that somebody has asked for', async () => {
    await begin(true);
    expect(await told()).toEqual([]);
    events.emit('http-listening', { service: 'http', url: 'http://127.0.0.1:3000' });
    const ready = 'READY=1\nSTATUS=Ready after 12 ms, 2 services, listening on http://127.0.0.1:3000';
    expect(await told()).toEqual([ready]);
    await clock.advance(10_000);
    expect(await told()).toEqual([ready]);
  });

  test('a port that opens later only changes the status', async () => {
    await begin();
    events.emit('http-listening', { service: 'http', url: 'http://127.0.0.1:3000' });
    expect((await told()).slice(1)).toEqual([
      'STATUS=Ready after 12 ms, 2 services, listening on http://127.0.0.1:3000',
    ]);
  });

  test('an application that stops before its port is open is never READY=1', async () => {
    await begin(true);
    events.emit('app-draining', { reason: 'SIGTERM received' });
    events.emit('http-listening', { service: 'http', url: 'http://127.0.0.1:3000' });
    expect((await told()).join('\n')).not.toContain('READY=1');
  });

  test('STOPPING=1 says why, and asks for the time of the whole stop', async () => {
    await begin();
    events.emit('app-draining', { reason: 'SIGTERM received' });
    expect((await told()).at(-1)).toBe('STOPPING=1\nSTATUS=Stopping: SIGTERM received\nEXTEND_TIMEOUT_USEC=26000000');
  });

  test('what crashed stays in the status while everything stops', async () => {
    await begin();
    events.emit('app-crashed', { error: new Error('out of paper') });
    events.emit('app-draining', { reason: 'after a crash' });
    expect((await told()).slice(1)).toEqual([
      'STATUS=Crashed, stopping everything: out of paper',
      'STOPPING=1\nEXTEND_TIMEOUT_USEC=26000000',
    ]);
  });

  // Teeth: with the text as it is, systemd would read its second line as READY=1 (tried).
  test("an error's own line breaks make no further message, and a long text is cut", async () => {
    notify({ NOTIFY_SOCKET: receiver.path });
    const error = new Error(`no\r\nREADY=1\0${'x'.repeat(1_000)}`);
    events.emit('start-failed', { service: 'Disk', duration: 1, error });
    const [status = ''] = await told();
    expect(status).toMatch(/^STATUS=Disk failed to start: no READY=1 x+$/);
    expect(status.length).toBeLessThan(220);
  });

  test('WATCHDOG=1 comes at half of WATCHDOG_USEC, until the application has stopped', async () => {
    const env = { NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '20000000', WATCHDOG_PID: String(process.pid) };
    notify(env);
    await clock.advance(9_999);
    expect(await told()).toEqual([]);
    await clock.advance(1);
    expect(await told()).toEqual(['WATCHDOG=1']);
    await clock.advance(20_000);
    expect(await told()).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    events.emit('app-stopped', { duration: 1 });
    await clock.advance(60_000);
    expect(await told()).toHaveLength(3);
  });

  test.each(['', '0', '-5', 'soon', 'Infinity'])('WATCHDOG_USEC=%s feeds nobody', async (WATCHDOG_USEC) => {
    notify({ NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC });
    await clock.advance(60_000);
    expect(await told()).toEqual([]);
    expect(failures).toEqual([]);
  });

  test('a watchdog of another process is not fed, and that is said', async () => {
    notify({ NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '2000000', WATCHDOG_PID: '1' });
    await clock.advance(10_000);
    expect(await told()).toEqual([]);
    expect(failures).toEqual([
      expect.stringMatching(
        /^systemd watches process 1, and this is process \d+: .* without npm or a shell around it\.$/,
      ),
    ]);
  });

  test('after the release nothing is told', async () => {
    notify({ NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '2000000' });
    events.emit('app-ready', { duration: 12, services: 2 });
    release();
    release();
    events.emit('app-draining', { reason: 'SIGTERM received' });
    await clock.advance(10_000);
    expect(await told()).toEqual([]);
  });

  describe('of the environment of this process', () => {
    afterEach(() => {
      delete process.env.NOTIFY_SOCKET;
    });

    test('what systemd has said is taken, so that no child speaks in its name, and given back at the end', () => {
      process.env.NOTIFY_SOCKET = receiver.path;
      notify({ ...process.env } as Record<string, string>);
      expect(process.env).not.toHaveProperty('NOTIFY_SOCKET');
      events.emit('app-stopped', { duration: 1 });
      expect(process.env.NOTIFY_SOCKET).toBe(receiver.path);
    });

    test('a value that is not the one given to the application stays', () => {
      process.env.NOTIFY_SOCKET = '/somebody/elses';
      notify({ NOTIFY_SOCKET: receiver.path });
      expect(process.env.NOTIFY_SOCKET).toBe('/somebody/elses');
    });
  });
});

test('without NOTIFY_SOCKET nobody listens, and no time is taken', async () => {
  const listening = jest.spyOn(events, 'on');
  const waiting = jest.spyOn(clock, 'setTimeout');
  notify({ WATCHDOG_USEC: '2000000' });
  events.emit('app-ready', { duration: 12, services: 2 });
  expect(listening).not.toHaveBeenCalled();
  expect(waiting).not.toHaveBeenCalled();
});

describe('by the command systemd-notify', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'notify-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Stands where the command is: writes what it is given, and all that it sees of the environment. */
  const fakeCommand = (ending = '') => {
    const log = join(folder, 'log');
    const script = `#!/bin/sh\n{ printf '[%s]' "$@"; echo " $NOTIFY_SOCKET \${SECRET-hidden}"; } >> ${log}\n${ending}\n`;
    writeFileSync(join(folder, 'systemd-notify'), script);
    chmodSync(join(folder, 'systemd-notify'), 0o755);
    return () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []);
  };
  const path = () => [folder, process.env.PATH].join(delimiter);

  test('an abstract socket is told in order, with nothing of the environment but the socket', async () => {
    const lines = fakeCommand();
    notify({ NOTIFY_SOCKET: '@abstract', PATH: path(), SECRET: 'told' });
    events.emit('app-starting', { services: 2 });
    events.emit('app-ready', { duration: 12, services: 2 });
    await clock.advance(1);
    events.emit('app-draining', { reason: 'SIGTERM received' });
    await until('all are told', () => lines().length === 3);
    expect(lines()).toEqual([
      '[STATUS=Starting 2 services] @abstract hidden',
      '[READY=1][STATUS=Ready after 12 ms, 2 services] @abstract hidden',
      '[STOPPING=1][STATUS=Stopping: SIGTERM received][EXTEND_TIMEOUT_USEC=26000000] @abstract hidden',
    ]);
    expect(failures).toEqual([]);
  });

  test('a command that is slow does not gather WATCHDOG=1 behind it', async () => {
    const lines = fakeCommand(`while [ ! -e ${folder}/go ]; do sleep 0.02; done`);
    notify({ NOTIFY_SOCKET: '@abstract', PATH: path(), WATCHDOG_USEC: '2000' });
    await clock.advance(50);
    writeFileSync(join(folder, 'go'), '');
    events.emit('app-starting', { services: 2 });
    await until('the start is told', () => lines().some((line) => line.includes('Starting')));
    expect(lines()).toHaveLength(3);
  });

  test('a command that fails is one event, however often it fails, and the others are still tried', async () => {
    const lines = fakeCommand('echo no such socket >&2; exit 1');
    notify({ NOTIFY_SOCKET: '@abstract', PATH: path() });
    events.emit('app-starting', { services: 1 });
    events.emit('app-starting', { services: 2 });
    events.emit('app-starting', { services: 3 });
    await until('all are told', () => lines().length === 3);
    await until('the failure is heard', () => failures.length > 0);
    expect(failures).toEqual([
      expect.stringMatching(
        /^systemd was not told STATUS: .*and systemd-notify failed \(it ended with 1: no such socket\)/,
      ),
    ]);
  });

  describe('without the package node-unix-socket', () => {
    beforeEach(() => {
      jest.doMock('node-unix-socket', () => {
        throw new Error('Cannot find module');
      });
    });
    afterEach(() => jest.dontMock('node-unix-socket'));

    test('the command is told of a socket in the file system too', async () => {
      const lines = fakeCommand();
      notify({ NOTIFY_SOCKET: '/run/systemd/notify', PATH: path() });
      events.emit('app-starting', { services: 2 });
      await until('one is told', () => lines().length === 1);
      expect(lines()).toEqual(['[STATUS=Starting 2 services] /run/systemd/notify hidden']);
    });

    const real = (process.env.PATH ?? '').split(delimiter).some((at) => existsSync(join(at, 'systemd-notify')));
    const withCommand = sockets && real ? test : test.skip;
    withCommand('the real command, where there is one, tells all of it in one message', async () => {
      if (!sockets) return;
      const receiver = new NotifyReceiver(sockets);
      notify({ NOTIFY_SOCKET: receiver.path, PATH: process.env.PATH ?? '' });
      events.emit('app-draining', { reason: 'SIGTERM received' });
      await receiver.message('STOPPING=1\nSTATUS=Stopping: SIGTERM received\nEXTEND_TIMEOUT_USEC=26000000');
      receiver.close();
      expect(failures).toEqual([]);
    });

    test('and without the command either, the event says both', async () => {
      notify({ NOTIFY_SOCKET: '/run/systemd/notify', PATH: folder });
      events.emit('app-starting', { services: 1 });
      await until('the failure is heard', () => failures.length > 0);
      expect(failures).toEqual([
        'systemd was not told STATUS: the package node-unix-socket is not installed, and there is no command systemd-notify. ' +
          'Install one of them, "npm install node-unix-socket" for example.',
      ]);
    });
  });

  test('a socket that is gone, and no command, are one event that says what to do', async () => {
    const heard: LifecycleEvent<'notify-failed'>[] = [];
    events.on('notify-failed', (event) => heard.push(event));
    notify({ NOTIFY_SOCKET: join(folder, 'gone.sock'), PATH: folder });
    events.emit('app-starting', { services: 1 });
    events.emit('app-starting', { services: 2 });
    await until('the failure is heard', () => heard.length > 0);
    expect(heard[0]?.error).toMatchObject({ code: 'SPECTER_NOTIFY' });
    expect(failures).toEqual([
      expect.stringMatching(/there is no command systemd-notify\. .*npm install node-unix-socket/),
    ]);
    expect(heard.map((event) => events.wordingOf(event).level)).toEqual(['warn']);
  });
});

withSockets('a whole process', () => {
  let receiver: NotifyReceiver;
  let program: Program;
  beforeEach(() => {
    if (sockets) receiver = new NotifyReceiver(sockets);
  });
  afterEach(() => {
    program.kill('SIGKILL');
    receiver.close();
  });

  const start = (modes: string[], env: Record<string, string> = {}) => {
    const all = { NOTIFY_SOCKET: receiver.path, PORT: '0', LOG_LEVEL: 'warn', ...env };
    program = new Program('readiness.ts', modes, all);
  };

  test('is READY=1 when its last service is up and its port is open, and STOPPING=1 at a signal', async () => {
    start([]);
    const up = Number((await program.line('all services up at')).split(' ').at(-1));
    const ready = await receiver.message('READY=1');
    expect(ready.at).toBeGreaterThanOrEqual(up);
    expect(ready.text).toContain('listening on http://');
    program.kill('SIGTERM');
    expect(await program.end()).toMatchObject({ code: 0 });
    await receiver.message('STOPPING=1\nSTATUS=Stopping: SIGTERM received');
    expect(receiver.texts.map((text) => text.split('=')[0])).toEqual(['STATUS', 'READY', 'STOPPING']);
  });

  test('is READY=1 without a port too', async () => {
    start(['no-port']);
    const { text } = await receiver.message('READY=1');
    expect(text).not.toContain('listening');
    program.kill('SIGTERM');
    expect(await program.end()).toMatchObject({ code: 0 });
  });

  // Teeth: a watchdog that a worker thread feeds does not notice, and fails this test (tried).
  test('is silent while its event loop is blocked, and feeds its watchdog before and after', async () => {
    start(['block'], { WATCHDOG_USEC: '1000000' });
    const [from = 0, to = 0] = ((await program.line('blocked from')).match(/\d{13}/g) ?? []).map(Number);
    const fed = () => receiver.received.filter(({ text }) => text === 'WATCHDOG=1').map(({ at }) => at);
    await until('it is fed again', () => fed().some((at) => at >= to));
    expect(to - from).toBeGreaterThanOrEqual(3_000);
    expect(fed().filter((at) => at < from).length).toBeGreaterThan(0);
    // What was sent just before may be heard a little later.
    expect(fed().filter((at) => at > from + 1_000 && at < to)).toEqual([]);
  });

  test('starts children that do not know the socket', async () => {
    start(['child']);
    expect(await program.line('a child sees')).toBe('a child sees undefined');
  });

  test('whose start fails says who failed, in one line, and is never READY=1', async () => {
    start(['failing-start']);
    expect(await program.end()).toMatchObject({ code: 1 });
    await receiver.message('STATUS=Library failed to start: no library card READY=1');
    expect(receiver.texts.filter((text) => text.startsWith('READY'))).toEqual([]);
  });

  test('runs and stops as ever when the socket is not there', async () => {
    start([], { NOTIFY_SOCKET: '/nowhere/notify.sock', WATCHDOG_USEC: '100000' });
    await program.line('listening');
    await program.line('was not told STATUS');
    program.kill('SIGTERM');
    expect(await program.end()).toMatchObject({ code: 0 });
    expect(program.lines.filter((line) => line.includes('was not told'))).toHaveLength(1);
  });
});
