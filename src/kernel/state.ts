// State: what a store and a model have in common: a tree, those who watch it, and the file that keeps it.
import { tellOnce } from './batch.js';
import type { Bus } from './bus.js';
import type { Release } from './clock.js';
import { DestroyedError } from './destroyed.js';
import { changeDraft } from './draft.js';
import { InvalidArgumentError, NoOwnerError } from './errors.js';
import { Events } from './events.js';
import { guarded } from './guarded.js';
import { type Home, homeOf } from './home.js';
import { checkJson, copyData, isRecord, type Level, settle } from './levels.js';
import type { StateSubscription } from './observable.js';
import { checkOptionKeys } from './option-keys.js';
import { checkKey } from './path.js';
import {
  type Keeping,
  keptOf,
  PERSIST,
  PERSISTENCE,
  type Persistence,
  type PersistOptions,
  restore,
} from './persistence.js';
import type { Owner } from './scope.js';
import { Subscribers } from './subscribers.js';
import { Tree } from './tree.js';

export interface StateOptions {
  /** Destroys it when it stops. @default the instance under construction */
  readonly owner?: Owner;
  /** Emit `<name>:changed` with the new snapshot on the bus. @default false */
  readonly emitEvents?: boolean;
  /** Keep it in the application's database, under its name. @default false */
  readonly persist?: boolean | PersistOptions;
}

/** What a subscription looks at: one place, or what a function takes from the whole. */
export type View = { readonly keys: readonly string[] } | { readonly selector: (state: never) => unknown };

/** One named state. Every change comes through `#commit`. */
export class State {
  readonly name: string;
  readonly #label: string;
  readonly #tree: Tree;
  readonly #subscribers: Subscribers;
  readonly #home: Home | undefined;
  readonly #events: Events;
  readonly #bus: Bus | undefined;
  readonly #keeping: Keeping | undefined;
  #leaveOwner: Release = () => {};
  #changes = 0;
  /** The change that was told last. */
  #told = 0;
  #destroyed: Promise<void> | undefined;

