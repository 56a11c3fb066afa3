// Deferred actions as a client sees them: call() waits for the work, defer() gives a handle; over HTTP and over a socket.
import { io } from 'socket.io-client';
import { type ActionJob, type ActionProgress, type ActionsOf, createClient } from '../../src/client/index.js';
import { Action, Conflict, Controller, Module, Progress, type Report, Signal } from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { Gate } from '../queue/stage.js';

let gate: Gate<string>;
let signals: AbortSignal[] = [];

@Controller()
class FilmController {
  @Action({ defer: { concurrency: 4 }, type: Number })
  async convert(id: number, @Signal() signal: AbortSignal, @Progress() report: Report) {
    signals.push(signal);
    if (id === 13) throw new Conflict('It is converted already.');
    report(25, 'reading');
    const abort = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const name = await Promise.race([gate.promise, abort]);
    return { id, name, at: new Date(0) };
  }
  @Action() async count(@Progress() report: Report) {
    report(50);
    report(100, 'there');
    return 3;
  }
}

@Module({ providers: [FilmController] })
class App {}

type Actions = ActionsOf<{ film: typeof FilmController }>;

let app: TestApplication;
beforeEach(async () => {
  gate = new Gate();
  signals = [];
  app = await testApplication(App, { logger: false }).start();
});
afterEach(async () => {
  gate.resolve('late');
  await app.stop();
});

const result = (id: number) => ({ id, name: 'a.mp4', at: '1970-01-01T00:00:00.000Z' });
const isCancelled = { ok: false, status: 409, error: { code: 'SPECTER_JOB_CANCELLED' } };

async function untilBegun(count = 1): Promise<void> {
  while (signals.length < count) await new Promise((resolve) => setImmediate(resolve));
}

async function untilAborted(): Promise<void> {
  await untilBegun();
  const [signal] = signals;
  if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
}

describe.each(['HTTP', 'a socket'] as const)('over %s', (door) => {
  const connect = async (timeout?: number) =>
    createClient<Actions>(app.url, {
      ...(door === 'a socket' ? { socket: await app.socket() } : {}),
      ...(timeout ? { timeout } : {}),
    });

  // Teeth: without the look for a job in the first answer this is `{ jobId }` (tried).
  test('call() gives the result of a deferred action, and hears how far it is', async () => {
    const client = await connect();
    const told: ActionProgress[] = [];
    const calling = client.call('film.convert', 7, {
      onProgress: (progress) => {
        told.push(progress);
        gate.resolve('a.mp4');
      },
    });
    expect((await calling).unwrap()).toEqual(result(7));
    expect(told).toEqual([{ percent: 25, message: 'reading' }]);
  });

  test('a refusal of the work is an outcome, as one at the door is', async () => {
    const client = await connect();
    expect(await client.call('film.convert', 13)).toMatchObject({ ok: false, status: 409 });
    expect(await client.call('film.convert', 'x' as never)).toMatchObject({ ok: false, status: 422 });
    expect(await client.defer('film.convert', 'x' as never)).toMatchObject({ ok: false, status: 422 });
  });

  test('the usual timeout ends with the handing over; one of the call holds for the work, and calls the job off', async () => {
    const client = await connect(300);
    const patient = client.call('film.convert', 1);
    await untilBegun();
    const hasty = client.call('film.convert', 2, { timeout: 400 });
    await expect(hasty).rejects.toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
    await new Promise((resolve) => signals[1]?.addEventListener('abort', resolve));
    gate.resolve('a.mp4');
    expect((await patient).unwrap()).toEqual(result(1));
  });

  test('a signal gives the call up with its reason, and calls the job off', async () => {
    const client = await connect();
    const abort = new AbortController();
    const reason = new Error('user went away');
    const onProgress = () => abort.abort(reason);
    await expect(client.call('film.convert', 1, { signal: abort.signal, onProgress })).rejects.toBe(reason);
    await untilAborted();
  });

  test('defer() gives a handle: its id, its progress, and its outcome, as often as it is asked for', async () => {
    const client = await connect();
    const job: ActionJob<{ name: string }> = (await client.defer('film.convert', 7)).unwrap();
    expect(job.id).toMatch(/^[0-9a-f]{32}$/);
    const heard = new Promise<ActionProgress>((resolve) => job.onProgress(resolve));
    const done = job.done();
    expect(await heard).toEqual({ percent: 25, message: 'reading' });
    await expect(job.done({ timeout: 20 })).rejects.toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
    gate.resolve('a.mp4');
    expect((await done).unwrap()).toEqual(result(7));
    expect((await job.done()).unwrap()).toEqual(result(7));
    expect(await job.cancel()).toMatchObject({ ok: true });
  });

  test('a handle calls its job off', async () => {
    const client = await connect();
    const job = (await client.defer('film.convert', 7)).unwrap();
    const done = job.done();
    expect(await job.cancel()).toMatchObject(isCancelled);
    expect(await done).toMatchObject(isCancelled);
    await untilAborted();
  });

  test('giving a wait for a handle up leaves its job alone', async () => {
    const client = await connect();
    const job = (await client.defer('film.convert', 7)).unwrap();
    const abort = new AbortController();
    const waiting = job.done({ signal: abort.signal });
    await untilBegun();
    abort.abort(new Error('later'));
    await expect(waiting).rejects.toThrow('later');
    gate.resolve('a.mp4');
    expect((await job.done()).unwrap()).toEqual(result(7));
  });

  test('defer() of an action that is not deferred is SPECTER_NOT_DEFERRED', async () => {
    const client = await connect();
    await expect(client.defer('film.count')).rejects.toMatchObject({ code: 'SPECTER_NOT_DEFERRED' });
  });
});

