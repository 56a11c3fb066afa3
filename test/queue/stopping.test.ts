// What becomes of jobs when their queue stops, is restarted, or comes to its end.
import { Bus, Lifecycle, Module, Queue, QueueService } from '../../src/index.js';
import { ManualClock, type TestApplication, testApplication } from '../../src/testing/index.js';
import { closeStages, doer, Gate, queueStage } from './stage.js';

afterEach(closeStages);

const lostIn = (told: readonly { type: string }[]) => told.filter(({ type }) => type === 'jobs-lost');

const stoppingOf = (app: TestApplication) => new Promise<void>((resolve) => app.events.on('stopping', () => resolve()));

describe('a stop', () => {
  test('takes no new job, waits for those at hand, and reports the rest as lost, by id', async () => {
    const { app, queue, told } = await queueStage();
    const gate = new Gate<string>();
    queue.work = () => gate.promise;
    const active = await queue.enqueue('active');
    const waits = await queue.enqueue('waits');
    const delayed = await queue.enqueue('delayed', { delay: 1_000 });
    const ends = Promise.allSettled([active.done(), waits.done(), delayed.done()]);
    const stopping = app.stop();
    await stoppingOf(app);
    await expect(queue.enqueue('more')).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
    expect(active.signal.aborted).toBe(false);
    gate.resolve('done in time');
    await stopping;
    const lost = { status: 'rejected', reason: { code: 'SPECTER_JOB_LOST' } };
    expect(await ends).toMatchObject([{ value: 'done in time' }, lost, lost]);
    expect((await ends)[1]).toMatchObject({ reason: { message: expect.stringContaining(waits.id) } });
    expect(lostIn(told)).toMatchObject([{ service: 'jobs', lost: 2, jobs: [waits.id, delayed.id] }]);
    expect(queue.begun).toEqual(['active']);
  });

  test('calls the hooks in order: the workers say when they begin and when they end', async () => {
    const { app, queue } = await queueStage();
    await app.stop();
    expect(queue.hooks).toEqual(['onStart', 'onWorkersStarted', 'onWorkersStopping', 'onStop']);
  });

  test('aborts the signal of those that use up the time, and they can still end well', async () => {
    const { app, queue, told } = await queueStage();
    queue.work = ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('saved')));
    const job = await queue.enqueue('a');
    const done = job.done();
    await app.stop();
    expect(await done).toBe('saved');
    expect(job.signal.reason).toMatchObject({ code: 'SPECTER_NOT_RUNNING', message: expect.stringContaining(job.id) });
    expect(lostIn(told)).toEqual([]);
  });

  test('loses one that gives up when it is asked to', async () => {
    const { app, queue, told } = await queueStage();
    queue.work = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const job = await queue.enqueue('a');
    const done = job.done();
    await app.stop();
    await expect(done).rejects.toMatchObject({ code: 'SPECTER_JOB_LOST' });
    expect(lostIn(told)).toMatchObject([{ jobs: [job.id] }]);
    expect(told.filter(({ type }) => type === 'job-failed')).toEqual([]);
  });

  test('does not hang on a handler that ignores its signal: it is lost, and named', async () => {
    const { app, queue, told } = await queueStage({ stopTimeout: 50 });
    queue.work = () => new Promise(() => {});
    const job = await queue.enqueue('a');
    const done = job.done();
    await app.stop().catch(() => {});
    await expect(done).rejects.toMatchObject({ code: 'SPECTER_JOB_LOST', message: expect.stringContaining(job.id) });
    expect(lostIn(told)).toMatchObject([{ lost: 1, jobs: [job.id] }]);
    const late = told.flatMap((event) => (event.type === 'release-failed' ? [event.error.message] : []));
    expect(late.join()).toContain(`job ${job.id}`);
  });

  test('names the first hundred of very many, and counts all', async () => {
    const { app, queue, told } = await queueStage();
    queue.pause();
    await queue.enqueueMany(Array.from({ length: 1_000 }, (_, i) => `${i}`));
    await app.stop();
    expect(lostIn(told)).toMatchObject([{ lost: 1_000, jobs: expect.any(Array) }]);
    expect(lostIn(told)[0]).toHaveProperty('jobs.length', 100);
    const text = app.events.wordingOf(lostIn(told)[0] as never).text;
    expect(text).toMatch(/^jobs: 1000 jobs lost: [0-9a-f]{32}, .* and 980 more$/);
  });

  test('ends the waits for an idle queue that cannot become idle', async () => {
    const { app, queue } = await queueStage();
    queue.pause();
    await queue.enqueue('a');
    const idle = queue.idle({ timeout: 60_000 });
    await app.stop();
    await expect(idle).rejects.toMatchObject({ code: 'SPECTER_WAIT_ENDED' });
  });

  test('lets those who wait for the last job have it', async () => {
    const { app, queue } = await queueStage();
    const gate = new Gate();
    queue.work = () => gate.promise;
    await queue.enqueue('a');
    const idle = queue.idle();
    const stopping = app.stop();
    gate.resolve();
    await Promise.all([idle, stopping]);
  });

  test('goes on when onWorkersStopping() fails, and tells', async () => {
    const { app, queue, told } = await queueStage();
    Object.assign(queue, { onWorkersStopping: () => Promise.reject(new Error('the hook failed')) });
    await app.stop().catch(() => {});
    const failed = told.flatMap((event) => (event.type === 'release-failed' ? [event.error.message] : []));
    expect(failed).toEqual(['the hook failed']);
  });

  test('leaves no timer, no listener and no job behind', async () => {
    const { app, queue } = await queueStage({ timeout: 10_000, backoff: { jitter: 0 } });
    queue.work = ({ data }) => {
      if (data === 'fails') throw new Error('no');
    };
    await queue.enqueueMany(['fails', 'works', 'fails']);
    await queue.enqueue('later', { delay: 5_000 });
    // It would reject if anything were left.
    await app.stop();
    expect(app.clock.pending).toBe(0);
    expect(await queue.jobs()).toEqual([]);
  });
});

