// leakCheck(): what can only be counted, what it is given to look at, and that it leaves nothing itself.
import { EventEmitter } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type Leak, LeakError, leakCheck, type Owning, type Probe } from '../../src/testing/index.js';

const texts = (leaks: readonly Leak[]) => leaks.map(({ kind, label }) => `${kind} ${label}`);
const onLinux = process.platform === 'linux' ? test : test.skip;

/** Something that has stopped and still has that. */
const owning = (...labels: string[]): Owning => ({
  tree: () => ({
    children: [
      {
        kind: 'child',
        label: 'Disk',
        children: labels.map((label) => ({ kind: 'timer', label, birth: 'disk.ts:7', children: [] })),
      },
      { kind: 'child', label: 'Library', children: [] },
    ],
  }),
});

test('finds nothing when nothing was opened', async () => {
  const check = await leakCheck({ probes: ['owned', 'made', 'listeners', 'processes', 'warnings'] });
  expect(await check.leaks(owning())).toEqual([]);
  await check.end();
});

test('what a stopped application still owns is told with its owner and the place of its birth', async () => {
  const check = await leakCheck({ probes: ['owned'] });
  const error = await check.end(owning('interval of 5 ms')).then(
    () => undefined,
    (thrown: LeakError) => thrown,
  );
  expect(error).toBeInstanceOf(LeakError);
  expect(error).toMatchObject({
    code: 'SPECTER_LEAK',
    message: expect.stringContaining(
      '1 thing outlived the check:\n  - timer "interval of 5 ms" of Disk, made at disk.ts:7',
    ),
    leaks: [{ kind: 'timer', label: '"interval of 5 ms" of Disk', place: 'disk.ts:7' }],
  });
});

test('a listener more of an emitter is told by event and name, and how many more', async () => {
  const io = new EventEmitter().on('connection', () => {});
  const check = await leakCheck({ probes: ['listeners'], emitters: { io } });
  io.on('connection', () => {})
    .on('connection', () => {})
    .on('close', () => {});
  expect(texts(await check.leaks())).toEqual(['listener "connection" of io, 2 more', 'listener "close" of io']);
  check.close();
});

test('a listener of process is told once, by file and line', async () => {
  const check = await leakCheck({ probes: ['made', 'listeners'] });
  const listener = () => {};
  process.on('SIGUSR2', listener).on('SIGUSR2', listener).removeListener('SIGUSR2', listener);
  const leaks = await check.leaks();
  process.removeListener('SIGUSR2', listener);
  expect(leaks).toEqual([
    { kind: 'listener', label: '"SIGUSR2" of process', place: expect.stringMatching(/leak-check\.test\.ts:\d+/) },
  ]);
  expect(await check.leaks()).toEqual([]);
  check.close();
});

test('a listener that is added and taken away many times is no leak, however often', async () => {
  const check = await leakCheck({ probes: ['made'] });
  const listener = () => {};
  for (let i = 0; i < 1_000; i++) {
    process.on('SIGUSR2', listener);
    process.removeListener('SIGUSR2', listener);
  }
  process.once('SIGUSR2', listener);
  process.removeListener('SIGUSR2', listener);
  await check.end();
});

onLinux('an open file that Node knows nothing of is found', async () => {
  const check = await leakCheck({ probes: ['files'] });
  const fd = openSync(__filename, 'r');
  const leaks = await check.leaks();
  closeSync(fd);
  expect(texts(leaks)).toEqual([`file ${__filename}`]);
  check.close();
});

test('it leaves nothing itself, however it ends', async () => {
  const outer = await leakCheck({ probes: ['made', 'listeners'] });
  const listeners = () => process.eventNames().map((event) => [event, process.listenerCount(event)]);
  const before = listeners();
  const run = process.env.SPECTER_RUN;
  const inner = await leakCheck();
  expect(process.env.SPECTER_RUN).not.toBe(run);
  inner.close();
  inner.close();
  await (await leakCheck({ probes: ['made'] })).end();
  await (await leakCheck({ probes: ['made'] }))[Symbol.asyncDispose]();
  expect(process.env.SPECTER_RUN).toBe(run);
  expect(listeners()).toEqual(before);
  await outer.end();
  expect(process.env.SPECTER_RUN).toBeUndefined();
});

test('what the platform does not have is left out, and told', async () => {
  const probes: readonly Probe[] = ['made', 'files', 'threads', 'processes'];
  const check = await leakCheck({ probes });
  check.close();
  expect(check.missing).toEqual(process.platform === 'linux' ? [] : ['files', 'threads', 'processes']);
});
