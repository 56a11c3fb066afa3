// What code opens behind the framework's back, kind by kind: found with file and line, and not found when it was closed.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createProcess, createWatcher, Lifecycle, Module, Service } from '../../src/index.js';
import { type Leak, LeakError, leakCheck, testApplication } from '../../src/testing/index.js';
import { KEPT, OPENED } from './opened.js';

const found = (promise: Promise<unknown>): Promise<readonly Leak[]> =>
  promise.then(
    () => [],
    (error: LeakError) => {
      if (!(error instanceof LeakError)) throw error;
      return error.leaks;
    },
  );

/** An application whose one service does that at its start. */
const starting = (work: (service: Lifecycle) => unknown) => {
  @Service()
  class Careless extends Lifecycle {
    protected override async onStart() {
      await work(this);
    }
  }
  @Module({ providers: [Careless] })
  class App {}
  return testApplication(App).start();
};

/** A server of the test's own, which keeps connections alive. */
const server = createServer((_, response) => response.end('x'));
let url = '';
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('of every kind', () => {
  let byStop: readonly Leak[];
  let byCheck: readonly Leak[];
  beforeAll(async () => {
    const close: (() => unknown)[] = [];
    const check = await leakCheck({ probes: ['made'] });
    const app = await starting(async () => {
      for (const [, , open] of OPENED) close.push(await open());
    });
    byStop = await found(app.stop());
    byCheck = await found(check.end());
    for (const end of close) await end();
  });

  const lines = readFileSync(join(__dirname, 'opened.ts'), 'utf8').split('\n');
  /** The lines of the table from this entry to the next. */
  const linesOf = (what: string) => {
    const from = lines.findIndex((line) => line.includes(`'${what}'`)) + 1;
    const to = lines.findIndex((line, at) => at >= from && /^( {2}\['|\];)/.test(line)) + 1;
    return { from, to };
  };

  describe.each(OPENED)('%s: %s', (kind, what, open) => {
    test('is found by app.stop() and by leakCheck(), on its very line', () => {
      const { from, to } = linesOf(what);
      for (const leaks of [byStop, byCheck]) {
        const here = leaks.filter(({ place }) => {
          const line = Number(/opened\.ts:(\d+):\d+$/.exec(place ?? '')?.[1]);
          return line > from && line < to;
        });
        expect(here.map((leak) => leak.kind)).toContain(kind);
      }
    });

    test('is no leak when it was closed', async () => {
      const app = await starting(async () => void (await (await open())()));
      await app.stop();
    });
  });
});

describe("is nobody's leak:", () => {
  test.each(KEPT)('%s', async (_, use) => {
    const app = await starting(() => use(url));
    await app.stop();
  });

  test('a connection in the pool of an agent', async () => {
    const agent = new Agent({ keepAlive: true });
    const app = await starting(
      () => new Promise<void>((resolve) => get(url, { agent }, (response) => response.resume().on('end', resolve))),
    );
    await app.stop();
    agent.destroy();
  });
});

/** Made with `new` and adopted: nobody constructs it for its fields to know. */
class Helper extends Lifecycle {
  readonly process;
  constructor(owned: boolean) {
    super();
    this.process = createProcess('sleeper', 'sleep', ['30'], owned ? { owner: this } : {});
  }
  protected override async onStart() {
    await this.process.start();
  }
}

describe('a process of a helper that was made with `new`', () => {
  test('is told by its command when it has no owner, and so outlives the application', async () => {
    const helper = new Helper(false);
    const check = await leakCheck({ probes: ['made'] });
    const app = await starting((service) => service.adopt(helper));
    try {
      const leak = { kind: 'process', label: `"sleep", pid ${helper.process.pid}, has no owner`, place: undefined };
      expect(await found(app.stop())).toEqual([leak]); // told of what has a user's line only: nothing (tried)
      expect(await found(check.end())).toEqual([leak]);
    } finally {
      await helper.process.stop();
    }
  });

  test('is no leak when it has one', async () => {
    const helper = new Helper(true);
    const check = await leakCheck({ probes: ['made'] });
    const app = await starting((service) => service.adopt(helper));
    expect(helper.process.running).toBe(true);
    await app.stop();
    await check.end();
  });
});

describe('what runs and has no owner', () => {
  const endless = { poll: () => 1, interval: 5 };
  class Ticker extends Lifecycle {}
  /** Where this text stands in this file. */
  const placeOf = (text: string) => {
    const line = readFileSync(__filename, 'utf8').split('\n').findIndex((one) => one.includes(`${text};`)) + 1; // biome-ignore format: one step
    return expect.stringContaining(`leaks.test.ts:${line}:`);
  };

  // Teeth: without its keeper nobody sees it once its first timer has fired (tried).
  test('is told by its name and the line that made it, however long it has run', async () => {
    const check = await leakCheck({ probes: ['made'] });
    const made = createWatcher('memory', endless);
    let polls = 0;
    const third = new Promise<void>((resolve) => made.subscribe(() => ++polls > 2 && resolve()));
    await made.start();
    await third;
    const ticker = await new Ticker().start();
    expect(await check.leaks()).toEqual([
      { kind: 'watcher', label: '"memory" has no owner', place: placeOf("made = createWatcher('memory', endless)") },
      { kind: 'lifecycle', label: '"Ticker" has no owner', place: placeOf('ticker = await new Ticker().start()') },
    ]);
    await Promise.all([made.stop(), ticker.stop()]);
    await check.end();
  });

  test('is told by the stop of the application whose code started it, also when time is turned by hand', async () => {
    const running: Lifecycle[] = [];
    const app = await starting(async () => void running.push(await new Ticker().start()));
    const own = await new Ticker().start();
    expect(await found(app.stop())).toEqual([
      { kind: 'lifecycle', label: '"Ticker" has no owner', place: placeOf('starting(async () => void running.push(await new Ticker().start()))') },
    ]); // biome-ignore format: a list
    await Promise.all([own, ...running].map((ticker) => ticker.stop()));
  });

  test('is no leak with an owner: given, found in a constructor, or had by adoption', async () => {
    class Gauge extends Lifecycle {
      readonly memory = createWatcher('memory', { ...endless, owner: this });
    }
    const check = await leakCheck({ probes: ['made'] });
    const app = await starting(async (service) => {
      createWatcher('memory', { ...endless, owner: service });
      await service.adopt(new Gauge());
      await service.adopt(await new Ticker().start());
    });
    expect(app.leaks().filter(({ label }) => label.includes('owner'))).toEqual([]);
    await app.stop();
    await check.end();
  });
});

test('of two files that are opened at once, the one that stays open is told by its own line', async () => {
  const check = await leakCheck({ probes: ['made'] });
  const first = () => openFile(__filename);
  const second = () => openFile(__filename); // the one
  const [gone, stays] = await Promise.all([first(), second()]);
  await gone.close();
  const leaks = await found(check.end());
  await stays.close();
  const line =
    readFileSync(__filename, 'utf8')
      .split('\n')
      .findIndex((text) => text.endsWith('// the one')) + 1;
  expect(leaks).toEqual([{ kind: 'file', label: expect.any(String), place: expect.stringContaining(`:${line}:`) }]);
});
