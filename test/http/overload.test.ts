import { Controller, Get } from '../../src/http/controller.js';
import { deferred, Raw, serve } from './harness.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;

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
  @Get('/think') think() {
    const begun = performance.now();
    while (performance.now() - begun < 25);
    return 'thought';
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

describe('an event loop that does not come round', () => {
  async function flood(maxLag: number) {
    const app = await serve([new Busy()], { http: { maxLag } });
    const raws = Array.from({ length: 60 }, () => new Raw(app.port));
    // Node takes new connections one by one: only what comes over older ones can wait inside.
    for (const raw of raws) await (await raw.send('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n')).until('quick');
    for (const raw of raws) raw.received = '';
    await Promise.all(raws.map((raw) => raw.send(get('/think'))));
    await Promise.all(raws.map(({ closed }) => closed));
    const statuses = raws.map(({ received }) => Number(received.slice(9, 12)));
    return { app, taken: statuses.filter((it) => it === 200), refused: statuses.filter((it) => it === 503) };
  }

  test('refuses what has waited longer than http.maxLag, and recovers by itself', async () => {
    const { app, taken, refused } = await flood(200);
    expect(taken.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(taken.length + refused.length).toBe(60);
    expect(await app.event('http-overloaded')).toMatchObject({ refused: expect.any(Number) });
    expect((await app.fetch('/think')).status).toBe(200);
  });

  test('refuses nothing with 0', async () => {
    expect((await flood(0)).taken).toHaveLength(60);
  });
});
