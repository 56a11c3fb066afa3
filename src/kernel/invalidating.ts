// Invalidating: what every cache has around its entries: those who follow it, those it follows, and an end.

import type { Bus } from './bus.js';
import { CacheEntries } from './cache-entries.js';
import { checkFunction } from './check-function.js';
import { type Release, systemClock } from './clock.js';
import { InvalidArgumentError, NoOwnerError } from './errors.js';
import { Events } from './events.js';
import { guarded } from './guarded.js';
import { type Home, homeOf } from './home.js';
import { checkOptionKeys } from './option-keys.js';
import type { Owner } from './scope.js';

export interface CacheOptions {
  /** Milliseconds until a value expires; 0 is never. @default 0 */
  readonly ttl?: number;
  /** Events of the bus that invalidate it, as `'disks:invalidated'`. @default none */
  readonly dependsOn?: readonly string[];
  /** Milliseconds after expiry in which `getOrCompute` gives the old value at once and computes a new one behind it. @default 0 */
  readonly staleWhileRevalidate?: number;
  /** Milliseconds a factory may take. @default 30,000 */
  readonly timeout?: number;
  /** Destroys it when it stops. @default the instance under construction */
  readonly owner?: Owner;
}

export interface KeyedCacheOptions extends CacheOptions {
  /** How many keys it holds; the one unused for longest goes first. @default 1,000 */
  readonly max?: number;
}

const KEYS: Readonly<Record<keyof KeyedCacheOptions, true>> = {
  ttl: true, dependsOn: true, staleWhileRevalidate: true, timeout: true, owner: true, max: true,
}; // biome-ignore format: a list

type Invalidated = (key: unknown) => unknown;
type Evicted<K, V> = (key: K, value: V) => unknown;

/** What the wave of invalidations under way on a bus has visited: caches, and single keys of theirs. */
const waves = new WeakMap<Bus, Map<object, Set<unknown>>>();

/** Who listens. */
export interface Owned {
  readonly owner?: Owner;
}

/** Stands for all keys of a cache. */
export const ALL = Symbol('all keys');

/** A cache that tells when it forgets. One wave of invalidations visits each cache once, however they depend. */
export abstract class Invalidating<K, V> {
  readonly name: string;
  protected readonly entries: CacheEntries<K, V>;
  readonly #home: Home | undefined;
  readonly #events: Events;
  readonly #label: string;
  readonly #listeners = new Set<Invalidated>();
  readonly #evictionListeners = new Set<Evicted<K, V>>();
  readonly #releases: Release[] = [];
  #evictions = 0;

