import { Inject, InjectAll, inject, injectAll } from '../../src/app/inject.js';
import { Module } from '../../src/app/module.js';
import type { Role } from '../../src/app/role.js';
import { Service } from '../../src/app/service.js';
import { noteParameter, tag } from '../../src/app/tags.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Scope } from '../../src/kernel/scope.js';
import { token } from '../../src/kernel/token.js';
import { boot, bootError, named, prepare } from './boot.js';

@Service()
class Disk {
  readonly kind = 'disk';
}

interface Greeting {
  readonly text: string;
}
const GREETING = token<Greeting>('greeting');
const PLUGINS = token<string>('plugins');

describe('asking', () => {
  test('by class, by @Inject, by @InjectAll, by inject() in a field and by injectAll()', async () => {
    @Service()
    class Asks {
      readonly field = inject(Disk);
      readonly list = injectAll(PLUGINS);
      readonly nobody = inject(token<string>('nobody'), { optional: true });
      constructor(
        readonly disk: Disk,
        @Inject(GREETING) readonly greeting: Greeting,
        @InjectAll(PLUGINS) readonly plugins: string[],
        @Inject('nobody', { optional: true }) readonly absent: unknown,
      ) {}
    }
    const { engine } = await boot([
      Asks,
      Disk,
      { provide: GREETING, useValue: { text: 'Hello' } },
      { provide: PLUGINS, useValue: 'a', multi: true },
      { provide: PLUGINS, useFactory: () => 'b', multi: true },
    ]);
    const it = engine.get(Asks);
    expect(it.disk).toBe(engine.get(Disk));
    expect(it.field).toBe(it.disk);
    expect(it.greeting).toEqual({ text: 'Hello' });
    expect([...it.plugins].sort()).toEqual(['a', 'b']);
    expect([...it.list].sort()).toEqual(['a', 'b']);
    expect([it.absent, it.nobody]).toEqual([undefined, undefined]);
    await engine.stop();
  });

  test('@InjectAll gives an empty list when nobody provides', async () => {
    @Service()
    class Asks {
      readonly list = injectAll(PLUGINS);
      constructor(@InjectAll(PLUGINS) readonly plugins: string[]) {}
    }
    const { engine } = await boot([Asks]);
    expect([engine.get(Asks).plugins, engine.get(Asks).list]).toEqual([[], []]);
    await engine.stop();
  });

  test('every class is made once; useExisting gives the very same under another token', async () => {
    const made = jest.fn();
    @Service({ provides: ['storage'] })
    class Once {
      constructor() {
        made();
      }
    }
    const { engine } = await boot([
      Once,
      { provide: 'alias', useExisting: Once },
      { provide: 'far', useExisting: 'alias' },
    ]);
    expect(engine.get('alias')).toBe(engine.get(Once));
    expect(engine.get('far')).toBe(engine.get('storage'));
    expect(made).toHaveBeenCalledTimes(1);
    await engine.stop();
  });

  test('useClass makes one for its token, with the roles of the class', async () => {
    abstract class Store {
      abstract get(): string;
    }
    const started = jest.fn();
    @Service()
    class MemoryStore extends Store {
      onStart() {
        started();
      }
      get() {
        return 'memory';
      }
    }
    const { engine } = await boot([{ provide: Store, useClass: MemoryStore }]);
    expect(engine.get(Store).get()).toBe('memory');
    expect(started).toHaveBeenCalledTimes(1);
    await engine.stop();
  });

  test('a plain class gets its own Scope, by parameter and by field', async () => {
    const log: string[] = [];
    @Service()
    class Plain {
      readonly own = inject(Scope);
      constructor(readonly scope: Scope) {
        scope.addCleanup(() => log.push('released'));
      }
    }
    @Service()
    class Other {
      constructor(readonly scope: Scope) {}
    }
    const { engine } = await boot([Plain, Other]);
    expect(engine.get(Plain).own).toBe(engine.get(Plain).scope);
    expect(engine.get(Other).scope).not.toBe(engine.get(Plain).scope);
    expect(engine.get(Plain).scope.name).toBe('Plain');
    await engine.stop();
    expect(log).toEqual(['released']);
  });

  test('values may be undefined, null, false and functions', async () => {
    const fn = () => 1;
    const { engine } = await boot([
      { provide: 'undefined', useValue: undefined },
      { provide: 'null', useValue: null },
      { provide: 'function', useValue: fn },
    ]);
    expect([engine.get('undefined'), engine.get('null'), engine.get('function')]).toEqual([undefined, null, fn]);
    await engine.stop();
  });
});

