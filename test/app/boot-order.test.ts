import { type BootMode, bootOrder, bootPlan } from '../../src/app/boot-order.js';
import type { Unit } from '../../src/app/orchestrator.js';
import { Service } from '../../src/app/service.js';
import { createApplication, Module } from '../../src/index.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import type { Class } from '../../src/kernel/token.js';
import { testApplication } from '../../src/testing/index.js';
import { gate, settle } from '../kernel/heard.js';
import { bootError, named, prepare } from './boot.js';

/** A service that writes down when its hooks begin and end. */
function service(name: string, log: string[], needs: readonly Class[] = [], start?: () => unknown): Class {
  class Recorded extends Lifecycle {
    protected override async onStart() {
      log.push(`${name}+`);
      await start?.();
      log.push(`${name}!`);
    }
    protected override async onStop() {
      log.push(`${name}-`);
      await Promise.resolve();
      log.push(`${name}.`);
    }
  }
  Service({ name, dependsOn: needs })(Recorded);
  return named(name, Recorded);
}

/** Base <- Left, Right <- Top, and two that stand alone. */
function diamond(log: string[]): Class[] {
  const Base = service('Base', log);
  const Left = service('Left', log, [Base]);
  const Right = service('Right', log, [Base]);
  return [service('Top', log, [Left, Right]), Right, Left, Base, service('One', log), service('Two', log)];
}

async function orderOf(mode: BootMode, seed: number): Promise<{ starts: string[]; stops: string[]; log: string[] }> {
  const log: string[] = [];
  const { engine } = prepare(diamond(log), { boot: { mode, seed } });
  await engine.start();
  const starts = log.filter((line) => line.endsWith('+')).map((line) => line.slice(0, -1));
  await engine.stop();
  const stops = log.filter((line) => line.endsWith('-')).map((line) => line.slice(0, -1));
  return { starts, stops, log };
}

/** Hooks never overlap when each end follows its own begin. */
const oneAtATime = (log: readonly string[]) =>
  log.every((line, i) => i % 2 === 0 || line.slice(0, -1) === log[i - 1]?.slice(0, -1));

describe("boot: 'serial'", () => {
  test('starts one service at a time, after all it needs, and stops them in exactly the reverse order', async () => {
    const { starts, stops, log } = await orderOf('serial', 0);
    expect(starts.indexOf('Top')).toBeGreaterThan(Math.max(starts.indexOf('Left'), starts.indexOf('Right')));
    expect(stops).toEqual([...starts].reverse());
    expect(oneAtATime(log)).toBe(true);
  });

  test('is the same order at every boot', async () => {
    expect((await orderOf('serial', 1)).starts).toEqual((await orderOf('serial', 2)).starts);
  });

  test('a failing service is the last to begin: what would have followed it never starts', async () => {
    const log: string[] = [];
    const Base = service('Base', log);
    const Failing = service('Failing', log, [Base], () => Promise.reject(new Error('no disk')));
    const Later = service('Later', log, [Failing]);
    const error = await bootError([Base, Failing, Later, service('Alone', log, [Later])], {
      boot: { mode: 'serial', seed: 0 },
    });
    expect(error).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'Failing', rolledBack: ['Base'] });
    expect(log).toEqual(['Base+', 'Base!', 'Failing+', 'Base-', 'Base.']);
  });

  test('gives up between two services when it is stopped meanwhile', async () => {
    const log: string[] = [];
    const slow = gate();
    const First = service('First', log, [], () => slow.promise);
    const { engine } = prepare([First, service('Second', log, [First])], { boot: { mode: 'serial', seed: 0 } });
    const starting = engine.start();
    await settle();
    engine.abort('it was told to');
    slow.open();
    await expect(starting).rejects.toMatchObject({ code: 'SPECTER_START_ABORTED' });
    expect(log).not.toContain('Second+');
  });
});

