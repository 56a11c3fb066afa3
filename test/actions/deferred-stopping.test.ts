// What becomes of deferred actions when their controller restarts, and when the application ends.
import { type Socket as Client, io } from 'socket.io-client';
import {
  Action,
  type Class,
  Controller,
  type DeferOptions,
  type LifecycleEvent,
  Module,
  Progress,
  type Report,
  Signal,
} from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { Random } from '../../src/testing/random.js';
import { Gate } from '../queue/stage.js';

type Work = (n: number, signal: AbortSignal) => unknown;

/** Shared by all instances of a controller: a restart makes a new one. */
let begun: number[] = [];
let running = 0;
let most = 0;
let work: Work = (n) => n;

function working(defer: DeferOptions, stopTimeout = 300): Class<object> {
  @Controller({
    name: 'works',
    stopTimeout,
    restart: { on: 'failure', maxRestarts: 1_000, backoff: { min: 10, max: 10, jitter: 0 } },
  })
  class WorksController {
    @Action({ defer, type: Number })
    async job(n: number, @Signal() signal: AbortSignal, @Progress() report: Report) {
      begun.push(n);
      most = Math.max(most, ++running);
      report(50);
      try {
        return await work(n, signal);
      } finally {
        running--;
      }
    }
  }
  return WorksController;
}

let app: TestApplication;
let told: LifecycleEvent[];
let Type: Class<object>;
let client: Client;
const done = new Map<string, { ok: boolean; status: number }>();

async function begin(defer: DeferOptions = {}, stopTimeout?: number): Promise<void> {
  Type = working(defer, stopTimeout);
  @Module({ providers: [Type] })
  class App {}
  [begun, told, running, most] = [[], [], 0, 0];
  done.clear();
  app = await testApplication(App, { logger: false, uncleanStop: true, sockets: { drainTimeout: 200 } }).start();
  app.events.on('*', (event) => void told.push(event));
  client = await app.socket();
  client.on('action:done', ({ jobId, outcome }) => done.set(jobId, outcome));
}
afterEach(() => app.stop());

const handOver = async (n: number): Promise<string> => (await client.emitWithAck('action', 'works.job', n)).value.jobId;
const look = async (id: string) => (await client.emitWithAck('action:job', id)).value;
const lost = () => told.flatMap((event) => (event.type === 'jobs-lost' ? event.jobs : []));
const untilAborted: Work = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

async function ended(id: string) {
  for (;;) {
    const view = await look(id);
    if (view.outcome) return view;
  }
}

describe('a restart of the controller', () => {
  test('keeps the jobs that wait; they are done when it is back', async () => {
    await begin();
    const gate = new Gate();
    work = () => gate.promise;
    const [first, second] = [await handOver(1), await handOver(2)];
    work = (n) => n * 10;
    const restarting = app.restart(Type);
    gate.resolve();
    await restarting;
    expect((await ended(first)).outcome).toMatchObject({ ok: true });
    expect((await ended(second)).outcome).toMatchObject({ ok: true, value: 20 });
    expect(begun).toEqual([1, 2]);
    expect(lost()).toEqual([]);
  });

  // Teeth: given back as a queue would, it runs twice (tried).
  test('overtakes a job at hand: one that may run once has its answer, and is not run again', async () => {
    await begin();
    work = untilAborted;
    const id = await handOver(1);
    await app.restart(Type);
    expect((await ended(id)).outcome).toMatchObject({ ok: false, status: 503, error: { code: 'SPECTER_UNAVAILABLE' } });
    expect(begun).toEqual([1]);
  });

  test('lets a job at hand that may be tried again run again', async () => {
    await begin({ attempts: 2 });
    work = untilAborted;
    const id = await handOver(1);
    const restarting = app.restart(Type);
    work = (n) => n;
    await restarting;
    expect((await ended(id)).outcome).toMatchObject({ ok: true, value: 1 });
    expect(begun).toEqual([1, 1]);
  });

  test('does not wait for ever for one that ignores its signal: it is lost, told by name, and its caller hears 503', async () => {
    await begin({}, 50);
    work = () => new Promise(() => {});
    const id = await handOver(1);
    await app.restart(Type);
    expect((await ended(id)).outcome).toMatchObject({ status: 503, error: { code: 'SPECTER_JOB_LOST' } });
    expect((await look(id)).state).toBe('lost');
    expect(told.filter(({ type }) => type === 'jobs-lost')).toMatchObject([{ service: 'works.job', jobs: [id] }]);
  });
});

