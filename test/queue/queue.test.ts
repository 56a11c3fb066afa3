// What whoever hands jobs to a queue can rely on.
import { IsInt, IsString } from 'class-validator';
import { type Job, Module, Outcome, Queue, QueueService, unchecked } from '../../src/index.js';
import { testApplication } from '../../src/testing/index.js';
import { closeStages, Gate, queueStage } from './stage.js';

afterEach(closeStages);

describe('a job', () => {
  test('is done, and its result is there for whoever waits', async () => {
    const { app, queue } = await queueStage();
    const job = await queue.enqueue('a');
    expect(job.id).toMatch(/^[0-9a-f]{32}$/);
    expect(await job.done()).toBe('a done');
    expect([job.state, job.attempt, job.attempts]).toEqual(['completed', 1, 10]);
    expect(job.enqueuedAt).toBe(app.clock.now());
    expect(await (await queue.get(job.id))?.done()).toBe('a done');
  });

  test('tells each of its changes on the bus, with its progress', async () => {
    const { queue, changes } = await queueStage();
    queue.work = (job) => job.progress(50, 'half');
    const { id, done } = await queue.enqueue('a').then((job) => ({ id: job.id, done: job.done() }));
    await done;
    const progress = { percent: 50, message: 'half' };
    expect(changes).toEqual([
      { id, state: 'waiting' },
      { id, state: 'active' },
      { id, state: 'active', progress },
      { id, state: 'completed', progress },
    ]);
  });

  test('shows how far it is at once, takes no nonsense, and nothing when it is not active', async () => {
    const { queue, changes } = await queueStage();
    const seen: unknown[] = [];
    queue.work = (job) => {
      job.progress(0);
      seen.push(job.reported);
      job.progress(100, 'all');
      seen.push(job.reported);
      for (const percent of [-1, 101, Number.NaN, '5' as never])
        expect(() => job.progress(percent)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
    };
    const job = await queue.enqueue('a');
    await job.done();
    expect(seen).toEqual([{ percent: 0 }, { percent: 100, message: 'all' }]);
    const before = changes.length;
    job.progress(7);
    await queue.counts();
    expect([changes.length, job.reported?.percent]).toEqual([before, 100]);
  });

  test('waits until its delay is over', async () => {
    const { app, queue, changes } = await queueStage();
    const job = await queue.enqueue('later', { delay: 5_000 });
    expect([job.state, await queue.counts()]).toMatchObject(['delayed', { delayed: 1 }]);
    await app.clock.advance(4_999);
    expect(queue.begun).toEqual([]);
    await app.clock.advance(1);
    expect(await job.done()).toBe('later done');
    expect(changes.map(({ state }) => state)).toEqual(['delayed', 'waiting', 'active', 'completed']);
  });

  test('whose delay is over waits for a free worker, and says so', async () => {
    const { app, queue, changes } = await queueStage();
    const gate = new Gate();
    queue.work = () => gate.promise;
    await queue.enqueue('busy');
    const job = await queue.enqueue('later', { delay: 10 });
    await app.clock.advance(10);
    expect(job.state).toBe('waiting');
    gate.resolve();
    await queue.idle();
    expect(changes.filter(({ id }) => id === job.id).map(({ state }) => state)).toEqual([
      'delayed',
      'waiting',
      'active',
      'completed',
    ]);
  });

  test('of lower priority number goes first, then whoever came first', async () => {
    const { queue } = await queueStage();
    queue.pause();
    await queue.enqueue('c');
    await queue.enqueue('d');
    await queue.enqueue('a', { priority: -5 });
    await queue.enqueue('b', { priority: 99 });
    queue.resume();
    await queue.idle();
    expect(queue.begun).toEqual(['a', 'b', 'c', 'd']);
  });

  test('runs outside of the request that enqueued it', async () => {
    const { AsyncLocalStorage } = await import('node:async_hooks');
    const storage = new AsyncLocalStorage<string>();
    const { queue } = await queueStage();
    queue.work = () => storage.getStore();
    // Tried: without the snapshot, the store is that of the caller.
    const job = await storage.run('request 1', () => queue.enqueue('a'));
    expect(await job.done()).toBeUndefined();
    storage.disable();
  });

  test('enqueued twice with one key while it is unfinished is one job', async () => {
    const { queue, changes } = await queueStage();
    const gate = new Gate();
    queue.work = () => gate.promise;
    const job = await queue.enqueue('a', { key: 'k' });
    expect(await queue.enqueue('b', { key: 'k' })).toBe(job);
    expect(await queue.tryEnqueue('b', { key: 'k' })).toBe(job);
    const [x, y] = await queue.enqueueMany(['c', 'd'], (_, i) => ({ key: i === 0 ? 'k' : 'l' }));
    expect([x === job, y === job, y?.key]).toEqual([true, false, 'l']);
    expect(changes.filter(({ state }) => state === 'waiting')).toHaveLength(2);
    gate.resolve();
    await queue.idle();
    expect(await queue.enqueue('e', { key: 'k' })).not.toBe(job);
  });
});

describe('room', () => {
  test('is for as many as may wait: one more is refused, and tryEnqueue() gives undefined', async () => {
    const { queue, app } = await queueStage({ maxSize: 2 });
    const gate = new Gate();
    queue.work = () => gate.promise;
    await queue.enqueue('active');
    await queue.enqueue('waits');
    await queue.enqueue('delayed', { delay: 60_000 });
    const full = { code: 'SPECTER_QUEUE_FULL', status: 503, message: expect.stringContaining('"jobs"') };
    await expect(queue.enqueue('more')).rejects.toMatchObject(full);
    expect(await queue.tryEnqueue('more')).toBeUndefined();
    expect((await app.health()).services.jobs).toMatchObject({ status: 'degraded', waiting: 1, delayed: 1, active: 1 });
    gate.resolve();
    await app.clock.advance(0);
    expect(await queue.tryEnqueue('more')).toMatchObject({ data: 'more', priority: 100, attempt: 0 });
  });

  test('is taken by all of many, or by none', async () => {
    const { queue, changes } = await queueStage({ maxSize: 3 });
    queue.pause();
    await expect(queue.enqueueMany(['a', 'b', 'c', 'd'])).rejects.toMatchObject({ code: 'SPECTER_QUEUE_FULL' });
    expect([changes, await queue.counts()]).toMatchObject([[], { waiting: 0 }]);
    expect((await queue.enqueueMany(['a', 'b', 'c'], { priority: 1 })).map(({ data }) => data)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(await queue.enqueueMany([])).toEqual([]);
    await expect(queue.retry((await queue.jobs())[0]?.id ?? '')).resolves.toBeUndefined();
  });

  test('is bounded when nobody says anything, and so is what is kept of finished jobs', async () => {
    const { queue } = await queueStage();
    queue.pause();
    await queue.enqueueMany(Array.from({ length: 100_000 }, (_, i) => `${i}`));
    await expect(queue.enqueue('one more')).rejects.toMatchObject({ code: 'SPECTER_QUEUE_FULL' });
  });
});

describe('ten thousand jobs', () => {
  test('go through, some at a time, each once, and a hundred are kept', async () => {
    const { queue } = await queueStage({ concurrency: 50 });
    const all = await queue.enqueueMany(Array.from({ length: 10_000 }, (_, i) => `${i}`));
    await queue.idle({ timeout: 60_000 });
    expect(queue.begun).toHaveLength(10_000);
    expect(new Set(queue.begun).size).toBe(10_000);
    expect(await all[9_999]?.done()).toBe('9999 done');
    expect(await queue.counts()).toMatchObject({ completed: 100, waiting: 0, active: 0 });
    expect(await queue.get(all[0]?.id ?? '')).toBeUndefined();
    expect(await all[0]?.done()).toBe('0 done');
  });
});

describe('what comes in', () => {
  class Film {
    @IsString() title = '';
    @IsInt() year = 0;
  }
  const filmQueue = async (type: unknown) => {
    const seen: unknown[] = [];
    @Queue({ name: 'films', type: type as never })
    class Films extends QueueService<any> {
      protected handle({ data }: Job<any>) {
        seen.push(data);
      }
    }
    @Module({ providers: [Films] })
    class App {}
    const app = await testApplication(App, { logger: false }).start();
    return { app, queue: app.get(Films), seen };
  };

  test('passes the gate: the handler gets an instance, and what does not fit is refused with all its faults', async () => {
    const { app, queue, seen } = await filmQueue(Film);
    await queue.enqueue({ title: 'Alien', year: 1979 });
    await queue.idle();
    expect(seen).toEqual([expect.any(Film)]);
    const bad = { title: 5, year: '1979', more: true };
    const problem = {
      status: 422,
      detail: expect.stringContaining('The payload did not pass'),
      errors: expect.any(Array),
    };
    const message =
      /^A job for \S+ was refused, as its data did not pass validation: more: .*; title: .*string; year: .*integer number\.$/;
    const refused = { code: 'SPECTER_VALIDATION', problem, message: expect.stringMatching(message) };
    for (const enqueue of [
      () => queue.enqueue(bad),
      () => queue.tryEnqueue(bad),
      () => queue.enqueueMany([{ title: 'Alien', year: 1979 }, bad]),
    ])
      await expect(enqueue()).rejects.toMatchObject(refused);
    const forged = { 'a\nERROR all is lost': 1, b: 2, c: 3, d: 4, e: 5, f: 6 };
    const told = /^A job for \S+ was refused, .*: a.ERROR all is lost: [^\n]*; e: [^\n]*; and 1 more\.$/;
    await expect(queue.enqueue(forged)).rejects.toThrow(told); // as it came: a line of its own in the log (tried)
    expect(seen).toHaveLength(1);
    await app.stop();
  });

  test('is not seen by the gate when its type is unchecked, but for its size and its keys', async () => {
    const { app, queue, seen } = await filmQueue(unchecked);
    await queue.enqueue({ any: ['thing'] });
    const forbidden = queue.enqueue(JSON.parse('{"__proto__":{"admin":true}}'));
    await expect(forbidden).rejects.toMatchObject({ code: 'SPECTER_BODY_FORBIDDEN_KEY' });
    const huge = queue.enqueue(Array.from({ length: 6_000 }, () => 1));
    await expect(huge).rejects.toMatchObject({ code: 'SPECTER_BODY_TOO_COMPLEX' });
    await queue.idle();
    expect(seen).toEqual([{ any: ['thing'] }]);
    await app.stop();
  });

  test.each<[string, object]>([
    ['a delay in the past', { delay: -1 }],
    ['a delay that is none', { delay: Number.NaN }],
    ['a priority that is none', { priority: Number.POSITIVE_INFINITY }],
    ['no attempt', { attempts: 0 }],
    ['half an attempt', { attempts: 1.5 }],
    ['an empty key', { key: '' }],
    ['a key that is no text', { key: 5 }],
    ['a misspelt option', { priorty: 5 }],
  ])('is refused with %s', async (_, options) => {
    const { queue } = await queueStage();
    await expect(queue.enqueue('a', options)).rejects.toMatchObject({ code: 'SPECTER_INVALID_ARGUMENT' });
    expect((await queue.jobs()).length).toBe(0);
  });
});

describe('cancel', () => {
  test('of a job that waits: it never runs, and whoever waits for it is told', async () => {
    const { queue, changes } = await queueStage();
    queue.pause();
    const job = await queue.enqueue('a');
    const done = job.done();
    expect(await queue.cancel(job.id)).toBe(true);
    await expect(done).rejects.toMatchObject({ code: 'SPECTER_JOB_CANCELLED' });
    expect([job.state, changes.at(-1)]).toEqual(['cancelled', { id: job.id, state: 'cancelled' }]);
    queue.resume();
    await queue.idle();
    expect(queue.begun).toEqual([]);
  });

  test('of an active job: its signal is aborted, and it is cancelled at once', async () => {
    const { queue, told } = await queueStage();
    queue.work = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const job = await queue.enqueue('a');
    expect(await queue.cancel(job.id)).toBe(true);
    expect(job.signal.reason).toMatchObject({ code: 'SPECTER_JOB_CANCELLED' });
    await expect(job.done()).rejects.toMatchObject({ code: 'SPECTER_JOB_CANCELLED' });
    expect(job.state).toBe('cancelled');
    expect(told.filter(({ type }) => type === 'job-failed' || type === 'task-failed')).toEqual([]);
  });

  test('of what is finished or unknown does nothing', async () => {
    const { queue } = await queueStage();
    const job = await queue.enqueue('a');
    await job.done();
    expect([await queue.cancel(job.id), await queue.cancel('nobody'), job.state]).toEqual([false, false, 'completed']);
  });

  test('what a cancelled handler still throws is told, unless it is what it was asked to', async () => {
    const { app, queue, told } = await queueStage();
    const gate = new Gate();
    queue.work = () => gate.promise;
    const job = await queue.enqueue('a');
    await queue.cancel(job.id);
    gate.reject(new Error('disk full'));
    await app.clock.advance(0);
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'task-failed', service: 'jobs', task: `job ${job.id}` }),
    );
    expect(job.state).toBe('cancelled');
  });
});