describe("boot: 'shuffle'", () => {
  test('is a different order from seed to seed, always one that the graph allows, and the reverse at the stop', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { starts, stops, log } = await orderOf('shuffle', seed);
      expect(starts.indexOf('Base')).toBeLessThan(Math.min(starts.indexOf('Left'), starts.indexOf('Right')));
      expect(starts.indexOf('Top')).toBeGreaterThan(Math.max(starts.indexOf('Left'), starts.indexOf('Right')));
      expect(stops).toEqual([...starts].reverse());
      expect(oneAtATime(log)).toBe(true);
      orders.add(starts.join());
    }
    expect(orders.size).toBeGreaterThan(10);
  });

  test('the same seed gives the same order again', async () => {
    expect((await orderOf('shuffle', 7)).starts).toEqual((await orderOf('shuffle', 7)).starts);
  });

  test('reaches every order that the graph allows', () => {
    const one: Unit = unit('One');
    const two: Unit = unit('Two');
    const orders = Array.from({ length: 50 }, (_, seed) => bootOrder([one, two], { mode: 'shuffle', seed }));
    expect(new Set(orders.map((order) => order?.map(({ name }) => name).join()))).toEqual(
      new Set(['One,Two', 'Two,One']),
    );
  });

  test('finds a dependency that nobody declared, and prints the seed that repeats it', async () => {
    const found: number[] = [];
    for (let seed = 0; seed < 10; seed++) {
      @Service()
      class Settings extends Lifecycle<{ loaded: boolean }> {
        constructor() {
          super({ loaded: false });
        }
        protected override async onStart() {
          this.setState({ loaded: true });
        }
      }
      let settings: Settings | undefined;
      @Service()
      class Reader {
        onStart() {
          if (!settings?.state.loaded) throw new Error('Settings are not loaded');
        }
      }
      @Module({ providers: [Settings, Reader] })
      class AppModule {}
      const printed: string[] = [];
      const app = createApplication(AppModule, { logger: false, boot: 'shuffle', seed });
      app.events.on('app-shuffled', (event) => {
        settings = app.get(Settings);
        printed.push(app.events.wordingOf(event).text);
      });
      await app.start().catch(() => found.push(seed));
      await app.stop();
      expect(printed).toEqual([expect.stringContaining(`SPECTER_BOOT=shuffle SPECTER_SEED=${seed}`)]);
    }
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(10);
  });

  test('a test application shows the seed once on stderr, whatever its logger', async () => {
    @Module({ providers: [] })
    class AppModule {}
    const shown = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      for (const logger of [{ logger: false }, {}, { logger: false }] as const) {
        const app = await testApplication(AppModule, { boot: 'shuffle', seed: 11, ...logger }).start();
        await app.stop();
      }
      expect(shown.mock.calls).toEqual([[expect.stringMatching(/^Services .* SPECTER_SEED=11 repeats it\n$/)]]);
    } finally {
      shown.mockRestore();
    }
  });

  test('a start that fails tells the seed in its error', async () => {
    const Failing = service('Failing', [], [], () => Promise.reject(new Error('no disk')));
    const shuffled = await bootError([Failing], { boot: { mode: 'shuffle', seed: 5 } });
    expect(shuffled.message).toContain('Failing failed to start (order: SPECTER_BOOT=shuffle SPECTER_SEED=5): no disk');
    const serial = await bootError([Failing], { boot: { mode: 'serial', seed: 5 } });
    expect(serial.message).toContain('Failing failed to start: no disk');
  });
});

describe('what decides the order', () => {
  test('is the option, but SPECTER_BOOT and SPECTER_SEED go before it', () => {
    expect(bootPlan({}, {}).mode).toBe('parallel');
    expect(bootPlan({ boot: 'shuffle', seed: 3 }, {})).toEqual({ mode: 'shuffle', seed: 3 });
    expect(bootPlan({ boot: 'serial', seed: 3 }, { SPECTER_BOOT: 'shuffle', SPECTER_SEED: '4' })).toEqual({
      mode: 'shuffle',
      seed: 4,
    });
  });

  test('without a seed is one that is drawn once for the whole process', () => {
    const seeds = Array.from({ length: 5 }, () => bootPlan({ boot: 'shuffle' }, {}).seed);
    expect(new Set(seeds).size).toBe(1);
  });

  test.each([
    [{ SPECTER_SEED: 'abc' }, 'SPECTER_SEED is "abc"; expected a whole number.'],
    [{ SPECTER_BOOT: 'random' }, 'SPECTER_BOOT is "random"; expected one of parallel, serial, shuffle.'],
  ])('%j is refused by its name and value', (env, message) => {
    expect(() => bootPlan({}, env)).toThrow(message);
  });

  test('side by side has no order of its own', () => {
    expect(bootOrder([unit('One')], { mode: 'parallel', seed: 0 })).toBeUndefined();
  });

  test.each([
    [{ boot: 'random' as BootMode }, {}],
    [{ seed: 1.5 }, {}],
    [{}, { SPECTER_BOOT: 'shufle' }],
    [{}, { SPECTER_SEED: 'abc' }],
  ])('%j with %j is refused', (options, env) => {
    expect(() => bootPlan(options, env)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  });
});

function unit(name: string): Unit {
  return { name, runner: undefined, needs: new Set(), neededBy: new Set(), restart: undefined, stopTime: 0 };
}
