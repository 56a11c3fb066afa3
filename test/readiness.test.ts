// Readiness as a balancer sees it: a real process, asked every 5 ms from before its start until after its end.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { systemClock } from '../src/kernel/clock.js';
import { Program } from './processes/run.js';

const DRAIN_DELAY = 1_000;
/** A slow machine may be slow; one that is measured may not. */
const SOON = process.env.SPECTER_TIMINGS ? 100 : DRAIN_DELAY;

interface Answer {
  /** Wall time when it was asked, and when it answered. */
  readonly asked: number;
  readonly at: number;
  /** The status; 0 when there was no connection, or it broke. */
  readonly status: number;
}

/** One question on a connection of its own. */
function ask(port: number, path: string): Promise<Answer> {
  const asked = Date.now();
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve) => {
    const done = (status: number) => resolve({ asked, at: Date.now(), status });
    const question = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume().once('close', () => done(response.statusCode ?? 0));
    });
    question.once('error', () => done(0)).end();
  });
}

/** Asks until the signal is aborted, and gives what it heard, in order. */
async function poll(port: number, path: string, signal: AbortSignal): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  while (!signal.aborted) {
    answers.push(ask(port, path));
    await systemClock.sleep(5);
  }
  return Promise.all(answers);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** From the start to the end, with some time in between. */
async function live(program: Program): Promise<{ up: number; signalled: number }> {
  const up = Number((await program.line('all services up at')).split(' ').at(-1));
  await program.line('listening');
  await systemClock.sleep(300);
  const signalled = Date.now();
  program.kill('SIGTERM');
  expect(await program.end()).toMatchObject({ code: 0 });
  return { up, signalled };
}

// Teeth: always ready, no drainDelay, and live going the way of ready each fail this test (tried).
test('ready is true from the last service on until the signal, the port stays open for drainDelay more, and live never wavers', async () => {
  const port = await freePort();
  const over = new AbortController();
  const program = new Program('readiness.ts', [], {
    PORT: String(port),
    DRAIN_DELAY: String(DRAIN_DELAY),
    LOG_LEVEL: 'warn',
  });
  const polls = Promise.all(['/health/ready', '/health/live'].map((path) => poll(port, path, over.signal)));
  const { up, signalled } = await live(program).finally(() => over.abort());
  const [ready = [], alive = []] = await polls;

  const yes = ready.filter(({ status }) => status === 200);
  const no = ready.filter(({ status }) => status === 503);
  expect(yes.length).toBeGreaterThan(5);
  expect(no.length).toBeGreaterThan(5);
  expect(yes[0]?.at).toBeGreaterThanOrEqual(up);
  expect(yes.at(-1)?.asked).toBeLessThanOrEqual(signalled + SOON);
  expect(no[0]?.asked).toBeGreaterThan(yes[0]?.asked ?? Number.POSITIVE_INFINITY);

  const opened = alive.findIndex(({ status }) => status !== 0);
  const whileOpen = alive.slice(opened);
  const gone = whileOpen.find(({ status }) => status === 0);
  expect(gone?.at).toBeGreaterThanOrEqual(signalled + DRAIN_DELAY - 5);
  expect(new Set(whileOpen.map(({ status }) => status))).toEqual(new Set([200, 0]));
});
