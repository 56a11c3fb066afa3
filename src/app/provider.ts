// What a list of providers may hold, and provide(), which checks one where it is written.
import type { AbstractClass, Class, Token, TypedToken } from '../kernel/token.js';

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
