// Token: what a dependency is asked for by.

/** A class that can be constructed. */
export type Class<T = object> = new (...args: never[]) => T;

/** A class that need not be constructible: an abstract base used as a token. */
export type AbstractClass<T = object> = abstract new (...args: never[]) => T;

declare const carried: unique symbol;

/** A token for something without a class, as an interface or a setting. */
export interface TypedToken<T> extends Symbol {
  readonly [carried]?: T;
}

/** What a dependency is asked for by: a class, a string, a symbol, or `token<T>('name')`. */
export type Token<T = unknown> = Class<T> | AbstractClass<T> | TypedToken<T> | string | symbol;

/**
 * Makes a token for an interface or a value; `useValue`, `app.get` and `inject` are typed by it.
 *
 * @param name - shows in errors
 * @example
 * const GREETING = token<string>('greeting');
 */
export function token<T>(name: string): TypedToken<T> {
  return Symbol(name) as unknown as TypedToken<T>;
}

/** A token in a sentence, where a text could be taken for a class. */
export function tokenText(token: unknown): string {
  if (typeof token === 'string') return JSON.stringify(token);
  if (typeof token !== 'object' || token === null) return tokenName(token);
  return `an instance of ${token.constructor?.name || 'an anonymous class'}`;
}

/** A token as people read it. */
export function tokenName(token: unknown): string {
  if (typeof token === 'function') return token.name || 'anonymous class';
  if (typeof token === 'symbol') return token.description ?? 'symbol';
  return String(token);
}
