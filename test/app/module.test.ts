import { inject } from '../../src/app/inject.js';
import { type DynamicModule, flatten, Module } from '../../src/app/module.js';
import { type AnyProvider, provide } from '../../src/app/provider.js';
import { Service } from '../../src/app/service.js';
import { token } from '../../src/kernel/token.js';
import { boot, bootError } from './boot.js';

@Service()
class Disk {}
@Service()
class Cache {}

/** A module class, without the decorator syntax. */
function moduleOf(name: string, options: Parameters<typeof Module>[0]) {
  const target = Object.defineProperty(class {}, 'name', { value: name });
  Module(options)(target);
  return target;
}

describe('imports', () => {
  test('a module imported by several others is there once', async () => {
    const Shared = moduleOf('Shared', { providers: [Disk] });
    const A = moduleOf('A', { imports: [Shared] });
    const B = moduleOf('B', { imports: [Shared, A] });
    const { engine } = await boot(moduleOf('Root', { imports: [A, B, Shared] }));
    expect(engine.get(Disk)).toBeInstanceOf(Disk);
    await engine.stop();
  });

  test('modules that import each other are no endless loop', async () => {
    const imports: unknown[] = [];
    const A = moduleOf('A', { imports: imports as never, providers: [Disk] });
    const B = moduleOf('B', { imports: [A], providers: [Cache] });
    imports.push(B);
    const { engine } = await boot(A);
    expect([engine.get(Disk), engine.get(Cache)]).toEqual([expect.any(Disk), expect.any(Cache)]);
    await engine.stop();
  });

  test.each([
    [undefined, 'an import is undefined, probably because of a ring of files that import each other. Break the ring'],
    [{ module: undefined }, 'an import has the module undefined, probably because of a ring'],
    [class NotTagged {}, 'NotTagged is not a module. Tag it with @Module'],
    [Disk, 'Disk is not a module. List it under providers'],
    [{ providers: [] }, 'an object without { module } is not a module. Tag it with @Module'],
    [Promise.resolve(), 'a promise is not a module. Await what it needs in an async useFactory'],
    [null, 'null is not a module. Tag it with @Module'],
    ['text', 'text is not a module. Tag it with @Module'],
  ])('an import of %p is a boot error that names the module it stands in', async (imported, said) => {
    const error = await bootError(moduleOf('Root', { imports: [imported as never] }));
    expect(error.code).toBe('SPECTER_INVALID_PROVIDER');
    expect(error.message).toContain(`Root: ${said}`);
  });

  test.each(['imports', 'providers', 'exports'] as const)('%s that are no list are told, by module', async (name) => {
    const error = await bootError(moduleOf('Root', { [name]: Disk as never }));
    expect(error.message).toContain(`Root: ${name} is not a list. Write ${name}: [...].`);
  });

  // Teeth: it used to be passed over, and the controllers of one who came from another framework with it.
  test('a key that modules do not have is told, with those that they have', async () => {
    const error = await bootError(moduleOf('Root', { controllers: [Disk] } as never));
    expect(error.message).toContain(
      'Root: it has the key controllers, which nobody reads. A module has imports, providers (classes of every role, controllers too)',
    );
  });

  test('a root that is no module is told so', async () => {
    expect((await bootError(Disk)).message).toContain('bootstrap(): Disk is not a module');
  });
});

