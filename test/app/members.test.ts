// What belongs to Lifecycle and Watch stays theirs, whatever the compiler makes of a field.
import { Watcher } from '../../src/app/declared.js';
import { Service } from '../../src/app/service.js';
import { Bus } from '../../src/kernel/bus.js';
import { Lifecycle, type LifecycleOptions } from '../../src/kernel/lifecycle.js';
import type { Class } from '../../src/kernel/token.js';
import { Watch } from '../../src/kernel/watch.js';
import { askHealth } from '../../src/observability/health.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { boot, bootError } from './boot.js';

/** A class with a field as a compiler leaves it that assigns, as with `useDefineForClassFields: false`. */
function assigning(key: string, value: unknown): Class {
  return class Shadows extends Lifecycle {
    constructor() {
      super();
      (this as Record<string, unknown>)[key] = value;
    }
  };
}

/** The same with a compiler that defines. */
function defining(key: string, value: unknown): Class {
  return class Shadows extends Lifecycle {
    constructor() {
      super();
      Object.defineProperty(this, key, { value, writable: true, configurable: true, enumerable: true });
    }
  };
}

describe.each([
  ['assigns', assigning],
  ['defines', defining],
])('with a compiler that %s fields', (_how, make) => {
  test.each(['name', 'state', 'signal', 'running', 'clock'])(
    'a field that shadows the getter %s is told',
    async (key) => {
      const error = await bootError([make(key, 'mine')]);
      expect(error).toMatchObject({ code: 'SPECTER_INVALID_ROLE', service: undefined });
      expect(error.message).toContain(`Shadows defines ${key}, which belongs to Lifecycle`);
    },
  );

  test.each(['start', 'stop', 'listen', 'own', 'fail'])('an arrow function in the field %s is told', async (key) => {
    const error = await bootError([make(key, () => {})]);
    expect(error.message).toContain(`Shadows defines ${key}, which belongs to Lifecycle`);
  });

  test.each(['onStart', 'onStop', 'health'])(
    'an arrow function in the field %s is a hook like a method',
    async (key) => {
      const called = jest.fn(() => ({ status: 'up' }));
      const { engine } = await boot([make(key, called)]);
      await askHealth(engine.patients);
      await engine.stop();
      expect(called).toHaveBeenCalledTimes(1);
    },
  );
});

test('a field of something that a class makes is not taken for its own', async () => {
  const Child = assigning('name', 'mine');
  class Parent extends Lifecycle {
    readonly child = new Child();
  }
  expect(await bootError([Parent])).toMatchObject({ code: 'SPECTER_START_FAILED', service: 'Parent' });
});

test('a field of a base class is told of the class that is listed', async () => {
  const Base = assigning('name', 'mine') as Class<Lifecycle>;
  class Derived extends Base {}
  expect((await bootError([Derived])).message).toContain('Derived defines name, which belongs to Lifecycle');
});

test('a getter in the place of a method, and a method in the place of a getter, are told together', async () => {
  class Odd extends Lifecycle {
    // @ts-expect-error a method is not overridden by a getter
    get own() {
      return () => {};
    }
    // @ts-expect-error nor the other way round
    state() {}
    override async [Symbol.asyncDispose]() {}
  }
  expect((await bootError([Odd])).message).toContain(
    `Odd defines state, own, ${String(Symbol.asyncDispose)}, which belong to Lifecycle`,
  );
});

test('what belongs to Watch is told with its name', async () => {
  @Watcher()
  class Hdmi extends Watch<number> {
    override subscribe() {
      return () => {};
    }
  }
  expect((await bootError([Hdmi])).message).toContain('Hdmi defines subscribe, which belongs to Watch');
});

describe('options that a class gives to super()', () => {
  function withOptions(options: LifecycleOptions): Class {
    return class Ticker extends Lifecycle {
      constructor() {
        super({}, options);
      }
    };
  }

  test.each<[string, LifecycleOptions]>([
    ['name', { name: 'other' }],
    ['clock', { clock: new ManualClock() }],
    ['bus', { bus: new Bus() }],
    ['startTimeout', { startTimeout: 1 }],
    ['stopTimeout', { stopTimeout: 1 }],
    ['name, stopTimeout', { name: 'other', stopTimeout: 1, startTimeout: 15_000 }],
  ])('are a boot error where its application would ignore them: %s', async (ignored, options) => {
    const error = await bootError([withOptions(options)]);
    expect(error).toMatchObject({ code: 'SPECTER_INVALID_ROLE', service: undefined });
    expect(error.message).toContain(`Ticker gives ${ignored} to super(), which differs from what its application uses`);
    expect(error.message).toContain('@Service({ stopTimeout: 1000 })');
  });

  test('are fine where they say the same as the decorator, so that a class may live with and without an application', async () => {
    const Ticker = withOptions({ name: 'ticker', stopTimeout: 7 });
    Service({ name: 'ticker', stopTimeout: 7 })(Ticker);
    const { engine } = await boot([Ticker]);
    expect(engine.units[0]?.runner?.stopTimeout).toBe(7);
    await engine.stop();
    const alone = new Ticker() as Lifecycle;
    expect(alone.name).toBe('ticker');
  });

  test('hold for a child that a managed class makes', async () => {
    const Child = withOptions({ name: 'child', stopTimeout: 7 });
    class Parent extends Lifecycle {
      readonly child = new Child() as Lifecycle;
    }
    const { engine } = await boot([Parent]);
    expect(engine.get(Parent).child.name).toBe('child');
    await engine.stop();
  });
});