test('a listener for progress hears nothing after its release', async () => {
  const socket = await app.socket();
  const job = (await createClient<Actions>(app.url, { socket }).defer('film.convert', 1)).unwrap();
  job.onProgress(() => {
    throw new Error('it heard');
  })();
  expect(socket.listeners('action:progress')).toEqual([]);
  gate.resolve('a.mp4');
  await job.done();
  expect(socket.listeners('action:done')).toEqual([]);
});

test('over a socket a plain call hears how far it is, before its answer, and leaves no listener behind', async () => {
  const socket = await app.socket();
  const told: ActionProgress[] = [];
  const counted = await createClient<Actions>(app.url, { socket }).call('film.count', undefined, {
    onProgress: (progress) => told.push(progress),
  });
  expect(counted.unwrap()).toBe(3);
  expect(told).toEqual([{ percent: 50 }, { percent: 100, message: 'there' }]);
  for (const event of ['action:progress', 'action:done', 'disconnect', 'connect'])
    expect(socket.listeners(event)).toEqual([]);
});

// Teeth: without a question over the new connection it waits half a minute (tried).
test('a job is followed over a lost connection: when the socket is back, it asks again', async () => {
  const socket = io(app.url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 10 });
  try {
    const client = createClient<Actions>(app.url, { socket });
    const done = (await client.defer('film.convert', 7)).unwrap().done();
    // Answered in order: the first question about the job has its answer, too.
    await client.call('film.count');
    const lost = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.io.engine.close();
    await lost;
    gate.resolve('a.mp4');
    expect((await done).unwrap()).toEqual(result(7));
  } finally {
    socket.disconnect();
  }
}, 20_000);

test('a socket that does not come back is SPECTER_UNREACHABLE, at once', async () => {
  const socket = await app.socket();
  const job = (await createClient<Actions>(app.url, { socket }).defer('film.convert', 7)).unwrap();
  const waiting = job.done();
  await untilBegun();
  socket.disconnect();
  await expect(waiting).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
  await expect(job.done()).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
});

test('over HTTP it asks less and less often', async () => {
  const asked: number[] = [];
  const client = createClient<Actions>(app.url, {
    fetch: async (url, init) => {
      if (init.method === 'GET') asked.push(performance.now());
      if (asked.length === 6) gate.resolve('a.mp4');
      return fetch(url, init);
    },
  });
  await client.call('film.convert', 1);
  const [first = 0, ...more] = asked.slice(1).map((at, i) => at - (asked[i] as number));
  expect(more.at(-1)).toBeGreaterThan(first * 2);
});
