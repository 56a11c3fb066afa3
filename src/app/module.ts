// @Module, and how a tree of modules becomes one flat list of records.
import type { Class, Token } from '../kernel/token.js';
import { tokenName } from '../kernel/token.js';
import { InvalidProviderError } from './errors.js';
import type { AnyProvider, ValueProvider } from './provider.js';
import type { RoleOptions } from './role.js';
import { type ClassTag, rolesOf, type Tag, tagsOf } from './tags.js';

/** A module made with options, as a static `SomeModule.with(options)` returns it. */
export interface DynamicModule extends ModuleOptions {
  readonly module: Class;
  /** Tells several of one module apart. */
  readonly id?: string;
}

export interface ModuleOptions {
  /** Other modules that belong to it. */
  readonly imports?: readonly (Class | DynamicModule)[];
  /** Tagged classes and providers, of every role, in one list. */
  readonly providers?: readonly AnyProvider[];
  /** When given, what it leaves out is visible inside this module alone. */
  readonly exports?: readonly (Token | DynamicModule)[];
}

/** What boot knows about one provider, before anything is constructed. */
export interface ProviderRecord {
  /** Unique in the application. */
  readonly name: string;
  /** The first is its own, the others come from `provides`. */
  readonly tokens: readonly Token[];
  readonly module: ModuleRecord;
  readonly multi: boolean;
  readonly source: Source;
  readonly tags: readonly Tag[];
  readonly options: RoleOptions;
}

/** How the value of a record comes to be. */
export type Source =
  | { readonly kind: 'class'; readonly target: Class }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'part'; readonly make: () => unknown }
  | {
      readonly kind: 'factory';
      readonly make: (...dependencies: never[]) => unknown;
      readonly inject: readonly Token[];
    }
  | { readonly kind: 'alias'; readonly of: Token };

/** One module; what it says statically and all its dynamic forms are the same one. */
export interface ModuleRecord {
  readonly name: string;
  /** Undefined: everything is visible everywhere. */
  exports: Set<unknown> | undefined;
}

const modules = new WeakMap<object, ModuleOptions>();

/**
 * Tags a class as a module: the list of what belongs together.
 *
 * @example
 * @Module({ imports: [DiskModule], providers: [Greeter, { provide: GREETING, useValue: 'Hello' }] })
 * class AppModule {}
 */
export function Module(options: ModuleOptions): ClassTag {
  return (target) => void modules.set(target, options);
}

/** All records of a module and what it imports, each module once; and all that is wrong with the lists. */
export function flatten(root: Class | DynamicModule): { records: ProviderRecord[]; faults: Error[] } {
  const found: Found = { records: [], faults: [], seen: new Set(), modules: new Map() };
  visit(root, undefined, found);
  return found;
}

interface Found {
  readonly records: ProviderRecord[];
  readonly faults: Error[];
  readonly seen: Set<unknown>;
  readonly modules: Map<Class, ModuleRecord>;
}

function visit(module: Class | DynamicModule, parent: string | undefined, found: Found): void {
  if (!isModule(module)) {
    const where = parent ?? 'bootstrap()';
    const what = module === undefined ? `an import is undefined, ${RING}` : `${nameOfImport(module)} is not a module`;
    found.faults.push(new InvalidProviderError(where, what, 'Tag it with @Module({ providers: [...] }).'));
    return;
  }
  if (typeof module === 'function') {
    moduleRecord(module, found);
    return;
  }
  const { module: target, id } = module;
  const record = moduleRecord(target, found);
  const identity = id === undefined ? module : keyOf(target, id, found);
  if (found.seen.has(identity)) return;
  found.seen.add(identity);
  addOptions(record, module, found);
}

function nameOfImport(module: unknown): string {
  return typeof module === 'object' ? 'an object without { module }' : tokenName(module);
}

/** The record of a module; the first time its class is met, what that says itself is added. */
function moduleRecord(target: Class, found: Found): ModuleRecord {
  const known = found.modules.get(target);
  if (known) return known;
  const record: ModuleRecord = { name: target.name, exports: undefined };
  found.modules.set(target, record);
  addOptions(record, modules.get(target) ?? {}, found);
  return record;
}