  /** @param kind - how it is called in reports: `store`, `model` */
  constructor(kind: string, name: string, at: { initial: object; options: StateOptions }) {
    if (typeof name !== 'string' || name === '') throw new InvalidArgumentError(`a ${kind}`, 'a name', name);
    this.name = name;
    this.#label = `${kind} "${name}"`;
    checkOptionKeys(this.#label, at.options, ['owner', 'emitEvents', 'persist'] satisfies (keyof StateOptions)[]);
    this.#home = homeOf(at.options.owner);
    this.#events = this.#home?.environment.events ?? new Events();
    this.#subscribers = new Subscribers((call) => this.#guard(call));
    this.#bus = at.options.emitEvents ? this.#needHome('emitEvents').environment.bus : undefined;
    const initial = copyData(`${this.#label}, initial`, this.#checkRoot(at.initial)) as Level;
    this.#keeping = at.options.persist ? this.#keep(initial, at.options.persist) : undefined;
    this.#tree = new Tree(this.#keeping?.kept ? restore(initial, this.#keeping.kept) : initial);
    this.#join(at.options.owner);
  }

  /** How it is called in reports. */
  get label(): string {
    return this.#label;
  }

  /** The frozen value of one place. */
  snapshot(keys: readonly string[]): unknown {
    return this.#tree.snapshot(keys);
  }

  /** Writes one place. */
  set(keys: readonly string[], value: unknown): void {
    this.#admit(keys, value);
    this.#commit(() => this.#write(keys, value));
  }

  /** Writes one place if it still holds what is expected: the same plain value, or the same snapshot. */
  compareAndSet(keys: readonly string[], expected: unknown, value: unknown): boolean {
    this.#demandLive();
    if (!Object.is(this.#tree.read(keys), expected)) return false;
    this.set(keys, value);
    return true;
  }

  /** Writes several keys of the root; all of them or none. */
  assign(partial: object): void {
    const entries = Object.entries(this.#checkRoot(partial));
    for (const [key, value] of entries) this.#admit([key], value);
    this.#commit(() => {
      for (const [key, value] of entries) this.#write([key], value);
    });
  }

  /** Puts a whole new value in place. */
  replace(value: object): void {
    this.#demandLive();
    const root = this.#checkRoot(value);
    if (this.#keeping) checkJson(this.#label, root);
    settle(this.#label, root);
    if (root !== this.#tree.root) this.#commit(() => this.#swap(root));
  }

  /** Takes places away. */
  remove(places: readonly (readonly string[])[]): void {
    this.#commit(() => {
      for (const keys of places) this.#remove(keys);
    });
  }

  /** Changes a draft; a throw changes nothing. */
  update(change: (draft: never) => unknown): void {
    this.#demandLive();
    const where = `update() of ${this.#label}`;
    const changes = this.#changes;
    const admit = (value: unknown) => this.#keeping && checkJson(where, value);
    const root = changeDraft(this.#tree.root, change as (draft: Level) => unknown, { where, admit });
    if (changes !== this.#changes)
      throw new InvalidArgumentError(where, 'a function that changes its draft only, not the state beside it', change);
    if (root !== this.#tree.root) this.#commit(() => this.#swap(root));
  }

  subscribe(fn: (value: unknown) => unknown, view: View, options: StateSubscription): Release {
    this.#demandLive();
    const take =
      'keys' in view ? () => this.#tree.snapshot(view.keys) : () => view.selector(this.#tree.snapshot([]) as never);
    const release =
      'keys' in view ? this.#subscribers.addPath(view.keys, fn, take) : this.#subscribers.addSelector(fn, take);
    if (options.immediate) this.#guard(() => fn(take()));
    return options.owner ? options.owner.addCleanup(release) : release;
  }

  async flush(): Promise<void> {
    await this.#keeping?.flush();
  }

  /** Ends all subscriptions; resolves when what is persisted is committed. */
  destroy(): Promise<void> {
    this.#destroyed ??= Promise.resolve(this.#keeping?.release());
    this.#subscribers.clear();
    this.#leaveOwner();
    return this.#destroyed;
  }

  #commit(work: () => void): void {
    this.#demandLive();
    const before = this.#changes;
    work();
    if (this.#changes === before) return;
    this.#keeping?.changed();
    tellOnce(this.#tell);
  }

  /** A subscriber that changes it again tells of it at once, so what was told already is not told twice. */
  readonly #tell = (): void => {
    const change = this.#changes;
    if (this.#told === change) return;
    this.#told = change;
    this.#subscribers.deliver();
    const event = `${this.name}:changed`;
    if (this.#changes === change && this.#bus?.hasListeners(event)) this.#bus.emit(event, this.#tree.snapshot([]));
  };

  #write(keys: readonly string[], value: unknown): void {
    const before = this.#tree.read(keys);
    if (Object.is(before, value)) return;
    this.#tree.write(keys, value);
    this.#changes += 1;
    this.#subscribers.touch(keys, before, value);
  }

  #swap(root: Level): void {
    const before = this.#tree.root;
    this.#tree.replace(root);
    this.#changes += 1;
    this.#subscribers.touch([], before, root);
  }

  /** What moves up in an array has changed its place, so the array has changed as a whole. */
  #remove(keys: readonly string[]): void {
    const above = keys.slice(0, -1);
    const list = this.#tree.read(above);
    const key = keys.at(-1) as string;
    if (list === undefined || list === null || !Object.hasOwn(list, key)) return;
    this.#tree.check(this.#label, keys);
    const before = Array.isArray(list) ? list.slice() : this.#tree.read(keys);
    this.#tree.remove(keys);
    this.#changes += 1;
    if (Array.isArray(list)) this.#subscribers.touch(above, before, this.#tree.read(above));
    else this.#subscribers.touch(keys, before, undefined);
  }

  /** What is handed in is frozen, so that it cannot change behind our back. */
  #admit(keys: readonly string[], value: unknown): void {
    this.#demandLive();
    for (const key of keys) checkKey(this.#label, key);
    this.#tree.check(this.#label, keys);
    if (this.#keeping) checkJson(`${this.#label}, ${keys.join('.')}`, value === undefined ? null : value);
    settle(this.#label, value);
  }

  #checkRoot(value: object): Level {
    if (!isRecord(value)) throw new InvalidArgumentError(this.#label, 'a plain object', value);
    for (const key of Object.keys(value)) checkKey(this.#label, key);
    return value;
  }

  #keep(initial: Level, persist: true | PersistOptions): Keeping {
    const persistence = this.#needHome('persist').environment.find?.(PERSISTENCE) as Persistence | undefined;
    if (!persistence) throw new NoOwnerError(`persist on ${this.#label}`, 'the database of an application');
    if (persist !== true) checkOptionKeys(`persist of ${this.#label}`, persist, PERSIST);
    checkJson(this.#label, initial);
    const declared = copyData(this.#label, initial) as Level;
    return persistence.keep(this.name, {
      ...(persist === true ? {} : persist),
      read: () => keptOf(declared, this.#tree.root),
    });
  }

  #needHome(option: string): Home {
    if (!this.#home) throw new NoOwnerError(`${option} on ${this.#label}`, 'an application');
    return this.#home;
  }

  #join(owner: Owner | undefined): void {
    const release = () => this.destroy();
    const scope = this.#home?.scope;
    if (scope) this.#leaveOwner = scope.hold({ kind: 'resource', label: this.#label, release });
    else if (owner) this.#leaveOwner = owner.addCleanup(release);
  }

  #guard(call: () => unknown): void {
    const service = this.#home?.name ?? this.#label;
    guarded(call, (error) => this.#events.emit('listener-failed', { service, event: this.#label, error }));
  }

  #demandLive(): void {
    if (this.#destroyed) throw new DestroyedError(this.#label);
  }
}
