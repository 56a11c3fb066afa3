// Registry: named things that come and go with their owners, for late binding.
import { Birth } from './birth.js';
import { type Clock, checkDuration, type Release, systemClock } from './clock.js';
import {
  AlreadyProvidedError,
  NotFoundError,
  RegistryClearedError,
  WaitDeadlockError,
  WaitEndedError,
  WaitTimeoutError,
} from './errors.js';
import { homeOf, nameOf } from './home.js';
import { DEFAULT_WAIT } from './listen-options.js';
import { nearest } from './nearest.js';
import { checkProvideOptions, checkRegistryWait, type ProvideOptions, type RegistryWait } from './registry-options.js';
import type { Owner } from './scope.js';
import { insideTask } from './task.js';
import { type Token, tokenName } from './token.js';
import { ringOf } from './wait-ring.js';

/** What the registry must know of managed instances to see a ring of waits before it hangs. */
export interface Dependencies {
  /** The name of the managed instance under that key, if it is one. */
  readonly nameOf: (key: Token) => string | undefined;
  /** Who must have started before it, by name. */
  readonly needs: (name: string) => readonly string[];
  /** The names of all managed instances, for near misses. */
  readonly names?: () => readonly string[];
}

export interface RegistryOptions {
  readonly dependencies?: Dependencies;
  /** Remember the file and line of each entry. @default false */
  readonly births?: boolean;
}

interface Waiter {
  readonly name: string;
  /** Whether its owner cannot go on before: a task of its own can wait for somebody who waits for the owner. */
  readonly blocks: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Entry {
  readonly value: unknown;
  readonly owner: string | undefined;
  readonly birth: Birth | undefined;
  /** Takes it away, out of the ledger of its owner too. */
  release: Release;
}

/** One entry, for whoever looks for what was left behind. */
export interface EntryNote {
  readonly key: Token;
  readonly birth: string | undefined;
}

/**
 * Named things of one application. Ordinary code uses injection; this is for what comes late.
 *
 * @example
 * registry.provide('camera:front', camera, { owner: this });
 * const front = await registry.waitFor<Camera>('camera:front', { timeout: 5000 });
 */
export class Registry {
  readonly #entries = new Map<Token, Entry>();
  readonly #waiters = new Map<Token, Set<Waiter>>();
  readonly #clock: Clock;
  readonly #dependencies: Dependencies;
  readonly #births: boolean;

  constructor(clock: Clock = systemClock, options: RegistryOptions = {}) {
    this.#clock = clock;
    this.#dependencies = options.dependencies ?? { nameOf: () => undefined, needs: () => [] };
    this.#births = options.births ?? false;
  }

  /**
   * Puts a value under a key and wakes who waits for it.
   *
   * @returns takes the entry away again
   * @throws SPECTER_ALREADY_PROVIDED when the key is taken and `replace` is not set
   */
  provide<T>(key: Token<T>, value: T, options: ProvideOptions = {}): Release {
    checkProvideOptions(options);
    const taken = this.#entries.get(key);
    if (taken && !options.replace) throw new AlreadyProvidedError(tokenName(key), taken.owner);
    const birth = this.#births ? new Birth() : undefined;
    const release = () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    const entry: Entry = { value, owner: nameOf(options.owner), birth, release };
    if (options.owner) entry.release = options.owner.addCleanup(release);
    this.#entries.set(key, entry);
    taken?.release();
    this.#wake(key, value);
    return entry.release;
  }

  /** Takes an entry away, whoever owns it. */
  unregister(key: Token): void {
    this.#entries.get(key)?.release();
    this.#entries.delete(key);
  }

  /** The value under that key, or undefined. */
  resolve<T>(key: Token<T>): T | undefined {
    return this.#entries.get(key)?.value as T | undefined;
  }

