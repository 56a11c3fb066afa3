// A real process under load, under attack and at its end: what its clients see. RELIABILITY_SCALE makes it longer and larger.
import type { Agent } from 'node:http';
import { systemClock } from '../src/kernel/clock.js';
import { agentOf, ask, type Held, hold, type Told } from './processes/clients.js';
import { Program } from './processes/run.js';
import { scaled } from './processes/scale.js';

jest.setTimeout(240_000);

const agents: Agent[] = [];
const programs: Program[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const program of programs.splice(0)) program.kill('SIGKILL');
});

async function start(options: object = {}): Promise<{ program: Program; port: number }> {
  const program = new Program('loaded.ts', [JSON.stringify(options)]);
  programs.push(program);
  const line = await program.line('listening');
  return { program, port: Number(line.split(' ').at(-1)) };
}

function clients(connections: number): Agent {
  const agent = agentOf(connections);
  agents.push(agent);
  return agent;
}

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const pause = (ms: number) => systemClock.sleep(ms);
/** A slow machine may be slow; one that is measured may not. */
const measured = process.env.SPECTER_TIMINGS !== undefined;

/** One line of figures, for who measures. */
function figures(what: string, values: Record<string, number>): void {
  if (measured) process.stderr.write(`${what}: ${JSON.stringify(values)}\n`);
}

// Teeth: refused only when it comes to them, as without a turn for each, some hear of it after a second (tried).
test('more load than there is time for: what is refused is refused soon, the rest is answered soon, and it ends with the load', async () => {
  const { port } = await start();
  const before = await memory(port);
  const { taken, refused, live, asked, missed } = await honest<Flood>('flood', port, scaled(4_000));
  const grown = ((await memory(port)) - before) / 1_048_576;
  figures('overload', {
    ...named('taken', taken),
    ...named('refused', refused),
    ...named('live', live),
    missed,
    grown,
  });
  expect(taken.count + refused.count).toBe(asked);
  expect(taken.count).toBeGreaterThan(0);
  expect(refused.count).toBeGreaterThan(0);
  expect(taken.p99).toBeLessThan(measured ? 1_000 : 10_000);
  expect(refused.p99).toBeLessThan(measured ? 50 : 5_000);
  expect(live.p99).toBeLessThan(measured ? 200 : 5_000);
  expect(grown).toBeLessThan(100);
  const after = await honest<Seen>('/think', port, 100);
  expect(after.asked - after.count).toBeLessThan(measured ? 1 : 50);
});

/** What clients in a process of their own saw. */
interface Seen {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly asked: number;
}

type Flood = Pick<Seen, 'asked'> & Record<'taken' | 'refused' | 'live', Omit<Seen, 'asked'>> & { missed: number };

/** @param amount - milliseconds of a flood, or how many requests to a path */
async function honest<T>(what: string, port: number, amount: number): Promise<T> {
  const program = new Program('honest.ts', [what, String(port), String(amount)], {}, 2 * amount + 60_000);
  programs.push(program);
  return JSON.parse((await program.line('seen')).slice('seen '.length)) as T;
}

function named(name: string, { count, p50, p99 }: Omit<Seen, 'asked'>): Record<string, number> {
  return { [name]: count, [`${name}P50`]: p50, [`${name}P99`]: p99 };
}

