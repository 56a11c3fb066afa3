// Law 3. A start that fails leaves nothing behind: siblings are aborted and awaited, what started is stopped in reverse, the half-started is released.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { Application } from '../../src/application.js';
import { type BootError, type Class, Lifecycle, Module, Service } from '../../src/index.js';
import { systemClock } from '../../src/kernel/clock.js';
import { leakCheck, ManualClock } from '../../src/testing/index.js';
import { boot, named } from '../app/boot.js';
import { gate, hear, never, rejection, settle } from '../kernel/heard.js';
import { Program } from '../processes/run.js';

type Way = 'throws' | 'rejects' | 'times out' | 'throws after acquiring';

/** What the failing service opens before it fails, to look at afterwards. */
interface Opened {
  child?: ChildProcess;
  file?: FileHandle;
  ticks: number;
}

async function acquire(it: Lifecycle, opened: Opened): Promise<void> {
  it.interval(() => opened.ticks++, 10);
  it.listen('event', () => opened.ticks++);
  opened.file = it.own(await open(__filename));
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  opened.child = it.own(child, async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
}

interface Levels {
  readonly trace: string[];
  readonly opened: Opened;
  /** Each needs the one before as well, so that there is only one order. */
  readonly inTurn?: boolean;
}

/** Five levels of four services, each level needing all of the one before; the second of the third level fails. */
function levels(way: Way, { trace, opened, inTurn = false }: Levels): Class[] {
  const all: Class[][] = [];
  const ways: Record<Way, (it: Lifecycle) => unknown> = {
    throws: () => {
      throw new Error('no tuner');
    },
    rejects: () => Promise.reject(new Error('no tuner')),
    'times out': (it) => it.sleep(60_000),
    'throws after acquiring': async (it) => {
      await acquire(it, opened);
      throw new Error('no tuner');
    },
  };
  for (let level = 0; level < 5; level++) {
    const before = all[level - 1] ?? [];
    const units: Class[] = [];
    all.push(units);
    for (let i = 0; i < 4; i++) {
      const name = `L${level}S${i}`;
      class Unit extends Lifecycle {
        protected override async onStart() {
          trace.push(`${name} starts`);
          if (name === 'L2S1') await ways[way](this);
          trace.push(`${name} started`);
        }
        protected override onStop() {
          trace.push(`${name} stops`);
        }
      }
      const needs = inTurn ? [...before, ...units] : before;
      Service({ dependsOn: needs, startTimeout: 50, stopTimeout: 2_000 })(Unit);
      units.push(named(name, Unit));
    }
  }
  return all.flat();
}

const levelOf = (line: string) => Number(line[1]);

// T2. Teeth: a rollback that only stops what had started, and not what the failing service had opened (as fx does), fails this test (tried).
test.each<Way>(['throws', 'rejects', 'times out', 'throws after acquiring'])(
  'a third level of five that %s: everything is rolled back, nothing is left',
  async (way) => {
    const trace: string[] = [];
    const opened: Opened = { ticks: 0 };
    @Module({ providers: levels(way, { trace, opened }) })
    class App {}
    const clock = new ManualClock();
    const check = await leakCheck({ probes: ['made', 'handles', 'files', 'processes', 'listeners', 'warnings'] });
    const app = new Application(App, { logger: false, signals: false, clock });
    let everReady = false;
    app.events.on('*', () => {
      everReady ||= app.ready;
    });
    const error = (await rejection(app.start())) as unknown as BootError;

    const stops = trace.filter((line) => line.endsWith('stops'));
    const started = trace.filter((line) => line.endsWith('started')).map((line) => line.slice(0, 4));
    expect(started).toHaveLength(4 + 4 + 3);
    expect(stops.map((line) => line.slice(0, 4)).sort()).toEqual([...started].sort());
    expect(stops.map(levelOf)).toEqual([...stops.map(levelOf)].sort((a, b) => b - a));
    expect(trace.filter((line) => levelOf(line) > 2)).toEqual([]);
    expect(stops).not.toContain('L2S1 stops');

    expect(error).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'L2S1' });
    expect(error.rolledBack).toEqual(stops.map((line) => line.slice(0, 4)));
    expect(error.message).toContain(
      way === 'times out' ? 'L2S1 did not start within 50 ms' : 'L2S1 failed to start: no tuner',
    );
    expect(error.message).toContain(`Rolled back: ${error.rolledBack.join(', ')}.`);

    expect(everReady || app.ready).toBe(false);
    expect(app.bus.listenerCount()).toBe(0);
    expect(app.registry.list()).toEqual([]);
    expect(clock.pending).toBe(0);
    await clock.advance(1_000);
    expect(opened.ticks).toBe(0);
    expect(opened.child?.signalCode ?? 'SIGKILL').toBe('SIGKILL');
    expect(opened.file?.fd ?? -1).toBe(-1);
    await check.end(app);
  },
);