describe('before the start and after the stop', () => {
  test('nothing can be enqueued', async () => {
    const queue = new (doer())();
    await expect(queue.enqueue('early')).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
    const stage = await queueStage();
    await stage.app.stop();
    for (const late of [() => stage.queue.enqueue('late'), () => stage.queue.tryEnqueue('late')])
      await expect(late()).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
  });

  test('a job that enqueues another one while its queue stops is told so', async () => {
    const { app, queue } = await queueStage();
    const gate = new Gate();
    let refused: unknown;
    queue.work = async () => {
      await gate.promise;
      refused = await queue.enqueue('next').catch((error: unknown) => error);
    };
    await queue.enqueue('a');
    const stopping = app.stop();
    await stoppingOf(app);
    gate.resolve();
    await stopping;
    expect(refused).toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
  });

  test('onStart() of the queue itself may enqueue', async () => {
    @Queue({ name: 'early', type: String })
    class Early extends QueueService<string> {
      readonly done: string[] = [];
      protected override async onStart() {
        await this.enqueue('first');
        expect(this.done).toEqual([]);
      }
      protected handle({ data }: { data: string }) {
        this.done.push(data);
      }
    }
    @Module({ providers: [Early] })
    class App {}
    const app = await testApplication(App).start();
    await app.get(Early).idle();
    expect(app.get(Early).done).toEqual(['first']);
    await app.stop();
  });
});

