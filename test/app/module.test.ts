import { inject } from '../../src/app/inject.js';
import { type DynamicModule, flatten, Module } from '../../src/app/module.js';
import { provide } from '../../src/app/provider.js';
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
    [undefined, 'an import is undefined, probably a ring of files that import each other'],
    [class NotTagged {}, 'NotTagged is not a module'],
    [{ providers: [] }, 'an object without { module } is not a module'],
    [null, 'an object without { module } is not a module'],
    ['text', 'text is not a module'],
  ])('an import of %p is a boot error that names the module it stands in', async (imported, said) => {
    const error = await bootError(moduleOf('Root', { imports: [imported as never] }));
    expect(error.code).toBe('SPECTER_INVALID_PROVIDER');
    expect(error.message).toContain(`Root: ${said}. Tag it with @Module`);
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
      moduleOf('Root', { imports: [db('a', 'one'), db('a', 'same'), db('b', 'two'), Db] }),
    );
    expect(faults).toEqual([]);
    expect(records.map(({ name, source }) => (source.kind === 'value' ? source.value : name))).toEqual([
      'Cache',
      'one',
      'two',
    ]);
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
    [undefined, 'a provider is undefined, probably a ring'],
    [null, 'a provider is undefined'],
    ['text', 'text is not a provider'],
    [5, '5 is not a provider'],
    [{ provide: 'x' }, 'the provider of x says not how'],
    [{ provide: 'x', useClass: undefined }, 'the provider of x says not how'],
    [{ provide: undefined, useValue: 1 }, 'a provider is for the token undefined, probably a ring'],
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
