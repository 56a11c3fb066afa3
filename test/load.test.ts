// A real process under load, under attack and at its end: what its clients see. RELIABILITY_SCALE makes it longer and larger.
import type { Agent } from 'node:http';
import { systemClock } from '../src/kernel/clock.js';
import { agentOf, ask, type Held, hold, Line, percentile, type Told } from './processes/clients.js';
import { Program } from './processes/run.js';
import { scaled } from './processes/scale.js';

jest.setTimeout(240_000);

const agents: Agent[] = [];
const lines: Line[] = [];
const programs: Program[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const line of lines.splice(0)) line.close();
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

test('more load than there is time for: what is refused is refused soon, the rest is answered soon, and it ends with the load', async () => {
  const { port } = await start();
  const free = Array.from({ length: 400 }, () => new Line(port));
  const probe = new Line(port);
  lines.push(...free, probe);
  // Node takes new connections one by one: all are made before.
  await Promise.all([...free, probe].map((line) => line.ask('/quick')));
  const before = await memory(port);
  const told: Told[] = [];
  const live: Told[] = [];
  const all: Promise<unknown>[] = [];
  let missed = 0;
  const send = async () => {
    const line = free.shift();
    if (!line) return void missed++;
    told.push(await line.ask('/think'));
    free.push(line);
  };
  const begun = performance.now();
  const milliseconds = scaled(4_000);
  let loaded = true;
  const watch = async () => {
    while (loaded) {
      live.push(await probe.ask('/health/live'));
      await pause(50);
    }
  };
  all.push(watch());
  // 200 a second fill the processor: four times as many come, whatever becomes of those before.
  for (let sent = 0; performance.now() - begun < milliseconds; await pause(2))
    for (; sent < (performance.now() - begun) * 0.8; sent++) all.push(send());
  loaded = false;
  await Promise.all(all);
  const took = (status: number) => told.filter((it) => it.status === status).map((it) => it.took);
  const [taken, refused] = [took(200), took(503)];
  const seen = {
    taken: taken.length,
    refused: refused.length,
    missed,
    takenP50: percentile(taken, 0.5),
    takenP99: percentile(taken, 0.99),
    refusedP50: percentile(refused, 0.5),
    refusedP99: percentile(refused, 0.99),
    liveP50: percentile(
      live.map((it) => it.took),
      0.5,
    ),
    liveP99: percentile(
      live.map((it) => it.took),
      0.99,
    ),
    grown: ((await memory(port)) - before) / 1_048_576,
  };
  figures('overload', seen);
  expect(taken.length + refused.length).toBe(told.length);
  expect(taken.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  expect(seen.takenP99).toBeLessThan(measured ? 1_000 : 10_000);
  expect(seen.liveP50).toBeLessThan(measured ? 200 : 5_000);
  expect(seen.grown).toBeLessThan(100);
  await pause(1_500);
  const after: Told[] = [];
  for (let i = 0; i < 100; i++) after.push(await probe.ask('/think'));
  expect(after.filter(({ status }) => status !== 200).length).toBeLessThan(measured ? 1 : 50);
});

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
  const agent = clients(4);
  const count = scaled(50);
  const honest = async () => {
    const told: Told[] = [];
    for (let i = 0; i < 50; i++) {
      told.push(await ask({ port, agent, path: '/quick' }));
      await pause(20);
    }
    return told;
  };
  await honest();
  const calm = await honest();
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
  const [attacked, closed] = await Promise.all([honest(), gone, drip()]);
  const lazy = Array.from({ length: 10 }, () => hold(port, get('/large'), { reads: false }));
  const asked = performance.now();
  while ((await open(port)) > 0) await pause(50);
  const seen = {
    dropped: Math.max(...closed) - begun,
    lazyDropped: performance.now() - asked,
    calmP99: percentile(
      calm.map(({ took }) => took),
      0.99,
    ),
    attackedP99: percentile(
      attacked.map(({ took }) => took),
      0.99,
    ),
  };
  for (const { socket } of lazy) socket.destroy();
  figures('slow clients', seen);
  expect(attacked.filter(({ status }) => status !== 200)).toEqual([]);
  expect(seen.dropped).toBeLessThan(measured ? limit + 1_500 : 20_000);
  expect(seen.lazyDropped).toBeLessThan(measured ? limit + 1_500 : 20_000);
});

/** How many responses are under way besides the one that says so. */
async function open(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/open`);
  return ((await answer.json()) as { open: number }).open - 1;
}