describe('a missing dependency', () => {
  test('tells where the class is written that asks', async () => {
    @Service({ dependsOn: ['nowhere'] })
    class SomewhereInThisFile {}
    const error = await bootError([SomewhereInThisFile]);
    expect(error.message).toMatch(/\n {4}at test\/app\/graph\.test\.ts:\d+$/);
    expect(error.errors[0]?.message).not.toContain('graph.test.ts');
  });

  test('names the class, its module, the parameter, the nearest name and what there is', async () => {
    class Disc {}
    @Service()
    class Player {
      constructor(
        readonly disk: Disk,
        readonly disc: Disc,
      ) {}
    }
    const error = await bootError([Disk, Player]);
    expect(error).toMatchObject({ code: 'SPECTER_MISSING_DEPENDENCY', service: undefined });
    expect(error.errors[0]?.message).toBe(
      'Player (in AppModule) needs Disc (constructor parameter 2), and nobody provides it. Did you mean Disk? ' +
        'Add Disc to the providers of a module, or mark it optional. Provided are: Disk, Player.',
    );
  });

  test('is told for fields, dependsOn, factories, aliases and roles alike', async () => {
    const role: Role = { name: 'metered', dependsOn: () => ['meter'] };
    @Service({ dependsOn: ['order'] })
    class Ordered {}
    class Metered {}
    tag(role, {})(Metered);
    const error = await bootError([
      Ordered,
      Metered,
      { provide: 'made', useFactory: () => 1, inject: ['parts'] },
      { provide: 'alias', useExisting: 'original' },
    ]);
    expect(error.code).toBe('SPECTER_BOOT');
    expect(error.errors.map(({ message }) => message.split(', and')[0])).toEqual([
      'Ordered (in AppModule) needs "order" (dependsOn)',
      'Metered (in AppModule) needs "meter" (@metered)',
      'made (in AppModule) needs "parts" (factory dependency 1)',
      'alias (in AppModule) needs "original" (useExisting)',
    ]);
  });

  test('in fields: all of one class are told together, before what their absence broke', async () => {
    @Service()
    class Fields {
      readonly a = inject('a');
      readonly b = inject<{ c: number }>('b');
      readonly broken = this.b.c;
    }
    const error = await bootError([Disk, Fields]);
    expect(error.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('Fields (in AppModule) needs "a" (inject() in a field)'),
      expect.stringContaining('Fields (in AppModule) needs "b" (inject() in a field)'),
    ]);
  });

  test('lists a thousand providers in a readable length', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ provide: `p${i}`, useValue: i }));
    const error = await bootError([...many, { provide: 'x', useExisting: 'absent' }]);
    expect(error.message.length).toBeLessThan(600);
    expect(error.message).toContain('p18, p19 and 981 more.');
  });

  test('nothing has been constructed then', async () => {
    const made = jest.fn();
    @Service()
    class Made {
      constructor() {
        made();
      }
    }
    await bootError([Made, { provide: 'alias', useExisting: 'absent' }]);
    expect(made).not.toHaveBeenCalled();
  });
});

