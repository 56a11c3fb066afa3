// Typed paths into nested state: which there are, what is there, and how one is read.
import { InvalidArgumentError } from './errors.js';

/** What a path does not go into. */
type Leaf =
  | string | number | bigint | boolean | symbol | null | undefined
  | ((...args: never[]) => unknown)
  | Date | RegExp | Error | ArrayBufferView
  | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | PromiseLike<unknown>; // biome-ignore format: a list

/** One element for each level below the first that is spelled out; what lies deeper is typed, but not completed. */
type Spelled = [1, 1, 1, 1];

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * The paths into a nested type: `'playback.url'`, `'items.0.name'`.
 *
 * Five levels are spelled out, which keeps wide types cheap to check. Keys that contain a dot have no path.
 *
 * @example
 * type Paths = Path<{ playback: { url: string } }>; // 'playback' | 'playback.url'
 */
export type Path<T> = IsAny<T> extends true ? string : Below<T, Spelled>;

type Below<T, Left extends readonly unknown[]> = T extends Leaf
  ? never
  : T extends readonly (infer Item)[]
    ? number extends T['length']
      ? Step<`${number}`, Item, Left>
      : { [K in keyof T & `${number}`]-?: Step<K, T[K], Left> }[keyof T & `${number}`]
    : { [K in keyof T & (string | number)]-?: Step<`${K}`, T[K], Left> }[keyof T & (string | number)];

type Step<K extends string, V, Left extends readonly unknown[]> = K extends `${string}.${string}`
  ? never
  : K | Further<K, NonNullable<V>, Left>;

type Further<K extends string, V, Left extends readonly unknown[]> =
  IsAny<V> extends true
    ? `${K}.${string}`
    : V extends Leaf
      ? never
      : Left extends readonly [unknown, ...infer Rest]
        ? `${K}.${Below<V, Rest> & string}`
        : `${K}.${string}`;

/** What is read at a path; with `undefined` where a step on the way may be missing. */
export type PathValue<T, P extends string> =
  IsAny<T> extends true ? T : P extends `${infer K}.${infer Rest}` ? PathValue<Read<T, K>, Rest> : Read<T, P>;

/** What may be written at a path. */
export type PathInput<T, P extends string> =
  IsAny<T> extends true
    ? T
    : P extends `${infer K}.${infer Rest}`
      ? PathInput<NonNullable<Written<T, K>>, Rest>
      : Written<T, P>;

type Read<T, K extends string> = T extends null | undefined
  ? undefined
  : Written<T, K> | (T extends Readonly<Record<K, unknown>> ? never : undefined);

type Written<T, K extends string> = K extends keyof T
  ? T[K]
  : K extends `${infer N extends number}`
    ? N extends keyof T ? T[N] : never
    : never; // biome-ignore format: conditions that belong together

/** Keys that lead into the language instead of into the state. */
const FORBIDDEN: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether a key leads into the language instead of into the state. */
export function isForbidden(key: unknown): boolean {
  return FORBIDDEN.has(key);
}

/** @throws SPECTER_INVALID_ARGUMENT when a key leads into the language instead of into the state */
export function checkKey(where: string, key: string): void {
  if (isForbidden(key)) throw new InvalidArgumentError(where, `a key other than ${[...FORBIDDEN].join(', ')}`, key);
}

/**
 * The keys along a path.
 *
 * @throws SPECTER_INVALID_ARGUMENT when it is empty, has an empty step, or leads into the language
 */
export function parsePath(where: string, path: string): string[] {
  if (typeof path !== 'string') throw new InvalidArgumentError(where, "a path as 'playback.url'", path);
  const keys = path.split('.');
  for (const key of keys) {
    if (key === '') throw new InvalidArgumentError(where, "a path without empty steps, as 'playback.url'", path);
    checkKey(where, key);
  }
  return keys;
}