describe('pause', () => {
  test('takes no more jobs until resume(); those at hand go on', async () => {
    const { app, queue, told } = await queueStage();
    const gate = new Gate<string>();
    queue.work = () => gate.promise;
    const active = await queue.enqueue('a');
    queue.pause();
    queue.pause();
    const waits = await queue.enqueue('b');
    gate.resolve('ok');
    expect(await active.done()).toBe('ok');
    await app.clock.advance(1_000);
    expect([queue.paused, waits.state]).toEqual([true, 'waiting']);
    expect((await app.health()).services.jobs).toMatchObject({ status: 'up', paused: true, waiting: 1 });
    queue.resume();
    expect(await waits.done()).toBe('ok');
    expect(told.filter(({ type }) => type.startsWith('queue-')).map(({ type }) => type)).toEqual([
      'queue-paused',
      'queue-resumed',
    ]);
  });
});

describe('waiting', () => {
  test('idle() resolves when nothing is left that will run, retries included', async () => {
    const { app, queue } = await queueStage({ backoff: { jitter: 0 } });
    await queue.idle();
    let tries = 0;
    queue.work = () => {
      if (++tries < 3) throw new Error('not yet');
    };
    await queue.enqueue('a', { delay: 100 });
    let idle = false;
    const waiting = queue.idle().then(() => {
      idle = true;
    });
    await app.clock.advance(100 + 1_000);
    expect([tries, idle]).toEqual([2, false]);
    await app.clock.advance(2_000);
    await waiting;
    expect([tries, idle]).toEqual([3, true]);
  });

  test('idle() has a deadline, by default 10 s, and takes a signal', async () => {
    const { app, queue } = await queueStage();
    queue.pause();
    await queue.enqueue('a');
    const waiting = queue.idle();
    const given = new AbortController();
    const aborted = queue.idle({ signal: given.signal });
    given.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await app.clock.advance(10_000);
    await expect(waiting).rejects.toMatchObject({
      code: 'SPECTER_WAIT_TIMEOUT',
      message: expect.stringMatching(/jobs\.idle\(\) waited 10000 ms .* It is paused\./),
    });
    await expect(queue.idle({ timeout: -1 })).rejects.toMatchObject({ code: 'SPECTER_INVALID_ARGUMENT' });
    await expect(queue.idle({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  test('done() takes a deadline and a signal, and the job goes on without them', async () => {
    const { app, queue } = await queueStage();
    const gate = new Gate<string>();
    queue.work = () => gate.promise;
    const job = await queue.enqueue('a');
    const late = job.done({ timeout: 50 });
    const aborted = job.done({ signal: AbortSignal.abort(new Error('enough')) });
    await app.clock.advance(50);
    await expect(late).rejects.toMatchObject({
      code: 'SPECTER_WAIT_TIMEOUT',
      message: expect.stringContaining(job.id),
    });
    await expect(aborted).rejects.toThrow('enough');
    gate.resolve('ok');
    expect(await job.done()).toBe('ok');
  });

  test('a done() that nobody handles is no uncaught error', async () => {
    const { queue } = await queueStage({ attempts: 1 });
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    queue.work = () => Promise.reject(new Error('no'));
    const job = await queue.enqueue('a');
    void job.done();
    void job.done({ timeout: 1_000 });
    await queue.idle();
    void job.done();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test('get(), jobs() and counts() tell what there is', async () => {
  const { queue } = await queueStage();
  queue.pause();
  const job = await queue.enqueue('a');
  expect(await queue.get(job.id)).toBe(job);
  expect(await queue.get('nobody')).toBeUndefined();
  expect(await queue.jobs({ state: 'waiting' })).toEqual([job]);
  expect(await queue.jobs({ state: 'dead' })).toEqual([]);
  const none = { delayed: 0, active: 0, failed: 0, completed: 0, dead: 0, cancelled: 0 };
  expect(await queue.counts()).toEqual({ ...none, waiting: 1 });
});

test('a job as JSON is what a client may see of it', async () => {
  const { queue } = await queueStage({ attempts: 1 });
  queue.work = (job) => {
    job.progress(5);
    throw new Error('password is 1234');
  };
  const job = await queue.enqueue('secret');
  expect(JSON.parse(JSON.stringify(job))).toEqual({ id: job.id, state: 'active', progress: { percent: 5 } });
  await queue.idle();
  expect(JSON.parse(JSON.stringify(job))).toEqual({ id: job.id, state: 'dead', progress: { percent: 5 } });
});

test('an outcome is its value', async () => {
  const { queue } = await queueStage();
  queue.work = () => Outcome.success({ n: 1 }, { status: 201 });
  expect(await (await queue.enqueue('a')).done()).toEqual({ n: 1 });
});