describe('a type that is lost at run time', () => {
  test('an interface is told as what it is', async () => {
    @Service()
    class Asks {
      constructor(readonly greeting: Greeting) {}
    }
    const error = await bootError([Asks]);
    expect(error.code).toBe('SPECTER_TYPE_LOST');
    expect(error.errors[0]?.message).toContain(
      'Constructor parameter 1 of Asks has no type left at run time: it is an interface, a union, or its class was imported with `import type`',
    );
    expect(error.errors[0]?.message).toContain('Use @Inject(TOKEN) on it, or a field');
  });

  test.each([
    [String, 'a String cannot be looked up'],
    [Number, 'a Number'],
    [Array, 'an Array'],
    [Promise, 'a Promise'],
    [Object, 'an interface'],
    [Function, 'import type'],
    [undefined, 'ring of files'],
  ] as const)('%p in the emitted types is told', async (type, reason) => {
    class Asks {
      constructor(readonly it: unknown) {}
    }
    Service()(Asks);
    Reflect.defineMetadata('design:paramtypes', [type], Asks);
    const error = await bootError([Asks]);
    expect(error.code).toBe('SPECTER_TYPE_LOST');
    expect(error.message).toContain(reason.replace('an Array', 'a Array'));
  });

  test('a build that emits no types is told as such; tokens and fields work there', async () => {
    // What esbuild, tsx and vite leave: decorators, and no metadata.
    class Bare {
      constructor(readonly disk: Disk) {}
    }
    Service()(Bare);
    const error = await bootError([Disk, Bare]);
    expect(error.message).toContain(
      'this build emits no types (esbuild and tsx do not, tsc does with emitDecoratorMetadata)',
    );

    class Explicit {
      readonly field = inject(Disk);
      constructor(readonly disk: Disk) {}
    }
    Service()(Explicit);
    Inject(Disk)(Explicit, undefined, 0);
    const { engine } = await boot([Disk, Explicit]);
    expect(engine.get(Explicit).disk).toBe(engine.get(Explicit).field);
    await engine.stop();
  });

  test('other notes on a parameter do not take its type away', async () => {
    class Asks {
      constructor(readonly disk: Disk) {}
    }
    noteParameter('something else')(Asks, undefined, 0);
    Reflect.defineMetadata('design:paramtypes', [Disk], Asks);
    const { engine } = await boot([Asks, Disk]);
    expect(engine.get(Asks).disk).toBeInstanceOf(Disk);
    await engine.stop();
  });

  test('all parameters of all classes are told at once, together with what is missing', async () => {
    class Absent {}
    @Service({ dependsOn: ['nowhere'] })
    class Asks {
      constructor(
        readonly a: Greeting,
        readonly b: Absent,
        readonly c: string,
      ) {}
    }
    const error = await bootError([Asks]);
    expect(error.errors.map((fault) => (fault as { code?: string }).code).sort()).toEqual([
      'SPECTER_MISSING_DEPENDENCY',
      'SPECTER_MISSING_DEPENDENCY',
      'SPECTER_TYPE_LOST',
      'SPECTER_TYPE_LOST',
    ]);
  });
});

describe('the same class in two applications', () => {
  test('is wired from its types both times, and a subclass without a constructor as well', async () => {
    @Service()
    class Base {
      constructor(readonly disk: Disk) {}
    }
    @Service()
    class Derived extends Base {}
    for (let i = 0; i < 3; i++) {
      const { engine } = await boot([Disk, Base, Derived]);
      expect(engine.get(Base).disk).toBeInstanceOf(Disk);
      expect(engine.get(Derived).disk).toBe(engine.get(Base).disk);
      await engine.stop();
    }
    expect(Reflect.getMetadata('design:paramtypes', Base)).toEqual([Disk]);
  });
});

