// What may be asked for, and how it is refused: lists, aliases, asynchronous factories, undefined.
import { Inject, InjectAll, inject, injectAll } from '../../src/app/inject.js';
import { Service } from '../../src/app/service.js';
import { token } from '../../src/kernel/token.js';
import { settle } from '../kernel/heard.js';
import { boot, bootError } from './boot.js';

const PLUGINS = token<string>('plugins');
const plugin = (useValue: string) => ({ provide: PLUGINS, useValue, multi: true });

describe('a token of several values', () => {
  @Service()
  class ByParameter {
    constructor(@Inject(PLUGINS) readonly plugin: string) {}
  }
  @Service()
  class Optional {
    constructor(@Inject(PLUGINS, { optional: true }) readonly plugin: unknown) {}
  }
  class ByField {
    readonly plugin = inject(PLUGINS);
  }

  test.each([
    ['a parameter', ByParameter, 'ByParameter (in AppModule) asks for one plugins (constructor parameter 1)'],
    ['an optional parameter', Optional, 'Optional (in AppModule) asks for one plugins (constructor parameter 1)'],
    ['a field', ByField, 'ByField (in AppModule) asks for one plugins (inject() in a field)'],
    ['an alias', { provide: 'it', useExisting: PLUGINS }, 'it (in AppModule) asks for one plugins (useExisting)'],
  ])('cannot be asked for as one by %s: the error says how to ask for the list', async (_how, asking, said) => {
    for (const plugins of [[plugin('a')], [plugin('a'), plugin('b')]]) {
      const error = await bootError([...plugins, asking]);
      expect(error).toMatchObject({ code: 'SPECTER_MULTI_TOKEN', service: undefined });
      expect(error.message).toContain(said);
      expect(error.message).toContain(
        '@InjectAll(plugins) on a constructor parameter, or injectAll(plugins) in a field',
      );
    }
  });

  test('cannot be asked for as one by app.get() either; the container has the list', async () => {
    const { engine } = await boot([plugin('a'), plugin('b')]);
    expect(() => engine.get(PLUGINS)).toThrow(expect.objectContaining({ code: 'SPECTER_MULTI_TOKEN' }));
    expect(engine.container.tsyringe.resolveAll(PLUGINS as symbol)).toEqual(['a', 'b']);
    await engine.stop();
  });

  test('goes to a factory as a list, and may be an order by dependsOn', async () => {
    const order: string[] = [];
    @Service({ dependsOn: [PLUGINS] })
    class After {
      constructor() {
        order.push('after');
      }
    }
    const { engine } = await boot([
      After,
      { provide: 'sum', inject: [PLUGINS], useFactory: (all: unknown[]) => all.length },
      { provide: PLUGINS, multi: true, useFactory: async () => void order.push('late') },
      plugin('b'),
    ]);
    expect(engine.get('sum')).toBe(2);
    expect(order).toEqual(['late', 'after']);
    await engine.stop();
  });

  test('is a list in the order of the modules, however its values come to be, in parameters and fields alike', async () => {
    @Service()
    class Second {}
    @Service()
    class First {
      constructor(readonly second: Second) {}
    }
    @Service()
    class Asks {
      readonly field = injectAll<unknown>('list');
      constructor(@InjectAll('list') readonly parameter: unknown[]) {}
    }
    const { engine } = await boot([
      Asks,
      { provide: 'list', useExisting: First, multi: true },
      {
        provide: 'list',
        multi: true,
        useFactory: async () => {
          await settle(3);
          return 'late';
        },
      },
      { provide: 'list', useExisting: Second, multi: true },
      { provide: 'list', useValue: 'value', multi: true },
      First,
      Second,
    ]);
    const expected = [engine.get(First), 'late', engine.get(Second), 'value'];
    expect(engine.get(Asks).parameter).toEqual(expected);
    expect(engine.get(Asks).field).toEqual(expected);
    await engine.stop();
  });

  test('may hold two instances of one class', async () => {
    class Tap {}
    const { engine } = await boot([
      { provide: 'taps', useClass: Tap, multi: true },
      { provide: 'taps', useClass: Tap, multi: true },
    ]);
    const taps = engine.container.tsyringe.resolveAll<Tap>('taps');
    expect(taps).toEqual([expect.any(Tap), expect.any(Tap)]);
    expect(taps[0]).not.toBe(taps[1]);
    await engine.stop();
  });
});