async function memory(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/memory`);
  return ((await answer.json()) as { rss: number }).rss;
}

describe('a stop under load', () => {
  test('loses no request of clients that stay away when it says it is not ready', async () => {
    const { program, port } = await start({ drainDelay: 500, maxInFlight: 10_000, maxLag: 0 });
    const count = scaled(200);
    const agent = clients(count);
    const told: Told[] = [];
    let ready = true;
    const client = async () => {
      while (ready) told.push(await ask({ port, agent, path: '/wait' }));
    };
    const all = Array.from({ length: count }, client);
    await pause(1_500);
    const signalled = performance.now();
    program.kill('SIGTERM');
    while ((await ask({ port, path: '/health/ready' })).status === 200) await pause(20);
    ready = false;
    await Promise.all(all);
    const { code, at } = await program.end();
    figures('polite stop', { clients: count, requests: told.length, ms: at - signalled });
    expect(told.filter(({ status }) => status !== 200)).toEqual([]);
    expect(told.length).toBeGreaterThan(count);
    expect(code).toBe(0);
    if (measured) expect(at - signalled).toBeLessThan(500 + 1_000 + 2_500);
  });

  test('answers whole what it has taken from clients that never stay away', async () => {
    const { program, port } = await start({ maxInFlight: 10_000, maxLag: 0 });
    const count = scaled(200);
    const agent = clients(count);
    const told: Told[] = [];
    const client = async () => {
      for (;;) {
        const answer = await ask({ port, agent, path: '/wait' });
        if (answer.status === 0 && answer.error !== 'cut') return;
        told.push(answer);
      }
    };
    const all = Array.from({ length: count }, client);
    await pause(1_500);
    program.kill('SIGTERM');
    await Promise.all(all);
    expect((await program.end()).code).toBe(0);
    // What was begun was finished; 503 is for what came over an old connection after the door was shut.
    expect(told.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    figures('rude stop', { clients: count, requests: told.length });
  });

  test('sends large responses and takes large uploads to their end, and ends event streams', async () => {
    const { program, port } = await start({ drainTimeout: 20_000, maxLag: 0 });
    // The clients are slower than the server, so at the stop all of it is under way.
    const body = Buffer.alloc(5_000_000, 'b');
    const upload = { port, path: '/upload', method: 'POST', headers: { 'content-length': body.length } };
    const uploads = Array.from({ length: scaled(10) }, () => ask(upload, body));
    const downloads = Array.from({ length: 5 }, () => ask({ port, path: '/large' }));
    const streams = Array.from({ length: scaled(10) }, () => ask({ port, path: '/events' }));
    while ((await open(port)) < downloads.length + streams.length) await pause(10);
    program.kill('SIGTERM');
    for (const told of await Promise.all(downloads)) expect([told.status, told.size]).toEqual([200, 50_000_000]);
    for (const told of await Promise.all(uploads)) expect([told.status, told.size]).toEqual([200, 64]);
    for (const told of await Promise.all(streams)) expect(told.status).toBe(200);
    expect((await program.end()).code).toBe(0);
  });

  test('is not held up by connections that hold on, and cuts only what is a request', async () => {
    const { program, port } = await start({ drainTimeout: 1_000 });
    const each = scaled(10);
    const many = (make: () => Held) => Array.from({ length: each }, make);
    const idle = many(() => hold(port, get('/quick')));
    const silent = many(() => hold(port, ''));
    const half = many(() => hold(port, 'GET /quick HTTP/1.1\r\nHost: a\r\n'));
    const upgrading = many(() => hold(port, get('/quick', 'Connection: Upgrade\r\nUpgrade: nonsense\r\n')));
    const streams = many(() => hold(port, get('/events')));
    const bodies = many(() => hold(port, 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf'));
    const slow = Array.from({ length: 10 }, () => hold(port, get('/large'), { reads: false }));
    await pause(1_000);
    const begun = performance.now();
    program.kill('SIGTERM');
    const free = await Promise.all([...idle, ...silent, ...half, ...upgrading, ...streams].map(({ closed }) => closed));
    // Those that do not read learn of nothing, even not that they were cut.
    await Promise.all(bodies.map(({ closed }) => closed));
    const { code, at } = await program.end();
    figures('hostile stop', { free: Math.max(...free) - begun, ended: at - begun });
    expect(code).toBe(0);
    expect(program.lines).toContain('work stopped');
    expect(at - begun).toBeGreaterThanOrEqual(900);
    expect(at - begun).toBeLessThan(measured ? 1_750 : 15_000);
    if (measured) expect(Math.max(...free) - begun).toBeLessThan(500);
    for (const { socket } of slow) socket.destroy();
  });
});

test('clients that are slower than the limits are dropped, and honest ones notice nothing', async () => {
  const limit = 2_000;
  const { port } = await start({ headersTimeout: limit, requestTimeout: limit, sendTimeout: limit });
  const count = scaled(50);
  const visits = scaled(300);
  const calm = await honest<Seen>('/quick', port, visits);
  const begun = performance.now();
  const drips = Array.from({ length: count }, (_, index) =>
    hold(
      port,
      index % 2
        ? 'GET /quick HTTP/1.1\r\nHost: a\r\nX: '
        : 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n',
    ),
  );
  const gone = Promise.all(drips.map(({ closed }) => closed));
  let dripping = true;
  void gone.then(() => {
    dripping = false;
  });
  const drip = async () => {
    while (dripping) {
      for (const { socket } of drips) if (socket.writable) socket.write('a');
      await pause(500);
    }
  };
  const [attacked, closed] = await Promise.all([honest<Seen>('/quick', port, visits), gone, drip()]);
  const lazy = Array.from({ length: 10 }, () => hold(port, get('/large'), { reads: false }));
  const asked = performance.now();
  while ((await open(port)) > 0) await pause(50);
  const seen = {
    dropped: Math.max(...closed) - begun,
    lazyDropped: performance.now() - asked,
    calmP99: calm.p99,
    attackedP99: attacked.p99,
  };
  for (const { socket } of lazy) socket.destroy();
  figures('slow clients', seen);
  expect([attacked.count, attacked.asked]).toEqual([visits, visits]);
  // A single pause of the collector is more than twice of nothing: below a few milliseconds it is no matter.
  if (measured) expect(seen.attackedP99).toBeLessThan(Math.max(2 * seen.calmP99, 5));
  expect(seen.dropped).toBeLessThan(measured ? limit + 1_500 : 20_000);
  expect(seen.lazyDropped).toBeLessThan(measured ? limit + 1_500 : 20_000);
});

/** How many responses are under way besides the one that says so. */
async function open(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/open`);
  return ((await answer.json()) as { open: number }).open - 1;
}
