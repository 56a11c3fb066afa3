import { Cron, type CronOptions } from '../../src/app/cron.js';
import { Interval } from '../../src/app/declared.js';
import type { SpecterError } from '../../src/kernel/errors.js';
import { gate, settle } from '../kernel/heard.js';
import { boot, bootError } from './boot.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A class whose method runs by that pattern and writes down the wall time of each run. */
async function scheduled(pattern: string, work: () => unknown = () => {}, at: CronOptions & { now?: number } = {}) {
  const runs: string[] = [];
  class Backup {
    run() {
      runs.push(new Date(booted.clock.now()).toISOString().slice(0, 19).replace('T', ' '));
      return work();
    }
  }
  Cron(pattern, { timezone: at.timezone ?? 'UTC' })(Backup.prototype, 'run');
  const booted = await boot([Backup], at.now === undefined ? {} : { now: at.now });
  return { ...booted, runs };
}

// Virtual time begins at 2026-01-01 00:00:00 UTC.
test('runs at the times of its pattern, by the wall clock of the application', async () => {
  const { engine, clock, runs } = await scheduled('30 4 * * *');
  await clock.advance(3 * 24 * HOUR);
  expect(runs).toEqual(['2026-01-01 04:30:00', '2026-01-02 04:30:00', '2026-01-03 04:30:00']);
  await engine.stop();
  expect(clock.pending).toBe(0);
});

test('patterns of six parts count seconds', async () => {
  const { engine, clock, runs } = await scheduled('*/20 * * * * *');
  await clock.advance(MINUTE);
  expect(runs).toHaveLength(3);
  await engine.stop();
});

test.each([
  ['to summer time', Date.UTC(2026, 2, 27), ['03-27 03:30', '03-28 03:30', '03-29 02:30', '03-30 02:30']],
  ['back', Date.UTC(2026, 9, 23), ['10-23 02:30', '10-24 02:30', '10-25 03:30', '10-26 03:30']],
])('the hours are those of the time zone, through the change %s', async (_way, now, expected) => {
  const { engine, clock, runs } = await scheduled('30 4 * * *', () => {}, { timezone: 'Europe/Berlin', now });
  await clock.advance(4 * 24 * HOUR);
  expect(runs.map((run) => run.slice(5, 16))).toEqual(expected);
  await engine.stop();
});

test('calls never overlap, and those missed meanwhile run once', async () => {
  const long = gate();
  let running = 0;
  let most = 0;
  const { engine, clock, runs } = await scheduled('*/5 * * * *', async () => {
    most = Math.max(most, ++running);
    if (runs.length === 1) await long.promise;
    running--;
  });
  await clock.advance(17 * MINUTE);
  expect(runs).toHaveLength(1);
  long.open();
  await settle();
  expect(runs).toEqual(['2026-01-01 00:05:00', '2026-01-01 00:17:00']);
  await clock.advance(3 * MINUTE);
  expect(runs.at(-1)).toBe('2026-01-01 00:20:00');
  expect(most).toBe(1);
  await engine.stop();
});

test('a failing run is reported by pattern and method, and the next one comes', async () => {
  const { engine, clock, runs, of } = await scheduled('* * * * *', () => Promise.reject(new Error('disk full')));
  await clock.advance(2 * MINUTE);
  expect(runs).toHaveLength(2);
  expect(of('timer-failed')[0]).toMatchObject({
    service: 'Backup',
    timer: 'cron * * * * * (run)',
    error: new Error('disk full'),
  });
  await engine.stop();
});

