import { Controller, Get } from '../../src/http/controller.js';
import type { HttpOptions } from '../../src/http/options.js';
import { Query } from '../../src/http/parameters.js';
import { deferred, Raw, serve } from './harness.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;

/** Takes the processor for so many milliseconds. */
function spend(ms: number): void {
  const begun = performance.now();
  while (performance.now() - begun < ms);
}

@Controller()
class Busy {
  entered = 0;
  gate = deferred<string>();
  events = deferred<void>();
  @Get('/wait') wait() {
    this.entered++;
    return this.gate.promise;
  }
  @Get('/quick') quick() {
    return 'quick';
  }
  readonly thought: number[] = [];
  @Get('/think') think(@Query('index', Number) index = 0) {
    spend(25);
    this.thought.push(index);
    return 'thought';
  }
  @Get('/ponder') ponder() {
    spend(400);
    return 'pondered';
  }
  @Get('/events') async *stream() {
    yield 'first';
    await this.events.promise;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('more requests than http.maxInFlight', () => {
  test('are refused at once with 503 and Retry-After, those before are answered, and then there is room again', async () => {
    const busy = new Busy();
    const app = await serve([busy], { http: { maxInFlight: 2 } });
    const taken = [app.fetch('/wait'), app.fetch('/wait')];
    await until(() => busy.entered === 2);
    const refused = await app.fetch('/quick');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ code: 'SPECTER_OVERLOADED' });
    busy.gate.resolve('done');
    for (const answer of taken) expect((await answer).status).toBe(200);
    expect((await app.fetch('/quick')).status).toBe(200);
    expect(await app.event('http-overloaded')).toMatchObject({ refused: 1 });
    expect(app.of('http-failed')).toEqual([]);
  });

  test('are answered when they ask for health', async () => {
    const busy = new Busy();
    const app = await serve([busy], { http: { maxInFlight: 1 } });
    const taken = app.fetch('/wait');
    await until(() => busy.entered === 1);
    expect((await app.fetch('/health/live')).status).toBe(200);
    expect((await app.fetch('/quick')).status).toBe(503);
    busy.gate.resolve('done');
    await taken;
  });

  test('are not meant to be streams of events: they may last for days', async () => {
    const busy = new Busy();
    const app = await serve([busy], { http: { maxInFlight: 1 } });
    const streams = [1, 2, 3].map(() => new Raw(app.port));
    for (const stream of streams) await (await stream.send(get('/events'))).until('first');
    expect((await app.fetch('/quick')).status).toBe(200);
    busy.events.resolve();
    await Promise.all(streams.map(({ closed }) => closed));
    const taken = app.fetch('/wait');
    await until(() => busy.entered === 1);
    expect((await app.fetch('/quick')).status).toBe(503);
    busy.gate.resolve('done');
    await taken;
  });

  test('are counted no more when their clients have left', async () => {
    const busy = new Busy();
    const app = await serve([busy], { http: { maxInFlight: 1 } });
    const leaves = await new Raw(app.port).send(get('/wait'));
    await until(() => busy.entered === 1);
    leaves.socket.destroy();
    await app.event('http-request');
    expect((await app.fetch('/quick')).status).toBe(200);
  });
});

describe('more work than one round of the event loop should take', () => {
  /** Connections that are open already: node takes new ones one by one, and only what comes over older ones comes together. */
  async function connected(http: HttpOptions, count: number) {
    const work = new Busy();
    const app = await serve([work], { http });
    const raws = Array.from({ length: count }, () => new Raw(app.port));
    for (const raw of raws) await (await raw.send('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n')).until('quick');
    for (const raw of raws) raw.received = '';
    return { app, work, raws };
  }

  async function flood(maxLag: number) {
    const { app, raws } = await connected({ maxLag }, 60);
    // How long one takes is known from those before: a line of which nothing is known turns nobody away.
    for (const raw of raws.slice(0, 10)) raw.socket.write('GET /think HTTP/1.1\r\nHost: a\r\n\r\n');
    await Promise.all(raws.slice(0, 10).map((raw) => raw.until('thought')));
    for (const raw of raws) raw.received = '';
    const ended: number[] = [];
    const status = ({ received }: Raw) => Number(received.slice(9, 12));
    for (const raw of raws) void raw.closed.then(() => ended.push(status(raw)));
    await Promise.all(raws.map((raw) => raw.send(get('/think'))));
    await Promise.all(raws.map(({ closed }) => closed));
    return { app, ended, taken: ended.filter((it) => it === 200), refused: ended.filter((it) => it === 503) };
  }

  test('refuses at once whose turn would only come after http.maxLag, and answers the others', async () => {
    const { app, taken, refused, ended } = await flood(200);
    expect(taken.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(taken.length + refused.length).toBe(60);
    expect(ended.lastIndexOf(503)).toBeLessThan(ended.lastIndexOf(200));
    expect(await app.event('http-overloaded')).toMatchObject({ refused: refused.length });
    expect((await app.fetch('/think')).status).toBe(200);
  });

  test('refuses nothing with 0', async () => {
    expect((await flood(0)).taken).toHaveLength(60);
  });

  // Teeth: refused by how late they are seen, all of them would be (tried).
  test('is no overload when it is one long computation: who came in its time is only late', async () => {
    const { raws } = await connected({ maxLag: 100 }, 21);
    const [long, ...others] = raws as [Raw, ...Raw[]];
    await long.send('GET /ponder HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await Promise.all(others.map((raw) => raw.send(get('/quick'))));
    await Promise.all(raws.map(({ closed }) => closed));
    expect(others.map(({ received }) => received.slice(9, 12))).toEqual(Array(20).fill('200'));
  });

  test('does not keep a look at its health waiting', async () => {
    const { raws } = await connected({ maxLag: 0 }, 30);
    const [probe, ...others] = raws as [Raw, ...Raw[]];
    let answered = 0;
    for (const raw of others) void raw.closed.then(() => answered++);
    await Promise.all(others.map((raw) => raw.send(get('/think'))));
    await probe.send(get('/health/live'));
    await probe.closed;
    expect(probe.received).toMatch(/^HTTP\/1\.1 200/);
    expect(answered).toBeLessThan(29);
    await Promise.all(others.map(({ closed }) => closed));
  });

  test('is done in the order in which it came, and not for clients that have left', async () => {
    const { app, work, raws } = await connected({ maxLag: 0 }, 20);
    raws.forEach((raw, index) => void raw.socket.write(get(`/think?index=${index}`)));
    await until(() => work.thought.length > 0);
    for (const raw of raws.slice(10)) raw.socket.destroy();
    await Promise.all(raws.map(({ closed }) => closed));
    await until(() => app.http.inFlight === 0);
    expect(work.thought.slice(0, 10)).toEqual([...Array(10).keys()]);
    expect(work.thought.length).toBeLessThan(20);
  });

  test('is done before the application stops', async () => {
    const { app, work, raws } = await connected({ maxLag: 0 }, 10);
    await Promise.all(raws.map((raw) => raw.send(get('/think'))));
    await until(() => work.thought.length > 0);
    expect(await app.http.drain()).toBe(0);
    await Promise.all(raws.map(({ closed }) => closed));
    for (const { received } of raws) expect(received).toMatch(/^HTTP\/1\.1 200 .*thought$/s);
  });
});
