// A job as its client follows it, by what the server says of itself and by what it answers.
import type { Door } from '../../src/client/client.js';
import { type ActionJob, type ActionProgress, handed } from '../../src/client/job.js';
import { Outcome } from '../../src/kernel/outcome.js';

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
  const job = handed(
    door,
    'film.convert',
    Outcome.success({ jobId: 'j1' }, { status: 202 }),
  ).unwrap() as ActionJob<number>;
  return { job, say, asked: () => answers.length === 0 };
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

test('the last progress is told although it comes together with the outcome', async () => {
  const heard: ActionProgress[] = [];
  const ended = { progress: { percent: 100 }, outcome: { ok: true, status: 200, value: 7 } };
  const { job } = server([running, async () => Outcome.success(ended)]);
  job.onProgress((progress) => heard.push(progress));
  expect((await job.done()).unwrap()).toBe(7);
  expect(heard).toEqual([{ percent: 100 }]);
});
