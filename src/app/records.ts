// Records: one entry of a list of providers, as boot works with it.
import { type Class, type Token, tokenName } from '../kernel/token.js';
import { InvalidProviderError } from './errors.js';
import type { DynamicModule, ModuleRecord, ProviderRecord, Source } from './module.js';
import { type AnyProvider, BREAK_RING, providerFault, RING, type ValueProvider } from './provider.js';
import type { RoleOptions } from './role.js';
import { rolesOf, tagsOf } from './tags.js';

/** Where an entry is listed. */
export interface Listed {
  readonly module: ModuleRecord;
  readonly form?: DynamicModule | undefined;
  /** Takes what is wrong with it. */
  readonly faults: Error[];
}

/** The record of one entry; none when something is wrong with it. */
export function recordOf(provider: AnyProvider, listed: Listed): ProviderRecord | undefined {
  const fault = providerFault(provider);
  if (fault) listed.faults.push(new InvalidProviderError(listed.module.name, fault.what, fault.cure));
  if (fault) return undefined;
  if (typeof provider === 'function') return classRecord(provider, provider, { ...listed, multi: false });
  const { provide: own, multi = false } = provider;
  const { module, form } = listed;
  const source = sourceOf(provider);
  if (source.kind === 'class') return classRecord(source.target, own, { ...listed, multi });
  return { name: tokenName(own), tokens: [own], module, multi, source, tags: [], options: {}, form };
}

/** The class that a record makes. */
export function targetOf({ source }: ProviderRecord): Class | undefined {
  return source.kind === 'class' ? source.target : undefined;
}

function classRecord(
  target: Class,
  own: Token,
  { module, form, faults, multi }: Listed & { multi: boolean },
): ProviderRecord {
  const options = roleOptions(target);
  const tokens = [...new Set([own, ...(options.provides ?? [])])];
  if (tokens.includes(undefined as never))
    faults.push(new InvalidProviderError(module.name, `${tokenName(target)} provides undefined, ${RING}`, BREAK_RING));
  const source = { kind: 'class', target } as const;
  return {
    name: options.name || tokenName(target),
    tokens,
    module,
    multi,
    source,
    tags: rolesOf(target),
    options,
    form,
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

function sourceOf(provider: ValueProvider): Source {
  const { useClass, useFactory, useExisting, useValue, inject = [] } = provider;
  if (useClass) return { kind: 'class', target: useClass };
  if (useFactory) return { kind: 'factory', make: useFactory, inject };
  return useExisting === undefined ? { kind: 'value', value: useValue } : { kind: 'alias', of: useExisting };
}