describe('a cycle', () => {
  test('prints its whole path', async () => {
    class A {}
    class B {}
    class C {}
    Reflect.defineMetadata('design:paramtypes', [B], A);
    Reflect.defineMetadata('design:paramtypes', [C], B);
    Reflect.defineMetadata('design:paramtypes', [A], C);
    const error = await bootError([Disk, A, B, C]);
    expect(error.code).toBe('SPECTER_CYCLE');
    expect(error.errors[0]?.message).toBe(
      'These need each other, so none can be first: A -> B -> C -> A. A asks for B by constructor parameter 1, ' +
        'B asks for C by constructor parameter 1, C asks for A by constructor parameter 1. ' +
        'Break the ring with an event on the bus, registry.waitFor(), or a third class that both use.',
    );
  });

  test('says what joins each to the next, whatever it is', async () => {
    @Service({ dependsOn: ['made'], provides: ['start'] })
    class Start {}
    class Last {
      readonly start = inject<unknown>('start');
    }
    class Observed {}
    tag({ name: 'metered', dependsOn: () => [Last] }, {})(Observed);
    const error = await bootError([
      Start,
      { provide: 'made', useFactory: () => 1, inject: [Disk, 'alias'] },
      { provide: 'alias', useExisting: Observed },
      Observed,
      Last,
      Disk,
    ]);
    expect(error.message).toContain('Last -> Start -> made -> alias -> Observed -> Last. ');
    expect(error.message).toContain(
      'Last asks for Start by inject() in a field, Start asks for made by dependsOn, made asks for alias by factory dependency 2, ' +
        'alias asks for Observed by useExisting, Observed asks for Last by @metered. Break',
    );
  });

  test('tells where its classes are written', async () => {
    @Service({ dependsOn: ['right'] })
    class LeftOfRing {}
    @Service({ provides: ['right'], dependsOn: [LeftOfRing] })
    class RightOfRing {}
    const error = await bootError([LeftOfRing, RightOfRing]);
    expect(error.message).toMatch(/\n {4}at test\/app\/graph\.test\.ts:\d+\n {4}at test\/app\/graph\.test\.ts:\d+$/);
  });

  test('by dependsOn, factories, aliases and values in between is one too', async () => {
    @Service({ dependsOn: ['made'] })
    class Start {}
    const error = await bootError([
      Start,
      { provide: 'made', useFactory: () => 1, inject: ['alias'] },
      { provide: 'alias', useExisting: Start },
    ]);
    expect(error.message).toContain('Start -> made -> alias -> Start');
  });

  test('of one is a cycle', async () => {
    @Service({ dependsOn: ['Narcissus'], provides: ['Narcissus'] })
    class Narcissus {}
    expect((await bootError([Narcissus])).message).toContain('Narcissus -> Narcissus');
  });

  test('two separate ones are both told', async () => {
    const pair = (a: string, b: string) => [
      { provide: a, useFactory: () => 1, inject: [b] },
      { provide: b, useFactory: () => 1, inject: [a] },
    ];
    const error = await bootError([...pair('a', 'b'), ...pair('x', 'y')]);
    expect(error.errors.map((fault) => (fault as { code?: string }).code)).toEqual(['SPECTER_CYCLE', 'SPECTER_CYCLE']);
    expect(error.message).toMatch(/a -> b -> a[\s\S]*x -> y -> x/);
  });

  test('over fields is found while constructing, with its whole path; nothing stays open', async () => {
    const released = jest.fn();
    @Service()
    class Left extends Lifecycle {
      readonly early = this.addCleanup(released);
      readonly right: unknown = inject(Right);
    }
    @Service()
    class Right {
      readonly left: unknown = inject(Left);
    }
    const error = await bootError([Disk, Left, Right]);
    expect(error.code).toBe('SPECTER_CYCLE');
    expect(error.message).toContain('Left -> Right -> Left');
    expect(released).toHaveBeenCalledTimes(1);
  });

  test('of a field and a parameter is found as well', async () => {
    class Outer {}
    @Service()
    class Inner {
      readonly outer = inject(Outer);
    }
    Reflect.defineMetadata('design:paramtypes', [Inner], Outer);
    expect((await bootError([Outer, Inner])).message).toMatch(/(Inner -> Outer -> Inner|Outer -> Inner -> Outer)/);
  });
});