test.each<Way>(['throws', 'rejects', 'times out', 'throws after acquiring'])(
  'where one stands upon the other, a start that %s is undone step by step, in the exact reverse',
  async (way) => {
    const trace: string[] = [];
    @Module({ providers: levels(way, { trace, opened: { ticks: 0 }, inTurn: true }) })
    class App {}
    const app = new Application(App, { logger: false, signals: false, clock: new ManualClock() });
    await rejection(app.start());
    const up = Array.from({ length: 9 }, (_, i) => `L${Math.floor(i / 4)}S${i % 4}`);
    expect(trace).toEqual([
      ...up.flatMap((name) => [`${name} starts`, `${name} started`]),
      'L2S1 starts',
      ...up.toReversed().map((name) => `${name} stops`),
    ]);
  },
);

describe('as a process of its own', () => {
  test.each(['throws', 'rejects', 'times-out', 'acquires'])(
    'a start that %s exits with 1; no probe sees anything left, and nobody who asked heard that it was ready',
    async (way) => {
      const free = createServer().listen(0);
      await once(free, 'listening');
      const { port } = free.address() as AddressInfo;
      free.close();
      await once(free, 'close');
      const program = new Program('../laws/failing-start.ts', [way, String(port)]);
      expect((await program.end()).code).toBe(1);
      const report = JSON.parse(await program.line('"code"')) as { service: string; rolledBack: string[] };
      expect(report).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'L2S1' });
      expect(report.rolledBack).toHaveLength(4 + 4 + 3 + 1);
      expect(await program.line('exit 1')).toContain('asked true, answers 0,');
      expect(await program.line('probes')).toBe('probes []');
      if (way === 'acquires') expect(program.text).toMatch(/child \d+ has ended/);
      expect(program.text).not.toContain('L3');
      expect(program.text).not.toContain('it started');
    },
    30_000,
  );
});

test('siblings that are still starting have their signal aborted, and are awaited', async () => {
  const log: string[] = [];
  const slowEnd = gate();
  class Sibling extends Lifecycle {
    protected override async onStart() {
      await new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve()));
      log.push('sibling aborted');
      await slowEnd.promise;
      log.push('sibling ended');
    }
  }
  class Failing extends Lifecycle {
    protected override onStart() {
      throw new Error('no');
    }
  }
  const starting = rejection(boot([Sibling, Failing])).then(() => log.push('boot rejected'));
  await settle(10);
  expect(log).toEqual(['sibling aborted']);
  slowEnd.open();
  await starting;
  expect(log).toEqual(['sibling aborted', 'sibling ended', 'boot rejected']);
});

// T3. Teeth: one deadline for the whole rollback fails this test (tried): the hung stop leaves the others next to nothing.
test('a rollback in which two hooks throw and one hangs: the original error first, each stop with its own fresh deadline', async () => {
  const log: string[] = [];
  const chain: Class[] = [];
  const stops: Record<string, () => unknown> = {
    C1: () => Promise.reject(new Error('C1 cannot stop')),
    C2: () => never,
    C3: () => {
      throw new Error('C3 cannot stop');
    },
  };
  for (let i = 0; i < 5; i++) {
    const name = `C${i}`;
    class Unit extends Lifecycle {
      protected override async onStop() {
        // Real time: what is left of a deadline that somebody else has used up would not be enough.
        await systemClock.sleep(name === 'C2' ? 0 : 80);
        log.push(name);
        await stops[name]?.();
      }
      protected override onStart() {
        this.addCleanup(() => settle(3).then(() => log.push(`${name} released`)));
        if (name === 'C4') throw new Error('original');
      }
    }
    Service({ dependsOn: chain.slice(-1), stopTimeout: 400 })(Unit);
    chain.push(named(name, Unit));
  }
  const heard = hear();
  @Module({ providers: chain })
  class App {}
  const app = new Application(App, { logger: false, signals: false });
  app.events.on('release-failed', (event) => heard.events.emit('release-failed', event));
  const begun = performance.now();
  const error = (await rejection(app.start())) as unknown as BootError;
  expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 400 + 3 * 80 + 1_000 : 10_000);
  expect(error.errors.map(({ message }) => message)).toEqual([
    'original',
    'C3 cannot stop',
    expect.stringMatching(/^C2\.onStop\(\) did not finish within 400 ms/),
    'C1 cannot stop',
  ]);
  expect(error.cause).toEqual(new Error('original'));
  expect(error.message).toMatch(/^C4 failed to start: original\n\s+- also: C3 cannot stop/);
  expect(error.rolledBack).toEqual(['C3', 'C2', 'C1', 'C0']);
  expect(log).toEqual([
    'C4 released',
    'C3',
    'C3 released',
    'C2',
    'C2 released',
    'C1',
    'C1 released',
    'C0',
    'C0 released',
  ]);
  expect(heard.of('release-failed').map(({ error: { message } }) => message)).toEqual([
    'C3 cannot stop',
    expect.stringMatching(/^C2\.onStop\(\) did not finish within 400 ms and was left behind/),
    'C1 cannot stop',
  ]);
});

test('something opened by a hung onStart after the rollback is released at once', async () => {
  const late = gate();
  const close = jest.fn();
  class Hangs extends Lifecycle {
    protected override async onStart() {
      await late.promise;
      this.own({ close });
    }
  }
  Service({ startTimeout: 10, stopTimeout: 10 })(Hangs);
  await rejection(boot([Hangs]));
  late.open();
  await settle();
  expect(close).toHaveBeenCalledTimes(1);
});