describe('a field that asks for what an asynchronous factory makes', () => {
  const late = { provide: 'late', useFactory: async () => 'value' };
  const promising = { provide: 'late', useFactory: () => Promise.resolve('value') };
  class Asks {
    readonly late = inject('late');
  }
  @Service({ dependsOn: ['late'] })
  class Middle {}
  class AsksMiddle {
    readonly middle = inject(Middle);
  }

  test.each([
    ['before it', [late, Asks]],
    ['after it', [Asks, late]],
    ['before it, as a promise', [promising, Asks]],
    ['after it, as a promise', [Asks, promising]],
  ])('is refused with the same words when it is listed %s', async (_where, providers) => {
    const error = await bootError(providers);
    expect(error).toMatchObject({ code: 'SPECTER_UNFINISHED_DEPENDENCY', service: undefined });
    expect(error.errors.map(({ message }) => message)).toEqual([
      'Asks asks for late in a field, but its factory is asynchronous, and a field cannot wait for it. ' +
        'Ask in the constructor with @Inject(late), or add dependsOn: [late].',
    ]);
  });

  test.each([
    ['first', [AsksMiddle, Middle, late]],
    ['last', [late, Middle, AsksMiddle]],
  ])('by way of another class is refused with the same words when it is listed %s', async (_where, providers) => {
    const error = await bootError(providers);
    expect(error.errors.map(({ message }) => message)).toEqual([
      'AsksMiddle asks for Middle in a field, but that needs late, whose factory is asynchronous, and a field cannot wait for it. ' +
        'Ask in the constructor with @Inject(Middle), or add dependsOn: [late].',
    ]);
  });

  class Base {
    readonly late = inject('late');
    constructor(readonly first?: unknown) {}
  }
  class ByParameter extends Base {}
  Inject('late')(ByParameter, undefined, 0);
  class ByOrder extends Base {}
  Service({ dependsOn: ['late'] })(ByOrder);
  class ByOthers extends Base {}
  Service({ dependsOn: [Middle] })(ByOthers);

  test.each([ByParameter, ByOrder, ByOthers])('gets it in any order once %p puts it before', async (Ordered) => {
    Reflect.defineMetadata('design:paramtypes', Ordered === ByParameter ? [Object] : [], Ordered);
    for (const providers of [
      [Ordered, Middle, late],
      [late, Middle, Ordered],
    ]) {
      const { engine } = await boot(providers);
      expect(engine.get<Base>(Ordered).late).toBe('value');
      await engine.stop();
    }
  });

  test('is told for every field of the class at once', async () => {
    class Greedy {
      readonly a = inject('a');
      readonly late = inject('late');
      readonly disk = inject('disc');
    }
    const error = await bootError([late, { provide: 'a', useFactory: async () => 1 }, Greedy]);
    expect(error.errors.map((fault) => (fault as { code?: string }).code)).toEqual([
      'SPECTER_UNFINISHED_DEPENDENCY',
      'SPECTER_UNFINISHED_DEPENDENCY',
      'SPECTER_MISSING_DEPENDENCY',
    ]);
  });
});

test.each(['before', 'after'])(
  'a fake of a test may take its time, also for fields of what is listed %s it',
  async (where) => {
    class Disk {}
    class Gauge {
      readonly disk = inject<string>(Disk as never);
    }
    const make = async () => {
      await settle(3);
      return 'fake';
    };
    const { engine } = await boot(where === 'before' ? [Gauge, Disk] : [Disk, Gauge], {
      overrides: new Map([[Disk, { kind: 'factory', make, inject: [] }]]),
    });
    expect(engine.get(Gauge).disk).toBe('fake');
    await engine.stop();
  },
);

describe('undefined, as rings of files leave it', () => {
  const nothing = undefined as never;
  class ByField {
    readonly it = inject(nothing);
  }
  class ByOptionalField {
    readonly it = inject(nothing, { optional: true });
  }
  class ByParameter {
    constructor(readonly it: unknown) {}
  }
  Inject(nothing)(ByParameter, undefined, 0);
  class ByOrder {}
  Service({ dependsOn: [nothing] })(ByOrder);

  test.each([
    ['a field', ByField, 'inject() in a field'],
    ['an optional field', ByOptionalField, 'inject() in a field'],
    ['@Inject()', ByParameter, 'constructor parameter 1'],
    ['dependsOn', ByOrder, 'dependsOn'],
    ['a factory', { provide: 'x', useFactory: () => 1, inject: [nothing] }, 'factory dependency 1'],
  ])('asked for by %s is told as what it probably is', async (_how, asking, where) => {
    const error = await bootError([asking]);
    expect(error.code).toBe('SPECTER_MISSING_DEPENDENCY');
    expect(error.message).toContain(`asks for undefined (${where}): what it names was not defined yet`);
    expect(error.message).toContain('a ring of files that import each other');
  });

  test('provided or exported is told as well', async () => {
    @Service({ provides: [nothing] })
    class Provides {}
    const error = await bootError({ module: class Odd {}, providers: [Provides], exports: [nothing] });
    expect(error.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('Odd: an export is undefined, probably because of a ring'),
      expect.stringContaining('Odd: Provides provides undefined, probably because of a ring'),
    ]);
  });
});

test('a token that base and derived class both provide is provided once', async () => {
  @Service({ provides: ['family'] })
  class Base {}
  @Service({ provides: ['family'] })
  class Derived extends Base {}
  const { engine } = await boot([Derived]);
  expect(engine.get('family')).toBe(engine.get(Derived));
  await engine.stop();
});

test('inject() in a factory says to list it under inject', async () => {
  const error = await bootError([{ provide: 'x', useFactory: () => inject('y') }]);
  expect(error).toMatchObject({ service: 'x', cause: { code: 'SPECTER_NO_OWNER' } });
  expect(error.message).toContain('inject: [y]');
});

test('app.get() before the value is made says so, and not that nobody provides it', async () => {
  class Disk {}
  let seen: unknown;
  const booted: { engine?: { get(token: unknown): unknown } } = {};
  const ask = () => {
    try {
      booted.engine?.get(Disk);
    } catch (error) {
      seen = error;
    }
  };
  const { prepare } = await import('./boot.js');
  const { engine } = prepare([{ provide: 'first', useFactory: ask }, Disk]);
  booted.engine = engine as never;
  await engine.start();
  expect(seen).toMatchObject({ code: 'SPECTER_APPLICATION_STATE', message: expect.stringContaining('app.get(Disk)') });
  await engine.stop();
});