describe('a restart', () => {
  test('keeps the jobs that wait, those that were asked to end among them, and who waits for them', async () => {
    const { app, queue, told, Type } = await queueStage();
    queue.work = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const active = await queue.enqueue('active');
    const waits = await queue.enqueue('waits');
    const delayed = await queue.enqueue('delayed', { delay: 1_000 });
    const ends = Promise.all([active.done(), waits.done(), delayed.done()]);
    const restarting = app.restart(Type);
    active.signal.addEventListener('abort', () => {
      queue.work = ({ data }) => `${data} ok`;
    });
    await restarting;
    await app.clock.advance(1_000);
    expect(await ends).toEqual(['active ok', 'waits ok', 'delayed ok']);
    expect([active.attempt, queue.begun]).toEqual([1, ['active', 'active', 'waits', 'delayed']]);
    expect(lostIn(told)).toEqual([]);
    expect(queue.hooks.filter((hook) => hook.startsWith('onWorkers'))).toEqual([
      'onWorkersStarted',
      'onWorkersStopping',
      'onWorkersStarted',
    ]);
  });

  test('loses one that did not end, does not run it twice, and its worker is not free before it has', async () => {
    const { app, queue, told, Type } = await queueStage({ stopTimeout: 50 });
    const gate = new Gate();
    queue.work = ({ data }) => (data === 'zombie' ? gate.promise : 'ok');
    const zombie = await queue.enqueue('zombie');
    const waits = await queue.enqueue('waits');
    await app.restart(Type);
    await expect(zombie.done()).rejects.toMatchObject({ code: 'SPECTER_JOB_LOST' });
    expect(lostIn(told)).toMatchObject([{ jobs: [zombie.id] }]);
    await app.clock.advance(1_000);
    expect([waits.state, await queue.get(zombie.id)]).toEqual(['waiting', undefined]);
    gate.resolve();
    expect(await waits.done()).toBe('ok');
    expect([queue.begun, queue.most]).toEqual([['zombie', 'waits'], 1]);
  });

  test('keeps a pause', async () => {
    const { app, queue, Type } = await queueStage();
    queue.pause();
    const job = await queue.enqueue('a');
    await app.restart(Type);
    await app.clock.advance(1_000);
    expect([queue.paused, job.state]).toEqual([true, 'waiting']);
    queue.resume();
    await job.done();
  });

  test('after a failure keeps the jobs, too', async () => {
    const { app, queue } = await queueStage({ restart: { on: 'failure', backoff: { jitter: 0 } } });
    const gate = new Gate();
    queue.work = () => gate.promise;
    await queue.enqueue('active');
    const waits = await queue.enqueue('waits');
    queue.fail(new Error('unplugged'));
    gate.resolve();
    await app.clock.advance(100);
    await app.clock.advance(1_000);
    await waits.done();
    expect(queue.begun).toEqual(['active', 'waits']);
  });
});

test('an application that ends by a failure reports the jobs that it loses', async () => {
  const { app, queue, told } = await queueStage({ restart: { on: 'failure', maxRestarts: 0 } });
  queue.pause();
  const job = await queue.enqueue('a');
  const closed = app.closed.catch(({ code }) => code);
  queue.fail(new Error('the disk is on fire'));
  expect(await closed).toBe('SPECTER_ESCALATED');
  expect(lostIn(told)).toMatchObject([{ service: 'jobs', jobs: [job.id] }]);
});

describe('a queue that stands alone', () => {
  test('can be adopted: it lives by the clock and the bus of its parent, and ends with it', async () => {
    const clock = new ManualClock();
    const bus = new Bus({ clock });
    class Parent extends Lifecycle {
      readonly queue = new (doer())();
      protected override async onStart() {
        await this.adopt(this.queue);
      }
    }
    const parent = await new Parent({}, { clock, bus }).start();
    const states: string[] = [];
    bus.on('queue:jobs', ({ state }) => states.push(state));
    const job = await parent.queue.enqueue('a', { delay: 100 });
    await clock.advance(100);
    expect(await job.done()).toBe('a done');
    expect(states).toEqual(['delayed', 'waiting', 'active', 'completed']);
    await parent[Symbol.asyncDispose]();
    await expect(parent.queue.enqueue('b')).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
  });

  test('starts and stops by itself, keeps its jobs while it is stopped, and loses them when it is disposed', async () => {
    const clock = new ManualClock();
    const Type = doer() as unknown as new (options: object) => InstanceType<ReturnType<typeof doer>>;
    const queue = new Type({ clock });
    expect(queue.name).toBe('jobs');
    await queue.start();
    queue.pause();
    const job = await queue.enqueue('a');
    await queue.stop();
    await queue.start();
    queue.resume();
    expect(await job.done()).toBe('a done');
    queue.pause();
    const lost = await queue.enqueue('b');
    const done = lost.done();
    const told = jest.spyOn(console, 'error').mockImplementation();
    await queue[Symbol.asyncDispose]();
    await expect(done).rejects.toMatchObject({ code: 'SPECTER_JOB_LOST' });
    expect(told).toHaveBeenCalledWith(expect.stringContaining(lost.id), '');
    told.mockRestore();
  });
});