describe('dynamic modules', () => {
  const POOL = token<string>('pool');
  class Db {}
  Module({ providers: [Cache] })(Db);
  const db = (id: string | undefined, name: string): DynamicModule => ({
    module: Db,
    ...(id ? { id } : {}),
    providers: [{ provide: POOL, useValue: name, multi: true }],
  });

  test('are told apart by module and id; what their class says itself is there once', () => {
    const { records, faults } = flatten(
      moduleOf('Root', { imports: [db('a', 'one'), db('a', 'one'), db('b', 'two'), Db] }),
    );
    expect(faults).toEqual([]);
    expect(records.map(({ name, source }) => (source.kind === 'value' ? source.value : name))).toEqual([
      'Cache',
      'one',
      'two',
    ]);
  });

  test('with one id and other options are a boot error, instead of the second being lost', async () => {
    const root = moduleOf('Root', { imports: [db('a', 'one'), db('a', 'two')] });
    const error = await bootError(root);
    expect(error.code).toBe('SPECTER_INVALID_PROVIDER');
    expect(error.message).toContain(
      'Root: Db is imported again with the id "a", but with other options than the first time. Give it an id of its own',
    );
  });

  test.each<[string, AnyProvider, AnyProvider, number]>([
    ['the same plain data', { provide: 'o', useValue: { a: [1] } }, { provide: 'o', useValue: { a: [1] } }, 0],
    ['other plain data', { provide: 'o', useValue: { a: [1] } }, { provide: 'o', useValue: { a: [2] } }, 1],
    ['one key more', { provide: 'o', useValue: {} }, { provide: 'o', useValue: { a: 1 } }, 1],
    ['another token', { provide: 'o', useValue: 1 }, { provide: 'p', useValue: 1 }, 1],
    ['another class', Disk, Cache, 1],
    [
      'functions, which cannot be compared',
      { provide: 'o', useFactory: () => 1 },
      { provide: 'o', useFactory: () => 2 },
      0,
    ],
    [
      'instances, which cannot be compared',
      { provide: 'o', useValue: new Disk() },
      { provide: 'o', useValue: new Disk() },
      0,
    ],
  ])('of one id with %s', (_what, one, other, count) => {
    const form = (provider: AnyProvider): DynamicModule => ({ module: Db, id: 'a', providers: [provider] });
    expect(flatten(moduleOf('Root', { imports: [form(one), form(other)] })).faults).toHaveLength(count);
  });

  test('options that lead back to themselves are compared as far as it makes sense', () => {
    const ring = () => {
      const options: Record<string, unknown> = { name: 'x' };
      options.self = options;
      return { module: Db, id: 'a', providers: [{ provide: 'o', useValue: options }] };
    };
    expect(flatten(moduleOf('Root', { imports: [ring(), ring()] })).faults).toEqual([]);
  });

  test.each([
    ['without an id', undefined, undefined, '(id: none, none)'],
    ['with two ids', 'a', 'b', '(id: "a", "b")'],
  ])('%s that provide one token say that there are two forms of one module', async (_how, one, other, ids) => {
    const form = (id: string | undefined): DynamicModule => ({
      module: Db,
      ...(id ? { id } : {}),
      providers: [{ provide: POOL, useValue: 'x' }],
    });
    const error = await bootError(moduleOf('Root', { imports: [form(one), form(other)] }));
    expect(error.code).toBe('SPECTER_DUPLICATE_TOKEN');
    expect(error.message).toContain(
      `pool is provided 2 times, both in Db. Db is imported in 2 forms ${ids}: import one object`,
    );
  });

  test('without an id each is itself', () => {
    const one = db(undefined, 'one');
    const { records } = flatten(moduleOf('Root', { imports: [one, one, db(undefined, 'two')] }));
    expect(records.filter(({ name }) => name === 'pool')).toHaveLength(2);
  });

  test('of one id in two applications do not know each other', () => {
    const root = moduleOf('Root', { imports: [db('a', 'x')] });
    expect(flatten(root).records).toHaveLength(2);
    expect(flatten(root).records).toHaveLength(2);
  });

  test('a class that is no tagged module may be the module of a dynamic one', async () => {
    class Plain {}
    const { engine } = await boot({ module: Plain, imports: [{ module: Plain, id: 'inner', providers: [Disk] }] });
    expect(engine.get(Disk)).toBeInstanceOf(Disk);
    await engine.stop();
  });
});

