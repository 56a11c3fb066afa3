// Store: flat state under a name, with subscribers; optionally on the bus and in the database.
import { checkFunction } from './check-function.js';
import type { Release } from './clock.js';
import { checkOptionKeys } from './option-keys.js';
import type { Owner } from './scope.js';
import { State, type StateOptions } from './state.js';

export type StoreOptions = StateOptions;

/** Keys that the type allows to be missing. */
type Removable<T> = {
  [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : undefined extends T[K] ? K : never;
}[keyof T];

export interface StoreSubscription {
  /** Call at once with the present value. @default false */
  readonly immediate?: boolean;
  /** Ends the subscription when it stops. */
  readonly owner?: Owner;
}

/**
 * Flat state: keys with values. Snapshots are frozen and never change; a value that is set is frozen, too.
 * A subscriber that fails is reported and stops nobody else.
 */
export class Store<T extends object> {
  readonly #state: State;

  /** Use `createStore`. */
  constructor(name: string, initial: T, options: StoreOptions = {}) {
    this.#state = new State('store', name, { initial, options });
  }

  get name(): string {
    return this.#state.name;
  }

  /** A frozen snapshot, or the value of one key. */
  get(): Readonly<T>;
  get<K extends keyof T & string>(key: K): T[K];
  get(key?: string): unknown {
    return this.#state.snapshot(key === undefined ? [] : [key]);
  }

  /**
   * Merges into it. No change, no notification.
   *
   * @throws SPECTER_INVALID_ARGUMENT for keys such as `__proto__`, and for values that cannot be persisted when it is
   */
  set(partial: Partial<T>): void {
    this.#state.assign(partial);
  }

  /**
   * Sets one key if it still holds what is expected: the same plain value, or the same object that `get` gave.
   *
   * @returns whether it did
   */
  compareAndSet<K extends keyof T & string>(key: K, expected: T[K], value: T[K]): boolean {
    return this.#state.compareAndSet([key], expected, value);
  }

  /** Puts a whole new value in place. */
  replace(value: T): void {
    this.#state.replace(value);
  }

  /** Takes keys away that may be missing. */
  delete(...keys: (Removable<T> & string)[]): void {
    this.#state.remove(keys.map((key) => [key]));
  }

  /** Takes all keys away; for a store whose keys may be missing. */
  clear(): void {
    this.#state.replace({});
  }

  /** Changes a draft, as deep as you like. All of it or, when `change` throws, nothing. */
  update(change: (draft: T) => unknown): void {
    this.#state.update(change as (draft: never) => unknown);
  }

  /** Calls `fn` after each change: of anything, of one `key`, or of what `selector` takes from it. */
  subscribe<K extends keyof T & string>(
    fn: (value: T[K], self: this) => unknown,
    options: StoreSubscription & { key: K },
  ): Release;
  subscribe<V>(
    fn: (value: V, self: this) => unknown,
    options: StoreSubscription & { selector: (state: Readonly<T>) => V },
  ): Release;
  subscribe(fn: (value: Readonly<T>, self: this) => unknown, options?: StoreSubscription): Release;
  subscribe(
    fn: (value: never, self: this) => unknown,
    options: StoreSubscription & { key?: string; selector?: (state: Readonly<T>) => unknown } = {},
  ): Release {
    checkFunction(`subscribe() of ${this.#state.label}`, fn);
    checkOptionKeys(`subscribe() of ${this.#state.label}`, options, ['key', 'selector', 'immediate', 'owner']);
    const { key, selector } = options;
    const view = selector
      ? { selector: selector as (state: never) => unknown }
      : { keys: key === undefined ? [] : [key] };
    return this.#state.subscribe((value) => fn(value as never, this), view, options);
  }

  /** Resolves when everything that was set before is committed to the database; at once when it is not persisted. */
  flush(): Promise<void> {
    return this.#state.flush();
  }

  /** Ends all subscriptions and refuses changes; resolves when what is persisted is committed. Its owner does this. */
  destroy(): Promise<void> {
    return this.#state.destroy();
  }
}

/**
 * Makes a store. In a field or constructor of a managed class it belongs to that instance.
 *
 * @param name - shows in reports, names the event, and is the key in the database
 * @param initial - copied once
 * @throws SPECTER_INVALID_ARGUMENT when `initial` is not plain data, SPECTER_NO_OWNER when an option needs an application
 * @example
 * const settings = createStore('settings', { theme: 'dark', volume: 5 });
 * settings.subscribe((volume) => console.log(volume), { key: 'volume' });
 * settings.set({ volume: 6 });
 */
export function createStore<T extends object>(name: string, initial: T, options?: StoreOptions): Store<T> {
  return new Store(name, initial, options);
}
