// Cache: one value, or one for each key, that expires, is computed once however many ask, and follows what it depends on.

import type { Factory, Freshness } from './cache-entries.js';
import { checkFunction } from './check-function.js';
import type { Release } from './clock.js';
import { ALL, type CacheOptions, Invalidating, type KeyedCacheOptions, type Owned } from './invalidating.js';

/** One value that expires. Only `undefined` is empty: `null`, `0` and `''` are values. */
export class Cache<T> extends Invalidating<undefined, T> {
  /** Use `createCache`. */
  constructor(name: string, options: CacheOptions = {}) {
    super('cache', name, options);
  }

  /** Whether there is a value that has not expired. */
  get isValid(): boolean {
    return this.entries.find(undefined) !== undefined;
  }

  /** Wall time at which the value came, in milliseconds since 1970. */
  get updatedAt(): number | undefined {
    return this.entries.find(undefined)?.at;
  }

  /** The value, or undefined when there is none or it has expired. */
  get(): T | undefined {
    return this.entries.find(undefined)?.value;
  }

  /** Keeps a value, for its own `ttl` if given. A computation under way does not replace it. */
  set(value: T, options?: Freshness): void {
    this.entries.put(undefined, value, options);
  }

  /**
   * The value, or what `factory` makes, which is kept. Whoever asks meanwhile waits for the same computation; a failure
   * is not kept; a result that `invalidate()` overtook goes to those who waited and is not kept.
   *
   * @throws what the factory throws, or SPECTER_WAIT_TIMEOUT when it takes too long
   */
  getOrCompute(factory: Factory<T>, options?: Freshness): Promise<T> {
    return this.entries.compute(undefined, factory, options);
  }

  /** Forgets the value and emits `<name>:invalidated`; the caches that depend on it follow, each once. */
  invalidate(): void {
    this.drop(ALL);
  }

  /** Calls `fn` after each invalidation. */
  onInvalidate(fn: () => unknown, options: Owned = {}): Release {
    checkFunction(`onInvalidate() of cache "${this.name}"`, fn);
    return this.listen(() => fn(), options);
  }
}

/** A value for each key, up to a bound. What is said of `Cache` holds for each key by itself. */
export class KeyedCache<K, V> extends Invalidating<K, V> {
  /** Use `createKeyedCache`. */
  constructor(name: string, options: KeyedCacheOptions = {}) {
    super('keyed cache', name, options);
  }

  /** How many keys it holds. */
  get size(): number {
    return this.entries.size;
  }

  isValid(key: K): boolean {
    return this.entries.find(key) !== undefined;
  }

  /** Wall time at which the value of a key came, in milliseconds since 1970. */
  updatedAt(key: K): number | undefined {
    return this.entries.find(key)?.at;
  }

  get(key: K): V | undefined {
    return this.entries.find(key)?.value;
  }

  set(key: K, value: V, options?: Freshness): void {
    this.entries.put(key, value, options);
  }

  /** The value of a key, or what `factory` makes; one computation for each key at a time. */
  getOrCompute(key: K, factory: Factory<V>, options?: Freshness): Promise<V> {
    return this.entries.compute(key, factory, options);
  }

  /** Forgets one key, or without an argument all, and emits `<name>:invalidated`. */
  invalidate(...key: [] | [K]): void {
    this.drop(key.length === 0 ? ALL : (key[0] as K));
  }

  /** Calls `fn` after each invalidation, with the key when only that one was forgotten. */
  onInvalidate(fn: (key: K | undefined) => unknown, options: Owned = {}): Release {
    return this.listen(fn as (key: unknown) => unknown, options);
  }

  /** How many keys had to go so far because there were more than `max`. When it grows fast, raise `max`. */
  get evictions(): number {
    return this.evicted;
  }

  /** Calls `fn` with each key that had to go because there were more than `max`; not when it expires or is invalidated. */
  onEvict(fn: (key: K, value: V) => unknown, options: Owned = {}): Release {
    return this.listenToEvictions(fn, options);
  }
}

/**
 * Makes a cache of one value. In a field or constructor of a managed class it belongs to that instance.
 *
 * @throws SPECTER_NO_OWNER when `dependsOn` has no bus to listen to
 * @example
 * const drives = createCache<string[]>('drives', { ttl: 30_000, dependsOn: ['mounts:invalidated'] });
 * const list = await drives.getOrCompute(() => scanDrives());
 */
export function createCache<T>(name: string, options?: CacheOptions): Cache<T> {
  return new Cache<T>(name, options);
}

/**
 * Makes a cache with a value for each key.
 *
 * @throws SPECTER_NO_OWNER when `dependsOn` has no bus to listen to
 * @example
 * const covers = createKeyedCache<string, Buffer>('covers', { max: 500, ttl: 60_000 });
 * const cover = await covers.getOrCompute(id, () => readCover(id));
 */
export function createKeyedCache<K, V>(name: string, options?: KeyedCacheOptions): KeyedCache<K, V> {
  return new KeyedCache<K, V>(name, options);
}
