// What a list of providers may hold, and provide(), which checks one where it is written.
import { nearest } from '../kernel/nearest.js';
import { type AbstractClass, type Class, type Token, type TypedToken, tokenName } from '../kernel/token.js';

/** A provider that is more than a class. */
export type Provider<T = unknown> = Class | ({ readonly provide: Token<T>; readonly multi?: boolean } & Recipe<T>);

type Recipe<T> =
  | { readonly useClass: Class<T> }
  | { readonly useValue: T }
  | { readonly useFactory: (...dependencies: never[]) => T | Promise<T>; readonly inject?: readonly Token[] }
  | { readonly useExisting: Token<T> };

/** A provider in a list: what `useValue` and the others give must fit its token. */
export type AnyProvider = Class | ValueProvider;

/** A list holds providers of different tokens, so each is checked where it is written: by `provide()`. */
export interface ValueProvider {
  readonly provide: Token;
  readonly multi?: boolean;
  readonly useClass?: Class;
  readonly useValue?: unknown;
  readonly useFactory?: (...dependencies: never[]) => unknown;
  readonly inject?: readonly Token[];
  readonly useExisting?: Token;
}

/**
 * Checks that a provider fits its token, where it is written.
 *
 * @example
 * provide<string>({ provide: GREETING, useValue: 'Hello' });
 */
export function provide<T>(
  provider: { readonly provide: TypedToken<T> | AbstractClass<T>; readonly multi?: boolean } & Recipe<T>,
): AnyProvider {
  return provider as AnyProvider;
}

/** What is wrong with an entry of a list, and what to write instead. */
export interface ProviderFault {
  readonly what: string;
  readonly cure: string;
}

/** For something that is undefined where a class should be. */
export const RING = 'probably because of a ring of files that import each other';

const SOURCES = ['useClass', 'useValue', 'useFactory', 'useExisting'] as const;
const KEYS: readonly string[] = ['provide', 'multi', ...SOURCES, 'inject'];
const LIST_A_CLASS = 'List a class, or { provide } with useClass, useValue, useFactory or useExisting.';
export const BREAK_RING = 'Break the ring of imports: move what both files need to a third one.';

/** What is wrong with an entry; undefined when nothing is. */
export function providerFault(provider: unknown): ProviderFault | undefined {
  if (provider === undefined) return { what: `a provider is undefined, ${RING}`, cure: BREAK_RING };
  if (typeof provider === 'function') return isClass(provider) ? undefined : noClass(provider.name);
  if (typeof provider !== 'object' || provider === null)
    return { what: `${String(provider)} is not a provider`, cure: LIST_A_CLASS };
  if (!('provide' in provider)) return noToken(provider);
  const token = provider.provide;
  if (token === undefined) return { what: `a provider is for the token undefined, ${RING}`, cure: BREAK_RING };
  const fault = keyFault(provider) ?? sourceFault(provider as ValueProvider);
  return fault && { ...fault, what: `the provider of ${tokenName(token)} ${fault.what}` };
}

function keyFault(provider: object): ProviderFault | undefined {
  const stray = Object.keys(provider).find((key) => !KEYS.includes(key));
  if (stray === undefined) return undefined;
  const [near] = nearest(stray, KEYS);
  const cure = near ? `Did you mean ${near}?` : `Known are: ${KEYS.join(', ')}.`;
  return { what: `has the key ${stray}, which nobody reads`, cure };
}

function noClass(name: string): ProviderFault {
  const what = `${name || 'an entry'} is a function and not a class`;
  return { what, cure: 'Write { provide: TOKEN, useFactory: it } for what it returns.' };
}

function noToken(provider: object): ProviderFault {
  const kind = provider.constructor?.name ?? 'Object';
  if (kind === 'Object') return { what: 'an object without { provide } is listed', cure: LIST_A_CLASS };
  const what = `${kind === 'Promise' ? 'a promise' : `an instance of ${kind}`} is listed`;
  const cure =
    kind === 'Promise' ? '{ provide: TOKEN, useFactory: async () => ... }' : `{ provide: ${kind}, useValue: it }`;
  return { what, cure: `Write ${cure}.` };
}

function sourceFault(provider: ValueProvider): ProviderFault | undefined {
  const named = SOURCES.filter((source) => Object.hasOwn(provider, source));
  const said = named.filter((source) => source === 'useValue' || provider[source] !== undefined);
  if (said.length > 1) return { what: `says how in ${said.length} ways, ${said.join(' and ')}`, cure: 'Choose one.' };
  if (said.length === 0 && named.length > 0) return { what: `has ${named[0]}: undefined, ${RING}`, cure: BREAK_RING };
  if (said.length === 0) return { what: 'says not how', cure: LIST_A_CLASS };
  return shapeFault(provider, said[0]);
}

function shapeFault(provider: ValueProvider, source: (typeof SOURCES)[number] | undefined): ProviderFault | undefined {
  const { useClass, useFactory, inject } = provider as { readonly [key in keyof ValueProvider]: unknown };
  if (source === 'useClass' && !isClass(useClass))
    return { what: 'has a useClass that is no class', cure: LIST_A_CLASS };
  if (source === 'useFactory' && typeof useFactory !== 'function')
    return { what: 'has a useFactory that is no function', cure: 'Give it a function, which may be async.' };
  if (inject === undefined) return undefined;
  if (source !== 'useFactory')
    return {
      what: `has inject beside ${source}`,
      cure: 'Only useFactory takes inject; a class says itself what it needs.',
    };
  return Array.isArray(inject) ? undefined : { what: 'has an inject that is no list', cure: 'Write inject: [TOKEN].' };
}

/** Whether it can be called with `new`: an arrow function, a method and an async function cannot. */
function isClass(value: unknown): boolean {
  // The test below costs ten microseconds, and whatever is written as a class passes this one.
  if ((value as Class | undefined)?.prototype?.constructor === value) return value !== undefined;
  try {
    Reflect.construct(Object, [], value as Class);
    return true;
  } catch {
    return false;
  }
}
