import { Deadline } from '../../src/kernel/deadline.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { gate, never, rejection, settle } from './heard.js';

const missed = (what: string) => () => new Error(`missed ${what}`);

test('what settles in time settles as it would have, and leaves no timer', async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(100, clock);
  expect(await deadline.wait(Promise.resolve(1), missed('it'))).toBe(1);
  expect(await rejection(deadline.wait(Promise.reject(new Error('own')), missed('it')))).toEqual(new Error('own'));
  expect(clock.pending).toBe(0);
});

test('what does not is rejected by name when the time is up', async () => {
  const clock = new ManualClock();
  const waiting = rejection(new Deadline(100, clock).wait(never, missed('the disk')));
  await clock.advance(99);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  expect((await waiting).message).toBe('missed the disk');
});

test('several waits spend one budget; whoever comes after a miss has a last chance, all of them together', async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(100, clock);
  const first = rejection(deadline.wait(never, missed('first')));
  await clock.advance(100);
  await first;
  expect(deadline.passed).toBe(false);
  const quick = gate<string>();
  const second = deadline.wait(quick.promise, missed('second'));
  await clock.advance(60);
  quick.open('in time');
  expect(await second).toBe('in time');
  const third = rejection(deadline.wait(never, missed('third')));
  await clock.advance(40);
  expect((await third).message).toBe('missed third');
  const fourth = rejection(deadline.wait(never, missed('fourth')));
  await clock.advance(0);
  expect((await fourth).message).toBe('missed fourth');
});

test('what is ready wins over a deadline that has passed', async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(0, clock);
  await clock.advance(5);
  expect(deadline.passed).toBe(true);
  expect(await deadline.wait(Promise.resolve('ready'), missed('it'))).toBe('ready');
});

test('work that fails after its deadline is no unhandled rejection', async () => {
  const clock = new ManualClock();
  const late = gate();
  const waiting = rejection(new Deadline(5, clock).wait(late.promise, missed('it')));
  await clock.advance(5);
  await waiting;
  late.break(new Error('late'));
  await settle();
});

test('it runs on real time, so that turning a virtual clock never fails a healthy start', async () => {
  const clock = new ManualClock();
  const work = gate();
  const waiting = new Deadline(60_000).wait(work.promise, missed('it'));
  await clock.advance(120_000);
  work.open();
  await waiting;
});
