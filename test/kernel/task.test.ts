import { Deadline } from '../../src/kernel/deadline.js';
import { Scope } from '../../src/kernel/scope.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { gate, hear, never, rejection, settle } from './heard.js';

function open() {
  const clock = new ManualClock();
  const heard = hear(clock);
  return { clock, heard, scope: new Scope('worker', { clock, events: heard.events }) };
}

test('a task runs with its own signal, and leaves no entry when it has ended', async () => {
  const { scope } = open();
  const work = gate();
  const task = scope.spawn(() => work.promise, { label: 'copy' });
  expect(task).toMatchObject({ label: 'copy', running: true });
  expect(scope.size).toBe(1);
  work.open();
  await task.done;
  expect(task.running).toBe(false);
  expect(scope.size).toBe(0);
});

test('a task is called what its function is called, unless it is given a label', () => {
  const { scope } = open();
  expect(scope.spawn(function index() {}).label).toBe('index');
  expect(scope.spawn(() => {}).label).toBe('task');
});

test('a failing task is reported by owner and label, and stops nobody else', async () => {
  const { scope, heard } = open();
  const other = scope.spawn(() => never, { label: 'other' });
  const failing = scope.spawn(
    async () => {
      throw new Error('no disk');
    },
    { label: 'scan' },
  );
  await failing.done;
  expect(heard.of('task-failed')).toEqual([
    expect.objectContaining({ service: 'worker', task: 'scan', error: new Error('no disk') }),
  ]);
  expect(other.running).toBe(true);
});

test('a synchronous throw in a task is reported like a rejection', async () => {
  const { scope, heard } = open();
  await scope.spawn(() => {
    throw 'text';
  }).done;
  expect(heard.of('task-failed')[0]?.error.message).toBe('text');
});

test('a critical task hands its failure to its owner, besides the report', async () => {
  const { scope, heard } = open();
  const onCritical = jest.fn();
  await scope.spawn(() => Promise.reject(new Error('fatal')), { critical: true, onCritical }).done;
  expect(onCritical).toHaveBeenCalledWith(new Error('fatal'));
  expect(heard.of('task-failed')).toHaveLength(1);
});

test('cancel() aborts the signal of that task alone; ending with the reason is no failure', async () => {
  const { scope, heard } = open();
  const wait = (signal: AbortSignal) => scope.clock.sleep(1_000, { signal });
  const one = scope.spawn(wait, { label: 'one' });
  const other = scope.spawn(wait, { label: 'other' });
  await settle();
  one.cancel();
  await one.done;
  expect(other.signal.aborted).toBe(false);
  expect(heard.of('task-failed')).toEqual([]);
});

test('what a host makes of an abort, an AbortError, is no failure either', async () => {
  const { scope, heard } = open();
  const task = scope.spawn(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(Object.assign(new Error('aborted'), { name: 'AbortError' })));
      }),
  );
  await settle();
  await scope.close();
  await task.done;
  expect(heard.of('task-failed')).toEqual([]);
});

test('an AbortError of a task that nobody aborted is a failure', async () => {
  const { scope, heard } = open();
  await scope.spawn(() => Promise.reject(Object.assign(new Error('aborted'), { name: 'AbortError' }))).done;
  expect(heard.of('task-failed')).toHaveLength(1);
});

test('any other failure after the abort is reported', async () => {
  const { scope, heard } = open();
  scope.spawn(async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    throw new Error('half written');
  });
  await settle();
  await scope.close();
  expect(heard.of('task-failed')[0]?.error.message).toBe('half written');
});

test('closing aborts the signal of a task and waits until it has ended', async () => {
  const { scope } = open();
  const log: string[] = [];
  const last = gate();
  scope.spawn(async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await last.promise;
    log.push('ended');
  });
  await settle();
  const closing = scope.close().then(() => log.push('closed'));
  await settle();
  expect(log).toEqual([]);
  last.open();
  await closing;
  expect(log).toEqual(['ended', 'closed']);
});

test('a task sees the abort of its scope even before the scope closes', async () => {
  const { scope } = open();
  const task = scope.spawn(() => never);
  scope.abort(new Error('a sibling failed'));
  expect(task.signal.aborted).toBe(true);
  expect(task.signal.reason).toEqual(new Error('a sibling failed'));
});

test('no work begins in a scope whose signal is aborted', () => {
  const { scope } = open();
  scope.abort(new Error('over'));
  expect(() => scope.spawn(() => {})).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }));
});

test('a delayed task begins after its delay, and never when it was cancelled before', async () => {
  const { scope, clock } = open();
  const work = jest.fn();
  const cancelled = jest.fn();
  scope.spawn(work, { delay: 100 });
  const task = scope.spawn(cancelled, { delay: 100 });
  await clock.advance(99);
  expect(work).not.toHaveBeenCalled();
  task.cancel();
  await clock.advance(1);
  expect(work).toHaveBeenCalledTimes(1);
  expect(cancelled).not.toHaveBeenCalled();
  await task.done;
});

test('a task spawned in the instant of the close is aborted and awaited like any other', async () => {
  const { scope } = open();
  const task = scope.spawn(
    (signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  );
  await scope.close();
  expect(task).toMatchObject({ running: false, signal: { aborted: true } });
});

test('a task that spawns another while the scope closes is told so', async () => {
  const { scope, heard } = open();
  scope.spawn(async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    scope.spawn(() => never);
  });
  await settle();
  await scope.close(new Deadline(500));
  expect(heard.of('task-failed')[0]?.error).toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
});

test('a task may close its own scope without waiting for it', async () => {
  const { scope } = open();
  let closing: Promise<void> | undefined;
  await scope.spawn(() => {
    closing = scope.close();
  }).done;
  await closing;
  expect(scope.size).toBe(0);
});

test.each([undefined, null, 'work', {}])('spawn(%p) is refused and leaves nothing', (work) => {
  const { scope } = open();
  expect(() => scope.spawn(work as never)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  expect(scope.size).toBe(0);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a delay of %p is refused and leaves nothing', (delay) => {
  const { scope } = open();
  expect(() => scope.spawn(() => {}, { delay })).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  expect(scope.size).toBe(0);
});

test('a task that hangs past its cancel still belongs to the scope', async () => {
  const { scope } = open();
  const task = scope.spawn(() => never, { label: 'deaf' });
  await settle();
  task.cancel();
  await settle();
  expect(scope.size).toBe(1);
  expect((await rejection(scope.close(new Deadline(10)))).message).toContain('"deaf"');
});