describe('the end of the application', () => {
  // Teeth: without the drain of the table the caller hears nothing (tried).
  test('waits for the job at hand, and its caller still hears of it; the rest is lost, and told by name', async () => {
    await begin();
    const gate = new Gate<string>();
    work = () => gate.promise;
    // A client of the application's is disconnected before its stop.
    const other = io(app.url, { transports: ['websocket'], forceNew: true, reconnection: false });
    const heard = new Promise((resolve) => other.once('action:done', resolve));
    const { value } = await other.emitWithAck('action', 'works.job', 1);
    const [first, second, third] = [value.jobId, await handOver(2), await handOver(3)];
    app.events.on('app-draining', () => gate.resolve('saved'));
    await app.stop();
    expect(await heard).toMatchObject({ jobId: first, outcome: { ok: true, value: 'saved' } });
    expect(begun).toEqual([1]);
    expect(told.filter(({ type }) => type === 'jobs-lost')).toMatchObject([
      { service: 'works.job', lost: 2, jobs: [second, third] },
    ]);
  });

  test('aborts the signal of one that takes longer, and does not hang on one that ignores it', async () => {
    await begin({ concurrency: 2 }, 50);
    let reason: unknown;
    work = (n, signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return n === 1 ? untilAborted(n, signal) : new Promise(() => {});
    };
    const [_listens, ignores] = [await handOver(1), await handOver(2)];
    await app.stop();
    expect(reason).toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
    expect(lost()).toEqual([ignores]);
  });
});

/** Hands jobs over, calls them off, lets time go by, and restarts and crashes the controller, in a random order. */
async function live(random: Random): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  work = (n, signal) => {
    const fate = n % 5;
    if (fate === 0) throw new Error('not today');
    if (n % 7 === 0) return untilAborted(n, signal);
    return app.clock.sleep(fate * 10, fate === 1 ? {} : { signal });
  };
  for (let n = 1; n <= 80; n++) {
    const doing = random.pick('add', 'add', 'add', 'cancel', 'time', 'time', 'restart', 'crash');
    if (doing === 'add') {
      const answer = await client.emitWithAck('action', 'works.job', n);
      if (answer.ok) ids.set(n, answer.value.jobId);
      else expect(answer.status).toBe(503);
    }
    if (doing === 'cancel' && ids.size > 0)
      await client.emitWithAck('action:job:cancel', [...ids.values()][random.below(ids.size)]);
    if (doing === 'time') await app.clock.advance(random.below(40));
    if (doing === 'restart' && random.below(3) === 0) await turning(app.restart(Type));
    if (doing === 'crash' && random.below(3) === 0) await turning(app.crash(Type, new Error('it broke')));
  }
  return ids;
}

/** A stop waits in real time for jobs that wait in virtual time. */
async function turning(work: Promise<unknown>): Promise<void> {
  let over = false;
  const ending = work.finally(() => {
    over = true;
  });
  while (!over) await app.clock.advance(20);
  await ending;
}

// Teeth: jobs that are given back although they may run once, and a queue of its own for each run of the controller: each is found (tried).
test.each([1, 2, 3, 4, 5, 6])(
  'whatever happens, each job runs once at most, two at a time, and has one end: an outcome, or it is told as lost (seed %i)',
  async (seed) => {
    await begin({ concurrency: 2 }, 100);
    const ids = await live(new Random(seed));
    const running = [...ids.values()].filter((id) => !done.has(id));
    await turning(app.stop());
    expect(new Set(begun).size).toBe(begun.length);
    expect(most).toBeLessThanOrEqual(2);
    const ends = [...ids.values()].map((id) => Number(done.has(id)) + Number(lost().includes(id)));
    // Those at hand at the end may have ended when no socket was open any more.
    const untold = [...ids].filter((_, i) => ends[i] === 0);
    expect(untold.every(([n, id]) => running.includes(id) && begun.includes(n))).toBe(true);
    expect(untold.length).toBeLessThanOrEqual(2);
    expect(Math.max(...ends)).toBe(1);
    expect(ids.size).toBeGreaterThan(20);
  },
  60_000,
);
