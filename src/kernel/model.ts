// Model: nested state under a name, read, written and watched by typed paths.
import { checkFunction } from './check-function.js';
import type { Release } from './clock.js';
import { checkOptionKeys } from './option-keys.js';
import { type Path, type PathInput, type PathValue, parsePath } from './path.js';
import type { Owner } from './scope.js';
import { State, type StateOptions } from './state.js';

export type ModelOptions = StateOptions;

export interface ModelSubscription {
  /** Call at once with the present value. @default false */
  readonly immediate?: boolean;
  /** Ends the subscription when it stops. */
  readonly owner?: Owner;
}

/**
 * Nested state. Snapshots are frozen and share what has not changed between them; a value that is set is frozen, too.
 * On wide state watch by `path`: such a subscriber is found, while every `selector` must run.
 */
export class Model<T extends object> {
  readonly #state: State;

  /** Use `createModel`. */
  constructor(name: string, initial: T, options: ModelOptions = {}) {
    this.#state = new State('model', name, { initial, options });
  }

  get name(): string {
    return this.#state.name;
  }

  /** A frozen snapshot of all, or of what is at a path. */
  get(): Readonly<T>;
  get<P extends Path<T>>(path: P): PathValue<T, P>;
  get(path?: string): unknown {
    return this.#state.snapshot(path === undefined ? [] : this.#keys(path));
  }

  /**
   * Writes what is at a path; missing objects on the way are made. No change, no notification.
   *
   * @throws SPECTER_INVALID_ARGUMENT for `__proto__`, `constructor` and `prototype`, and when the way leads through a plain value
   */
  set<P extends Path<T>>(path: P, value: PathInput<T, P>): void {
    this.#state.set(this.#keys(path), value);
  }

  /**
   * Writes what is at a path if it still holds what is expected: the same plain value, the same object that `get` gave, or
   * `undefined` for a place that is missing.
   *
   * @returns whether it did
   */
  compareAndSet<P extends Path<T>>(path: P, expected: PathValue<T, P>, value: PathInput<T, P>): boolean {
    return this.#state.compareAndSet(this.#keys(path), expected, value);
  }

  /** Merges into the root, one level deep. */
  patch(partial: Partial<T>): void {
    this.#state.assign(partial);
  }

  /** Puts a whole new value in place. */
  replace(value: T): void {
    this.#state.replace(value);
  }

  /** Changes a draft. All of it or, when `change` throws, nothing. */
  update(change: (draft: T) => unknown): void {
    this.#state.update(change as (draft: never) => unknown);
  }

  /** Takes away what is at a path; in an array the rest moves up. */
  delete(path: Path<T>): void {
    this.#state.remove([this.#keys(path)]);
  }

  /** What `selector` takes from a frozen snapshot. */
  select<V>(selector: (state: Readonly<T>) => V): V {
    return selector(this.get());
  }

  /** Calls `fn` after each change: of anything, of what is at `path`, or of what `selector` takes from it. */
  subscribe<P extends Path<T>>(
    fn: (value: PathValue<T, P>, self: this) => unknown,
    options: ModelSubscription & { path: P },
  ): Release;
  subscribe<V>(
    fn: (value: V, self: this) => unknown,
    options: ModelSubscription & { selector: (state: Readonly<T>) => V },
  ): Release;
  subscribe(fn: (value: Readonly<T>, self: this) => unknown, options?: ModelSubscription): Release;
  subscribe(
    fn: (value: never, self: this) => unknown,
    options: ModelSubscription & { path?: string; selector?: (state: Readonly<T>) => unknown } = {},
  ): Release {
    checkFunction(`subscribe() of ${this.#state.label}`, fn);
    checkOptionKeys(`subscribe() of ${this.#state.label}`, options, ['path', 'selector', 'immediate', 'owner']);
    const { path, selector } = options;
    const view = selector
      ? { selector: selector as (state: never) => unknown }
      : { keys: path === undefined ? [] : this.#keys(path) };
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

  #keys(path: string): string[] {
    return parsePath(this.#state.label, path);
  }
}

/**
 * Makes a model. In a field or constructor of a managed class it belongs to that instance.
 *
 * @param name - shows in reports, names the event, and is the key in the database
 * @param initial - copied once
 * @throws SPECTER_INVALID_ARGUMENT when `initial` is not plain data, SPECTER_NO_OWNER when an option needs an application
 * @example
 * const player = createModel('player', { playback: { url: '', at: 0 }, items: [{ name: 'intro' }] });
 * player.subscribe((url) => console.log(url), { path: 'playback.url' });
 * player.set('playback.url', 'file:///a.mp4');
 */
export function createModel<T extends object>(name: string, initial: T, options?: ModelOptions): Model<T> {
  return new Model(name, initial, options);
}
