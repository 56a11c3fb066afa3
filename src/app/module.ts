// @Module, and how a tree of modules becomes one flat list of records.
import { isThenable } from '../kernel/thenable.js';
import { type Class, type Token, tokenName } from '../kernel/token.js';
import { differs, Forms } from './dynamic.js';
import { InvalidProviderError } from './errors.js';
import { decoratorBirth, notePlace } from './places.js';
import { type AnyProvider, BREAK_RING, type ProviderFault, RING } from './provider.js';
import { recordOf } from './records.js';
import type { RoleOptions } from './role.js';
import { type ClassTag, rolesOf, type Tag } from './tags.js';

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
  /** Whether a test has put it in the place of another. */
  readonly fake?: boolean;
  /** The dynamic module in which it is listed, if it is one. */
  readonly form?: DynamicModule | undefined;
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
  const birth = decoratorBirth();
  return (target) => {
    notePlace(target, birth);
    modules.set(target, options);
  };
}

/** All records of a module and what it imports, each module once; and all that is wrong with the lists. */
export function flatten(root: Class | DynamicModule): { records: ProviderRecord[]; faults: Error[] } {
  const found: Found = { records: [], faults: [], forms: new Forms(), modules: new Map() };
  visit(root, ROOT, found);
  return found;
}

/** Stands where a module is named, for the one that is in no other. */
const ROOT = 'bootstrap()';

interface Found {
  readonly records: ProviderRecord[];
  readonly faults: Error[];
  readonly forms: Forms;
  readonly modules: Map<Class, ModuleRecord>;
}

function visit(module: Class | DynamicModule, parent: string, found: Found): void {
  const fault = importFault(module, parent === ROOT ? 'its module' : 'an import');
  if (fault) return blame(parent, fault, found);
  const record = moduleRecord(typeof module === 'function' ? module : module.module, found);
  if (typeof module === 'function') return;
  const first = found.forms.repeats(module);
  if (!first) addOptions(record, module, found, module);
  else if (differs(first, module)) blame(parent, twoForms(module), found);
}

function blame(module: string, { what, cure }: ProviderFault, { faults }: Found): undefined {
  faults.push(new InvalidProviderError(module, what, cure));
}

function twoForms({ module, id }: DynamicModule): ProviderFault {
  const what = `${tokenName(module)} is imported again with the id "${id}", but with other options than the first time`;
  return { what, cure: 'Give it an id of its own, or the same options.' };
}

const TAG_IT = 'Tag it with @Module({ providers: [...] }).';

function importFault(module: unknown, noun: string): ProviderFault | undefined {
  if (module === undefined) return { what: `${noun} is undefined, ${RING}`, cure: BREAK_RING };
  if (typeof module === 'function') return modules.has(module) ? undefined : notModule(module as Class);
  if (typeof module !== 'object' || module === null) return { what: `${String(module)} is not a module`, cure: TAG_IT };
  if (isThenable(module))
    return { what: 'a promise is not a module', cure: 'Await what it needs in an async useFactory of the module.' };
  const { module: target } = module as Partial<DynamicModule>;
  if (typeof target === 'function') return undefined;
  if ('module' in module) return { what: `${noun} has the module ${String(target)}, ${RING}`, cure: BREAK_RING };
  return { what: 'an object without { module } is not a module', cure: TAG_IT };
}

function notModule(target: Class): ProviderFault {
  const cure = rolesOf(target).length > 0 ? 'List it under providers.' : TAG_IT;
  return { what: `${tokenName(target)} is not a module`, cure };
}

/** The record of a module; the first time its class is met, what that says itself is added. */
function moduleRecord(target: Class, found: Found): ModuleRecord {
  const known = found.modules.get(target);
  if (known) return known;
  const record: ModuleRecord = { name: tokenName(target), exports: undefined };
  found.modules.set(target, record);
  addOptions(record, modules.get(target) ?? {}, found);
  return record;
}

function addOptions(module: ModuleRecord, options: ModuleOptions, found: Found, form?: DynamicModule): void {
  const { imports = [], providers = [], exports } = options;
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) blame(module.name, unknownKey(key), found);
  const list = <T>(name: string, items: readonly T[]) => checkedList(items, { name, module: module.name, found });
  if (exports) module.exports = new Set([...(module.exports ?? []), ...list('exports', exports)]);
  for (const imported of list('imports', imports)) visit(imported, module.name, found);
  for (const provider of list('providers', providers)) {
    const record = isModule(provider)
      ? blame(module.name, listedModule(provider), found)
      : recordOf(provider, { module, form, faults: found.faults });
    if (record) found.records.push(record);
  }
}

const KEYS = ['imports', 'providers', 'exports', 'module', 'id'];

function unknownKey(key: string): ProviderFault {
  const cure = 'A module has imports, providers (classes of every role, controllers too) and exports.';
  return { what: `it has the key ${key}, which nobody reads`, cure };
}

function checkedList<T>(items: readonly T[], at: { name: string; module: string; found: Found }): readonly T[] {
  const { name, module, found } = at;
  if (!Array.isArray(items)) blame(module, { what: `${name} is not a list`, cure: `Write ${name}: [...].` }, found);
  else if (name !== 'exports' || !items.includes(undefined)) return items;
  else blame(module, { what: `an export is undefined, ${RING}`, cure: BREAK_RING }, found);
  return [];
}

function isModule(provider: AnyProvider): provider is Class {
  return typeof provider === 'function' && modules.has(provider);
}

function listedModule(target: Class): ProviderFault {
  return {
    what: `${tokenName(target)} is a module, but it is listed among the providers`,
    cure: 'List it under imports.',
  };
}