describe('doubles', () => {
  test('two single providers of one token name both modules', async () => {
    @Module({ providers: [Disk] })
    class DiskModule {}
    @Module({ imports: [DiskModule], providers: [Disk] })
    class Root {}
    const error = await bootError(Root);
    expect(error.code).toBe('SPECTER_DUPLICATE_TOKEN');
    expect(error.message).toContain('Disk is provided 2 times, in DiskModule and Root');
    expect(error.message).toContain('List it once');
  });

  test('a class listed twice in one module is told as that, with its file and line', async () => {
    const error = await bootError([Disk, Disk, Disk]);
    expect(error.message).toContain('Disk is provided 3 times, all in AppModule. List it once');
    expect(error.message).toMatch(/\n {4}at test\/app\/graph\.test\.ts:12$/);
  });

  test('one class under two tokens is made twice; the error says how to have it once', async () => {
    const error = await bootError([Disk, { provide: 'disk', useClass: Disk }]);
    expect(error.code).toBe('SPECTER_DUPLICATE_NAME');
    expect(error.message).toContain('for one instance write { provide: TOKEN, useExisting: Disk }');
  });

  test('a name of one that is a token of another is told: who is asked for by it would not be clear', async () => {
    @Service({ name: 'storage' })
    class One {}
    @Service({ provides: ['storage'] })
    class Other {}
    const error = await bootError([One, Other]);
    expect(error).toMatchObject({ code: 'SPECTER_DUPLICATE_NAME' });
    expect(error.message).toContain('2 services have the name "storage", both in AppModule');
    @Service({ name: 'disk', provides: ['disk'] })
    class Itself {}
    await (await boot([Itself])).engine.stop();
  });

  test('two classes of one name have the places of both', async () => {
    const first = named('Same', class {});
    const second = named('Same', class {});
    Service()(first);
    Service()(second);
    const error = await bootError([first, second]);
    expect(error.message).toMatch(/(\n {4}at test\/app\/graph\.test\.ts(:\d+)?){2}$/);
  });

  test('one multi and one single provider are two, several multi ones are not', async () => {
    const multi = { provide: PLUGINS, useValue: 'a', multi: true };
    expect(await bootError([multi, { provide: PLUGINS, useValue: 'b' }])).toMatchObject({
      code: 'SPECTER_DUPLICATE_TOKEN',
    });
    await (await boot([multi, { ...multi }])).engine.stop();
  });

  test('a token of the application itself cannot be provided again', async () => {
    const { Clock } = await import('../../src/kernel/clock.js');
    const error = await bootError([{ provide: Clock, useValue: {} }]);
    expect(error.message).toContain('Clock is provided 2 times, in AppModule and specter-runtime');
  });

  test('two classes of one name name both modules; a name of its own settles it', async () => {
    const one = named('Same', class {});
    const other = named('Same', class {});
    const error = await bootError([one, other]);
    expect(error).toMatchObject({ code: 'SPECTER_DUPLICATE_NAME' });
    expect(error.message).toContain('2 services have the name "Same", both in AppModule. Name one of them differently');
    Service({ name: 'other' })(other);
    await (await boot([one, other])).engine.stop();
  });

  test('duplicate tokens and duplicate names are told together', async () => {
    const error = await bootError([Disk, Disk, named('Same', class {}), named('Same', class {})]);
    expect(error.errors.map((fault) => (fault as { code?: string }).code)).toEqual([
      'SPECTER_DUPLICATE_TOKEN',
      'SPECTER_DUPLICATE_NAME',
    ]);
  });

  test('a name is not inherited: base and derived class may live side by side', async () => {
    @Service({ name: 'base', provides: ['family'] })
    class Base {}
    @Service()
    class Derived extends Base {}
    const { engine } = await boot([Derived]);
    expect(engine.patients.map(({ name }) => name)).toEqual(['Derived']);
    expect(engine.get('family')).toBeInstanceOf(Derived);
    await engine.stop();
  });

  test('the options of several roles add up', async () => {
    const role: Role = { name: 'other' };
    class First {}
    class Second {}
    @Service({ dependsOn: [First], provides: ['one'], stopTimeout: 7 })
    class Both {}
    tag(role, { dependsOn: [Second], provides: ['two'] })(Both);
    const { engine } = await boot([Both, Second, First]);
    expect(engine.needs('Both')).toEqual([]);
    expect(engine.get('one')).toBe(engine.get('two'));
    const unit = engine.units.find(({ name }) => name === 'Both');
    expect([...(unit?.needs ?? [])].map(({ name }) => name).sort()).toEqual(['First', 'Second']);
    expect(unit?.runner?.stopTimeout).toBe(7);
    await engine.stop();
  });
});

describe('what belongs to Lifecycle', () => {
  test.each(['start', 'stop', 'own', 'setState', 'spawn', 'fail', 'name'])(
    'a class that overrides %s is told so',
    async (member) => {
      class Overrides extends Lifecycle {}
      Object.defineProperty(Overrides.prototype, member, { value: () => {} });
      const error = await bootError([Overrides]);
      expect(error.code).toBe('SPECTER_INVALID_ROLE');
      expect(error.message).toContain(`Overrides defines ${member}, which belongs to Lifecycle`);
    },
  );

  test('an override further up in the line of classes is found, and hooks are free', async () => {
    class Base extends Lifecycle {
      override own(): never {
        throw new Error();
      }
    }
    class Derived extends Base {
      protected override onStart() {}
      protected override onStop() {}
      override health() {
        return { status: 'up' as const };
      }
    }
    expect((await bootError([Derived])).message).toContain('Derived defines own,');
  });

  test.each(['name', 'state', 'signal', 'running', 'start', 'clock'])(
    'a field that shadows %s is told so',
    async (field) => {
      class Shadows extends Lifecycle {
        constructor() {
          super();
          Object.defineProperty(this, field, { value: 'mine' });
        }
      }
      const error = await bootError([Shadows]);
      expect(error).toMatchObject({ code: 'SPECTER_INVALID_ROLE', service: undefined });
      expect(error.message).toContain(`Shadows defines ${field}`);
    },
  );

  test('a plain class may call its members as it likes', async () => {
    class Plain {
      name = 'mine';
      state = 5;
      start() {}
    }
    await (await boot([Plain])).engine.stop();
  });
});