function addOptions(
  module: ModuleRecord,
  { imports = [], providers = [], exports }: ModuleOptions,
  found: Found,
): void {
  if (exports) module.exports = new Set([...(module.exports ?? []), ...exports]);
  for (const imported of imports) visit(imported, module.name, found);
  for (const provider of providers) {
    const record = recordOf(provider, module, found.faults);
    if (record) found.records.push(record);
  }
}

function recordOf(provider: AnyProvider, module: ModuleRecord, faults: Error[]): ProviderRecord | undefined {
  if (typeof provider === 'function') return classRecord(provider, [provider], { module, multi: false, faults });
  const fault = faultOf(provider);
  if (fault)
    faults.push(
      new InvalidProviderError(
        module.name,
        fault,
        'List a class, or { provide } with useClass, useValue, useFactory or useExisting.',
      ),
    );
  const source = fault ? undefined : sourceOf(provider);
  if (!source) return undefined;
  const { provide: own, multi = false } = provider;
  if (source.kind === 'class') return classRecord(source.target, [own], { module, multi, faults });
  return { name: tokenName(own), tokens: [own], module, multi, source, tags: [], options: {} };
}

const RING = 'probably a ring of files that import each other';

function faultOf(provider: ValueProvider): string | undefined {
  if (provider === undefined || provider === null) return `a provider is undefined, ${RING}`;
  if (typeof provider !== 'object') return `${String(provider)} is not a provider`;
  if (provider.provide === undefined) return `a provider is for the token undefined, ${RING}`;
  return sourceOf(provider) ? undefined : `the provider of ${tokenName(provider.provide)} says not how`;
}

function classRecord(
  target: Class,
  tokens: readonly Token[],
  at: { module: ModuleRecord; multi: boolean; faults: Error[] },
): ProviderRecord | undefined {
  if (modules.has(target)) {
    at.faults.push(
      new InvalidProviderError(
        at.module.name,
        `${target.name} is a module, but it is listed among the providers`,
        'List it under imports.',
      ),
    );
    return undefined;
  }
  const options = roleOptions(target);
  return {
    name: options.name ?? target.name,
    tokens: [...tokens, ...(options.provides ?? [])],
    module: at.module,
    multi: at.multi,
    source: { kind: 'class', target },
    tags: rolesOf(target),
    options,
  };
}

/** All roles of a class together: lists add up, the latest word counts, and a name is not inherited. */
export function roleOptions(target: Class): RoleOptions {
  const all = tagsOf(target).map((tag) => tag.options);
  const { name: _, ...merged } = Object.assign({}, ...all) as RoleOptions;
  const own = all
    .slice(tagsOf(Object.getPrototypeOf(target) as Class).length)
    .findLast(({ name }) => name !== undefined);
  return {
    ...merged,
    provides: all.flatMap(({ provides }) => provides ?? []),
    dependsOn: all.flatMap(({ dependsOn }) => dependsOn ?? []),
    ...(own?.name === undefined ? {} : { name: own.name }),
  };
}

function sourceOf(provider: ValueProvider): Source | undefined {
  if (provider.useClass) return { kind: 'class', target: provider.useClass };
  if (provider.useFactory) return { kind: 'factory', make: provider.useFactory, inject: provider.inject ?? [] };
  if (provider.useExisting !== undefined) return { kind: 'alias', of: provider.useExisting };
  return 'useValue' in provider ? { kind: 'value', value: provider.useValue } : undefined;
}

function isModule(module: unknown): module is Class | DynamicModule {
  if (typeof module === 'function') return modules.has(module);
  return typeof module === 'object' && module !== null && typeof (module as DynamicModule).module === 'function';
}

/** One identity for each pair of module and id, within one flattening. */
function keyOf(target: Class, id: string, found: Found): unknown {
  for (const seen of found.seen)
    if (seen instanceof DynamicIdentity && seen.target === target && seen.id === id) return seen;
  return new DynamicIdentity(target, id);
}

class DynamicIdentity {
  constructor(
    readonly target: Class,
    readonly id: string,
  ) {}
}