describe('exports', () => {
  @Service()
  class Internal {
    readonly disk = inject(Disk);
  }

  test('without any list everything is visible everywhere', async () => {
    @Service()
    class User {
      readonly disk = inject(Disk);
    }
    const Inner = moduleOf('Inner', { providers: [Disk] });
    const Sibling = moduleOf('Sibling', { providers: [User] });
    await (await boot(moduleOf('Root', { imports: [Inner, Sibling] }))).engine.stop();
  });

  test('what a list leaves out is visible inside its module alone; the error names both modules and the export', async () => {
    @Service({ dependsOn: [Disk] })
    class User {}
    const Inner = moduleOf('Inner', { providers: [Disk, Internal, Cache], exports: [Cache] });
    const error = await bootError(moduleOf('Root', { imports: [Inner], providers: [User] }));
    expect(error.code).toBe('SPECTER_NOT_EXPORTED');
    expect(error.errors[0]?.message).toBe(
      'User (in Root) needs Disk, which Inner keeps to itself. Add Disk to the exports of Inner.',
    );
  });

  test('hold for fields as well', async () => {
    @Service()
    class User {
      readonly disk = inject(Disk, { optional: true });
    }
    const Inner = moduleOf('Inner', { providers: [Disk], exports: [] });
    expect(await bootError(moduleOf('Root', { imports: [Inner], providers: [User] }))).toMatchObject({
      code: 'SPECTER_NOT_EXPORTED',
    });
  });

  test('are about the token that is asked for, not about the class behind it', async () => {
    @Service({ provides: ['store'] })
    class Store {}
    const Inner = moduleOf('Inner', { providers: [Store], exports: ['store'] });
    @Service({ dependsOn: ['store'] })
    class Polite {}
    @Service({ dependsOn: [Store] })
    class Rude {}
    await (await boot(moduleOf('Root', { imports: [Inner], providers: [Polite] }))).engine.stop();
    expect((await bootError(moduleOf('Root', { imports: [Inner], providers: [Rude] }))).message).toContain(
      'Rude (in Root) needs Store, which Inner keeps',
    );
  });

  test('of a dynamic module add to those of its class, and all its forms are one module', async () => {
    class Feature {}
    Module({ providers: [Disk], exports: [] })(Feature);
    const form: DynamicModule = { module: Feature, id: 'x', providers: [Internal, Cache], exports: [Cache] };
    @Service({ dependsOn: [Cache] })
    class User {}
    await (await boot(moduleOf('Root', { imports: [form], providers: [User] }))).engine.stop();
    @Service({ dependsOn: [Internal] })
    class Nosy {}
    expect(await bootError(moduleOf('Root', { imports: [form], providers: [Nosy] }))).toMatchObject({
      code: 'SPECTER_NOT_EXPORTED',
    });
  });
});

describe('providers', () => {
  test.each([
    [undefined, 'a provider is undefined, probably because of a ring'],
    [null, 'null is not a provider'],
    ['text', 'text is not a provider'],
    [5, '5 is not a provider'],
    [{ provide: 'x' }, 'the provider of x says not how'],
    [{ provide: 'x', useClass: undefined }, 'the provider of x has useClass: undefined, probably because of a ring'],
    [{ provide: 'x', useExisting: undefined }, 'the provider of x has useExisting: undefined, probably'],
    [{ provide: undefined, useValue: 1 }, 'a provider is for the token undefined, probably because of a ring'],
    [{ provide: 'x', useClass: Cache, useValue: 1 }, 'the provider of x says how in 2 ways, useClass and useValue'],
    [{ provide: 'x', useClass: () => 1 }, 'the provider of x has a useClass that is no class'],
    [{ provide: 'x', useFactory: 5 }, 'the provider of x has a useFactory that is no function'],
    [{ provide: 'x', useFactory: () => 1, inject: 'y' }, 'the provider of x has an inject that is no list'],
    [{ provide: 'x', useClass: Cache, inject: [] }, 'the provider of x has inject beside useClass'],
    [() => 1, 'an entry is a function and not a class. Write { provide: TOKEN, useFactory: it }'],
    [async function make() {}, 'make is a function and not a class'],
    [new Cache(), 'an instance of Cache is listed. Write { provide: Cache, useValue: it }'],
    [Promise.resolve(1), 'a promise is listed. Write { provide: TOKEN, useFactory: async () => ... }'],
    [{ useValue: 1 }, 'an object without { provide } is listed'],
    [moduleOf('Inner', {}), 'Inner is a module, but it is listed among the providers'],
  ])('%p is a boot error that names the module', async (provider, said) => {
    const error = await bootError([Disk, provider as never]);
    expect(error.code).toBe('SPECTER_INVALID_PROVIDER');
    expect(error.message).toContain(`AppModule: ${said}`);
  });

  test('a class without a tag is made, started and stopped like any other', async () => {
    const log: string[] = [];
    class Untagged {
      onStart() {
        log.push('start');
      }
      onStop() {
        log.push('stop');
      }
    }
    const { engine } = await boot([Untagged]);
    await engine.stop();
    expect(log).toEqual(['start', 'stop']);
  });

  test('provide() checks the types where a provider is written and changes nothing', () => {
    const NAME = token<string>('name');
    const provider = { provide: NAME, useValue: 'x' };
    expect(provide(provider)).toBe(provider);
    // @ts-expect-error a number is no string
    provide({ provide: NAME, useValue: 5 });
  });
});