describe('roles', () => {
  test('what they find wrong with a class is told at once with everything else; nothing is constructed', async () => {
    const made = jest.fn();
    const picky: Role = {
      name: 'picky',
      check: () => {
        throw new AggregateError([new Error('first'), new Error('second')]);
      },
      dependsOn: () => {
        throw new Error('third');
      },
    };
    class Tagged {
      constructor() {
        made();
      }
    }
    tag(picky, {})(Tagged);
    const error = await bootError([Tagged, { provide: 'x', useExisting: 'y' }], {
      check: () => [new Error('together')],
    });
    expect(error.errors.map(({ message }) => message)).toEqual([
      'first',
      'second',
      'together',
      'third',
      expect.stringContaining('x (in AppModule) needs "y"'),
    ]);
    expect(made).not.toHaveBeenCalled();
  });

  test('attach gets the instance, its options, the scope of the run and the parts', async () => {
    const log: unknown[] = [];
    const role: Role<{ name?: string; colour: string }> = {
      name: 'coloured',
      attach(instance, options, scope, parts) {
        log.push([instance.constructor.name, options.colour, parts.name, parts.get(Disk).kind]);
        scope.addCleanup(() => log.push('released'));
      },
    };
    class Coloured {}
    tag(role, { colour: 'red' })(Coloured);
    const { engine } = await boot([Coloured, Disk]);
    expect(log).toEqual([['Coloured', 'red', 'Coloured', 'disk']]);
    await engine.stop();
    expect(log.at(-1)).toBe('released');
  });

  test('an override by a class brings the roles of that class', async () => {
    const attached = jest.fn();
    class Fake {}
    tag({ name: 'r', attach: attached }, {})(Fake);
    const { engine } = await boot([Disk], { overrides: new Map([[Disk, { kind: 'class', target: Fake }]]) });
    expect(engine.get(Disk)).toBeInstanceOf(Fake);
    expect(attached).toHaveBeenCalledTimes(1);
    await engine.stop();
  });

  test('an override of what nobody provides is told, with the nearest names', async () => {
    const value = { kind: 'value', value: 1 } as const;
    const error = await bootError([Disk], { overrides: new Map([['typo', value]]) });
    expect(error.message).toContain(
      'override(typo): nobody provides it, so there is nothing to replace. Check the token',
    );
    const near = await bootError([Disk], { overrides: new Map([['Dsik', value]]) });
    expect(near).toMatchObject({ code: 'SPECTER_NOT_FOUND' });
    expect(near.message).toContain('there is nothing to replace. Did you mean Disk? Check the token');
  });
});

test('everything wrong with the wiring is told at once, and the list reads line by line', () => {
  class Absent {}
  @Service()
  class Asks {
    constructor(readonly it: Absent) {}
  }
  let thrown: unknown;
  try {
    prepare([Asks, Disk, Disk, { provide: 'nothing' }, undefined as never]);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'SPECTER_BOOT' });
  expect(thrown).toHaveProperty('errors.length', 4);
  expect((thrown as Error).message.split('\n').map((line) => line.slice(0, 40))).toEqual([
    'The application cannot be wired, 4 fault',
    '  - SPECTER_INVALID_PROVIDER AppModule: ',
    '  - SPECTER_INVALID_PROVIDER AppModule: ',
    '  - SPECTER_DUPLICATE_TOKEN Disk is prov',
    '    at test/app/graph.test.ts:12',
    '  - SPECTER_MISSING_DEPENDENCY Asks (in ',
    '    at test/app/graph.test.ts',
  ]);
});
