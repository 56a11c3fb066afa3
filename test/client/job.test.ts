// A job as its client follows it, by what the server says of itself and by what it answers.
import type { Door } from '../../src/client/client.js';
import { type ActionJob, type ActionProgress, handed } from '../../src/client/job.js';
import { systemClock } from '../../src/kernel/clock.js';
import { Outcome } from '../../src/kernel/outcome.js';

afterEach(() => jest.restoreAllMocks());

type Listener = (told: unknown) => void;

/** A server whose answers and words are said by the test. */
function server(answers: (() => Promise<Outcome<unknown>>)[]) {
  const listeners = new Map<string, Listener>();
  const never = () => new Promise<Outcome<unknown>>(() => {});
  const door: Door = {
    pause: 5,
    call: never,
    job: (_id, _cancels, signal) =>
      Promise.race([
        (answers.shift() ?? never)(),
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]),
    on: (event, listener) => {
      listeners.set(event, listener as Listener);
      return () => void listeners.delete(event);
    },
  };
  const say = (event: string, told: unknown) => listeners.get(event)?.(told);
  const first = Outcome.success({ jobId: 'j1' }, { status: 202 });
  const job = handed(door, first, { name: 'film.convert', ms: 100 }).unwrap() as ActionJob<number>;
  return { job, say, asked: () => answers.length === 0, listening: () => [...listeners.keys()] };
}

const running = async () => Outcome.success({ jobId: 'j1', state: 'active' });

// Teeth: a client that only takes the word for a reason to ask waits for ever for a server that has gone (tried).
test('the outcome that a server tells while it stops is taken, although it answers no more', async () => {
  const { job, say, asked } = server([running]);
  const waiting = job.done();
  while (!asked()) await new Promise((resolve) => setImmediate(resolve));
  say('action:done', { jobId: 'another', outcome: { ok: true, status: 200, value: 1 } });
  say('action:done', { jobId: 'j1', name: 'film.convert', outcome: { ok: true, status: 200, value: 7 } });
  expect((await waiting).unwrap()).toBe(7);
});

// Teeth: taken for the end of the job, a server that is busy for a moment ends every wait (tried).
test.each([429, 503])('an answer %d to the question says nothing of the job: it is asked again', async (status) => {
  const wait = jest.spyOn(systemClock, 'sleep').mockResolvedValue();
  const busy = async () => Outcome.failure('Not now.', { status });
  const ended = async () => Outcome.success({ outcome: { ok: true, status: 200, value: 7 } });
  const { job } = server([busy, busy, ended]);
  expect((await job.done()).unwrap()).toBe(7);
  expect(wait.mock.calls.map(([ms]) => ms)).toEqual([5_000, 5_000]);
});

test('an answer that will not change is the end: the job is not known any more, or not to this caller', async () => {
  const { job } = server([async () => Outcome.failure('No such job.', { status: 404 })]);
  expect(await job.done()).toMatchObject({ ok: false, status: 404 });
});

test('calling off ends with the answer, whatever it is, and not later than a call', async () => {
  const { job } = server([async () => Outcome.failure('Not now.', { status: 503 })]);
  expect(await job.cancel()).toMatchObject({ ok: false, status: 503 });
  const { job: silent } = server([]);
  await expect(silent.cancel()).rejects.toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
});

test('who listens to a job is let go when it has ended, also without a release', async () => {
  const { job, listening } = server([async () => Outcome.success({ outcome: { ok: true, status: 200, value: 7 } })]);
  job.onProgress(() => {});
  expect(listening()).toEqual(['action:progress']);
  await job.done();
  expect(listening()).toEqual([]);
});

test('the last progress is told although it comes together with the outcome', async () => {
  const heard: ActionProgress[] = [];
  const ended = { progress: { percent: 100 }, outcome: { ok: true, status: 200, value: 7 } };
  const { job } = server([running, async () => Outcome.success(ended)]);
  job.onProgress((progress) => heard.push(progress));
  expect((await job.done()).unwrap()).toBe(7);
  expect(heard).toEqual([{ percent: 100 }]);
});