  /** @throws SPECTER_NOT_FOUND with the nearest names when there is none */
  require<T>(key: Token<T>): T {
    const entry = this.#entries.get(key);
    if (!entry) throw new NotFoundError('The registry', tokenName(key), this.#near(key));
    return entry.value as T;
  }

  has(key: Token): boolean {
    return this.#entries.has(key);
  }

  /** All entries, in order of arrival. */
  entries(): readonly EntryNote[] {
    return [...this.#entries].map(([key, { birth }]) => ({ key, birth: birth?.place }));
  }

  /** All keys, in order of arrival. */
  list(): Token[] {
    return [...this.#entries.keys()];
  }

  /**
   * Resolves with the value under that key as soon as there is one.
   *
   * @throws SPECTER_WAIT_TIMEOUT, SPECTER_REGISTRY_CLEARED, SPECTER_WAIT_DEADLOCK when it can never come, or the signal's reason
   */
  waitFor<T>(key: Token<T>, options: RegistryWait = {}): Promise<T> {
    checkRegistryWait(options);
    const { timeout = DEFAULT_WAIT, signal, owner } = options;
    checkDuration('registry.waitFor()', timeout);
    const found = this.#entries.get(key);
    if (found) return Promise.resolve(found.value as T);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const name = nameOf(owner) ?? 'registry.waitFor()';
    const ring = insideTask() ? undefined : this.#ring(name, key);
    if (ring) return Promise.reject(new WaitDeadlockError(ring));
    return this.#wait<T>(key, { name, timeout, signal, owner });
  }

  /** Forgets everything; whoever still waits is rejected. */
  clear(): void {
    for (const { release } of [...this.#entries.values()]) release();
    this.#entries.clear();
    for (const [key, waiters] of [...this.#waiters]) {
      for (const waiter of [...waiters]) waiter.reject(new RegistryClearedError(waiter.name, tokenName(key)));
    }
  }

  #wait<T>(
    key: Token,
    wait: { name: string; timeout: number; signal: AbortSignal | undefined; owner: Owner | undefined },
  ): Promise<T> {
    const { name, timeout, signal, owner } = wait;
    return new Promise<T>((resolve, reject) => {
      const end =
        <A>(settle: (value: A) => void) =>
        (value: A) => {
          this.#removeWaiter(key, waiter);
          disarm();
          signal?.removeEventListener('abort', abort);
          settle(value);
          leave?.();
        };
      const abort = () => end(reject)(signal?.reason);
      let leave: Release | undefined;
      const settle = { resolve: end(resolve as (value: unknown) => void), reject: end(reject) };
      const waiter: Waiter = { name, blocks: !insideTask(), ...settle };
      const disarm = this.#clock.setDeadline(() => waiter.reject(this.#missed(name, key, timeout)), timeout);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.set(key, (this.#waiters.get(key) ?? new Set()).add(waiter));
      leave =
        owner &&
        homeOf(owner)?.scope.hold({
          kind: 'listener',
          label: `wait for ${tokenName(key)}${this.#nearHint(key)}`,
          ...rejectOnStop(waiter, key),
        });
    });
  }

  #missed(name: string, key: Token, timeout: number): Error {
    const near = this.#near(key);
    const hint = near.length > 0 ? `Near names: ${near.join(', ')}.` : '';
    return new WaitTimeoutError(name, tokenName(key), timeout, hint);
  }

  /** Shows in the tree, and in the error of a start that hangs here. */
  #nearHint(key: Token): string {
    const near = this.#near(key);
    return near.length > 0 ? ` (nobody is known by this name, near ones are ${near.join(', ')})` : '';
  }

  /** Names like a misspelt one; none for what is known, and may just not have started yet. */
  #near(key: Token): readonly string[] {
    if (this.#dependencies.nameOf(key) !== undefined) return [];
    return nearest(tokenName(key), [...this.list().map(tokenName), ...(this.#dependencies.names?.() ?? [])]);
  }

  #wake(key: Token, value: unknown): void {
    for (const waiter of [...(this.#waiters.get(key) ?? [])]) waiter.resolve(value);
  }

  #removeWaiter(key: Token, waiter: Waiter): void {
    const waiters = this.#waiters.get(key);
    if (waiters?.delete(waiter) && waiters.size === 0) this.#waiters.delete(key);
  }

  /** A way from what is waited for back to who waits, over dependencies and other waits; undefined when there is none. */
  #ring(waiter: string, key: Token): readonly string[] | undefined {
    const target = this.#dependencies.nameOf(key);
    if (target === undefined) return undefined;
    return ringOf(waiter, target, (name) => [...this.#dependencies.needs(name), ...this.#waitsOf(name)]);
  }

  #waitsOf(name: string): string[] {
    return [...this.#waiters]
      .filter(([, waiters]) => [...waiters].some((waiter) => waiter.blocks && waiter.name === name))
      .flatMap(([key]) => this.#dependencies.nameOf(key) ?? []);
  }
}

function rejectOnStop(waiter: Waiter, key: Token): { release: () => void; quiesce: () => void } {
  const reject = () => waiter.reject(new WaitEndedError(waiter.name, tokenName(key), `${waiter.name} is stopping`));
  return { release: reject, quiesce: reject };
}