  constructor(kind: string, name: string, options: KeyedCacheOptions) {
    if (typeof name !== 'string' || name === '') throw new InvalidArgumentError(`a ${kind}`, 'a name', name);
    this.name = name;
    this.#label = `${kind} "${name}"`;
    checkOptionKeys(this.#label, options, Object.keys(KEYS));
    this.#home = homeOf(options.owner);
    const { clock = systemClock, events = new Events() } = this.#home?.environment ?? {};
    this.#events = events;
    this.entries = new CacheEntries({
      ttl: options.ttl ?? 0,
      stale: options.staleWhileRevalidate ?? 0,
      max: checkMax(this.#label, options.max ?? 1_000),
      timeout: options.timeout ?? 30_000,
      clock,
      label: this.#label,
      report: (error) =>
        this.#events.emit('task-failed', { service: this.#service, task: `revalidate ${this.#label}`, error }),
      evicted: (key, value) => this.#evicted(key, value),
    });
    this.#follow(options.dependsOn ?? []);
    this.#join(options.owner);
  }

  /** Calls `fn` after each invalidation. */
  protected listen(fn: Invalidated, options: Owned): Release {
    checkFunction(`onInvalidate() of ${this.#label}`, fn);
    checkOptionKeys(`onInvalidate() of ${this.#label}`, options, ['owner']);
    const listener: Invalidated = (key) => fn(key);
    return joined(this.#listeners, listener, options.owner);
  }

  /** Calls `fn` after each eviction. */
  protected listenToEvictions(fn: Evicted<K, V>, options: Owned): Release {
    checkFunction(`onEvict() of ${this.#label}`, fn);
    checkOptionKeys(`onEvict() of ${this.#label}`, options, ['owner']);
    const listener: Evicted<K, V> = (key, value) => fn(key, value);
    return joined(this.#evictionListeners, listener, options.owner);
  }

  /** How many entries had to go so far because there were too many. */
  protected get evicted(): number {
    return this.#evictions;
  }

  /** Forgets a key or all, tells those who listen, and takes along the caches that depend on this one. */
  protected drop(key: K | typeof ALL): void {
    if (key === ALL) this.entries.clear();
    else this.entries.drop(key as K);
    this.#inWave(key, () => this.#tell(key));
  }

  /** Forgets everything and keeps nothing from now on. Its owner does this. */
  destroy(): void {
    this.entries.close();
    this.#listeners.clear();
    this.#evictionListeners.clear();
    for (const release of this.#releases.splice(0)) release();
  }

  get #service(): string {
    return this.#home?.name ?? this.#label;
  }

  #follow(events: readonly string[]): void {
    if (events.length === 0) return;
    if (!this.#home) throw new NoOwnerError(`dependsOn on ${this.#label}`, 'the bus of an application');
    const { bus } = this.#home.environment;
    for (const event of events) this.#releases.push(bus.on(event, () => this.#followed(), { owner: this.#home.scope }));
  }

  #join(owner: Owner | undefined): void {
    const release = () => this.destroy();
    const scope = this.#home?.scope;
    if (scope) this.#releases.push(scope.hold({ kind: 'resource', label: this.#label, release }));
    else if (owner) this.#releases.push(owner.addCleanup(release));
  }

  /** A ring of dependencies comes back to where it began, and ends there. */
  #followed(): void {
    const { bus } = (this.#home as Home).environment;
    if (!waves.get(bus)?.get(this)?.has(ALL)) this.drop(ALL);
  }

  #tell(key: K | typeof ALL): void {
    const what = key === ALL ? undefined : key;
    for (const listener of [...this.#listeners]) this.#guard('invalidated', () => listener(what));
    this.#home?.environment.bus.emit(`${this.name}:invalidated`, key === ALL ? undefined : { key });
  }

  #evicted(key: K, value: V): void {
    this.#evictions += 1;
    for (const listener of [...this.#evictionListeners]) this.#guard('evicted', () => listener(key, value));
  }

  #inWave(key: unknown, visit: () => void): void {
    const bus = this.#home?.environment.bus;
    const wave = bus && waves.get(bus);
    if (!bus) visit();
    else if (!wave) this.#beginWave(bus, key, visit);
    else if (!wave.get(this)?.has(key)) {
      wave.set(this, (wave.get(this) ?? new Set()).add(key));
      visit();
    }
  }

  #beginWave(bus: Bus, key: unknown, visit: () => void): void {
    waves.set(bus, new Map([[this, new Set([key])]]));
    try {
      visit();
    } finally {
      waves.delete(bus);
    }
  }

  #guard(what: string, call: () => unknown): void {
    const event = `${this.name}:${what}`;
    guarded(call, (error) => this.#events.emit('listener-failed', { service: this.#service, event, error }));
  }
}

function joined<T>(set: Set<T>, member: T, owner: Owner | undefined): Release {
  set.add(member);
  const release = () => void set.delete(member);
  return owner ? owner.addCleanup(release) : release;
}

function checkMax(label: string, max: number): number {
  if (!(Number.isInteger(max) && max > 0))
    throw new InvalidArgumentError(`max of ${label}`, 'a whole number of at least 1', max);
  return max;
}