// Teeth: sleeping until the due time in one piece fails these (tried): a jump forward is noticed an hour late, one back runs twice.
describe('a wall clock that jumps', () => {
  test('forward over the due time: the run comes once, within a minute', async () => {
    const { engine, clock, runs } = await scheduled('0 2 * * *');
    await clock.advance(90 * MINUTE);
    clock.jump(HOUR);
    await clock.advance(MINUTE);
    expect(runs).toEqual([expect.stringMatching(/^2026-01-01 02:3[01]/)]);
    await clock.advance(20 * HOUR);
    expect(runs).toHaveLength(1);
    await engine.stop();
  });

  test('back by an hour after the run does not run it again', async () => {
    const { engine, clock, runs } = await scheduled('0 2 * * *');
    await clock.advance(121 * MINUTE);
    clock.jump(-HOUR);
    await clock.advance(3 * HOUR);
    expect(runs).toEqual(['2026-01-01 02:00:00']);
    await clock.advance(22 * HOUR);
    expect(runs).toHaveLength(2);
    await engine.stop();
  });

  test('back by an hour before the run only makes it wait', async () => {
    const { engine, clock, runs } = await scheduled('0 2 * * *');
    await clock.advance(110 * MINUTE);
    clock.jump(-HOUR);
    await clock.advance(69 * MINUTE);
    expect(runs).toEqual([]);
    await clock.advance(MINUTE);
    expect(runs).toEqual(['2026-01-01 02:00:00']);
    await engine.stop();
  });

  test('back by years is a clock that was wrong: the times are computed anew', async () => {
    const { engine, clock, runs } = await scheduled('0 2 * * *');
    await clock.advance(3 * HOUR);
    clock.jump(-1_000 * 24 * HOUR);
    await clock.advance(24 * HOUR);
    expect(runs).toHaveLength(2);
    expect(runs[1]).toBe('2023-04-08 02:00:00');
    await engine.stop();
  });
});

test('a pattern that never comes again ends quietly', async () => {
  const { engine, clock, runs, of } = await scheduled('0 0 30 2 *');
  await clock.advance(HOUR);
  expect([runs, of('timer-failed'), of('task-failed'), clock.pending]).toEqual([[], [], [], 0]);
  await engine.stop();
});

test('a timer that wakes a little early waits for its time instead of running twice', async () => {
  const { engine, clock, runs } = await scheduled('* * * * *');
  const sleep = jest
    .spyOn(clock, 'sleep')
    .mockImplementation((ms, options) => Object.getPrototypeOf(clock).sleep.call(clock, Math.max(1, ms - 1), options));
  await clock.advance(10 * MINUTE);
  expect(runs).toHaveLength(10);
  expect(new Set(runs).size).toBe(10);
  sleep.mockRestore();
  await engine.stop();
});

test('a pattern or a time zone that is none is told at boot by its place, with all other faults', async () => {
  class Disk {
    @Cron('61 * * * *') c() {}
    @Cron('* * * *') d() {}
    @Cron('61 * * * *', { timezone: 'Middle/Earth' }) e() {}
    @Interval(-5) f() {}
  }
  const { code, errors } = await bootError([Disk]);
  expect(code).toBe('SPECTER_BOOT');
  expect(errors.map((error) => (error as SpecterError).code)).toEqual(Array(5).fill('SPECTER_INVALID_ARGUMENT'));
  expect(errors.map(({ message }) => message)).toEqual([
    '@Cron on Disk.c: the pattern is not usable: Invalid value for minute: 61.',
    expect.stringMatching(/^@Cron on Disk\.d: the pattern is not usable: invalid configuration format/),
    '@Cron on Disk.e: the pattern is not usable: Invalid value for minute: 61.',
    '@Cron on Disk.e: the time zone "Middle/Earth" is not known.',
    '@Interval on Disk.f: expected milliseconds as a finite number of at least 1, got -5 (number).',
  ]);
});

test('the time zone may come from the instance; one that is none fails its start, and is not told', async () => {
  const runs: string[] = [];
  class Report {
    timezone = 'Asia/Tokyo';
    @Cron('30 4 * * *', { timezone: (self: Report) => self.timezone }) write() {
      runs.push(new Date(clock.now()).toISOString());
    }
  }
  const { clock, engine } = await boot([Report]);
  await clock.advance(24 * HOUR);
  expect(runs).toEqual(['2026-01-01T19:30:00.000Z']);
  await engine.stop();

  class Lost extends Report {
    override timezone = 'Middle/Earth';
  }
  const { message } = await bootError([Lost]);
  expect(message).toContain('@Cron of Lost.write, read from the instance at the start: its time zone is not known.');
  expect(message).not.toContain('Earth');
});

test.each([
  ['61 * * * *', 'the pattern is not usable: its minute is out of range.'],
  ['secret', 'the pattern is not usable.'],
])('a pattern of the instance that is none fails its start, and its text is not told: %p', async (pattern, why) => {
  class Disk {
    readonly nightly = pattern;
    @Cron((self: Disk) => self.nightly) c() {}
  }
  const { message } = await bootError([Disk]);
  expect(message).toContain(`@Cron of Disk.c, read from the instance at the start: ${why}`);
  expect(message).not.toMatch(/61|secret/);
});
