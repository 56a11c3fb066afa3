// Scope: what is open and who owns it; closes in reverse.
import { LazyAbort } from './abort.js';
import { Birth } from './birth.js';
import { type Clock, type Release, systemClock } from './clock.js';
import { Deadline } from './deadline.js';
import {
  errorOf,
  NotRunningError,
  ReleaseFailedError,
  ScopeClosedError,
  ScopeCloseError,
  StopTimeoutError,
} from './errors.js';
import { Events } from './events.js';
import { releaseOf } from './release.js';
import { type SpawnOptions, startTask, type Task } from './task.js';
import { startInterval, startTimeout } from './timers.js';

/** Anything that can become responsible for closing something: a scope, a Lifecycle, a watcher. */
export interface Owner {
  /** Calls `fn` when the owner stops. The returned function calls it now and forgets it. */
  addCleanup(fn: () => unknown): Release;
}

/** What kind of thing an owned entry is. */
export type OwnedKind = 'timer' | 'task' | 'listener' | 'resource' | 'cleanup' | 'child' | 'scope';

/** One node of the live ownership tree. */
export interface OwnershipNode {
  readonly kind: OwnedKind;
  readonly label: string;
  /** File and line that acquired it, in development and tests. */
  readonly birth?: string;
  readonly children: readonly OwnershipNode[];
}

/** What a new entry of a scope is made of. */
export interface Holding {
  readonly kind: OwnedKind;
  readonly label: string;
  /** Gives it back. */
  readonly release: () => unknown;
  /** Before `onStop`: take no more calls, and tell when those at hand have ended. */
  readonly drain?: () => unknown;
  /** First pass of closing: stop making new work, and tell when the work at hand has ended. When it is `release` itself, that was all. */
  readonly quiesce?: () => unknown;
  readonly inside?: () => readonly OwnershipNode[];
}

export interface ScopeOptions {
  readonly clock?: Clock;
  readonly events?: Events;
  /** Remember the file and line of each acquisition. @default true */
  readonly births?: boolean;
  /** Timers and tasks are only allowed in a stage of it. @default false */
  readonly staged?: boolean;
  /** Whose work it is, for reports. @default the scope's name */
  readonly service?: string;
}

/** How long `close()` waits when nobody gave it a deadline. */
const CLOSE_TIMEOUT = 5_000;

interface Entry extends Holding {
  readonly birth: Birth | undefined;
  /** The scope that it stands for, if it is one. */
  readonly scope?: Scope;
}

/**
 * Owns things, and gives them back in reverse order when it closes.
 *
 * @example
 * const scope = new Scope('import');
 * scope.own(openFile(path));
 * scope.interval(() => report(), 1000);
 * await scope.close();
 */
export class Scope implements Owner {
  readonly name: string;
  #options: Required<ScopeOptions>;
  readonly #owned = new Set<Entry>();
  readonly #abort = new LazyAbort();
  #stage: Scope | undefined;
  #sealed = false;
  #closing: Promise<void> | undefined;
  /** The deadline of the closing under way, which children share. */
  #deadline: Deadline | undefined;
  #leaveParent: Release = () => {};
  /** Throws when the scope it was forked from takes no work. */
  #demandParent: (what: string) => void = () => {};

  /** @param name - shows in errors and in the ownership tree */
  constructor(name: string, options: ScopeOptions = {}) {
    this.name = name;
    const { clock = systemClock, events = new Events(clock) } = options;
    this.#options = { births: true, staged: false, service: name, ...options, clock, events };
  }

  /** Aborted as soon as closing begins. */
  get signal(): AbortSignal {
    return this.#stage?.signal ?? this.#abort.signal;
  }

  /** Whether it takes nothing more. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** How many things it owns at this moment. */
  get size(): number {
    return this.#owned.size;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get events(): Events {
    return this.#options.events;
  }

  /** Whose work this is, for reports. */
  get service(): string {
    return this.#options.service;
  }

  /**
   * Becomes responsible for closing a resource.
   *
   * @param release - the name of its closing method, or a function; by default the first of a documented list that it has
   * @returns the resource itself
   * @throws SPECTER_NO_RELEASE when there is no way to close it
   */
  own<R>(resource: R, release?: keyof R | ((resource: R) => unknown)): R {
    const { label, close } = releaseOf(resource, release);
    this.hold({ kind: 'resource', label, release: close });
    return resource;
  }

  /** Calls `fn` when the scope closes; the returned function calls it now and forgets it. */
  addCleanup(fn: () => unknown): Release {
    return this.hold({ kind: 'cleanup', label: fn.name || 'cleanup', release: fn });
  }

  /** Opens a scope that closes with this one, or earlier. */
  fork(name: string): Scope {
    if (this.#stage) return this.#stage.fork(name);
    const child = this.#open(name);
    child.#demandParent = (what) => void this.#active(what);
    return child;
  }

  /** Forks a scope that takes everything acquired from now on, until the next stage. What came before stays here. */
  stage(name: string): Scope {
    this.#stage = this.#open(name);
    return this.#stage;
  }

  /** Aborts the signal ahead of closing. */
  abort(reason: unknown): void {
    this.#abort.abort(() => reason);
  }

  /** The scope that takes what is acquired now: its stage, or itself. */
  get current(): Scope {
    return this.#stage ?? this;
  }

  /** Takes no more timers, tasks and listeners; what it has goes on until it closes. */
  seal(): void {
    this.#sealed = true;
  }

  /** Lives by another clock and reports elsewhere from now on. */
  move(options: Pick<ScopeOptions, 'clock' | 'events' | 'births'>): void {
    this.#options = { ...this.#options, ...options };
  }

  /** Runs a piece of work that ends with the scope: its signal is aborted and it is awaited. */
  spawn(work: (signal: AbortSignal) => unknown, options: SpawnOptions = {}): Task {
    return startTask(this.#active('spawn a task'), work, options);
  }

  /** Calls `fn` every `ms` milliseconds, never before the last call has settled. */
  interval(fn: () => unknown, ms: number): Release {
    return startInterval(this.#active('start an interval'), fn, ms);
  }

  /** Calls `fn` once after `ms` milliseconds. */
  timeout(fn: () => unknown, ms: number): Release {
    return startTimeout(this.#active('start a timeout'), fn, ms);
  }

  /** Owns one thing of any kind; all other ways of owning come through here. */
  hold(holding: Holding): Release {
    if (this.#stage) return this.#stage.hold(holding);
    const entry: Entry = { ...holding, birth: this.#options.births ? new Birth() : undefined };
    if (this.#closing) this.#refuse(entry);
    this.#owned.add(entry);
    return () => {
      if (this.#owned.delete(entry)) this.#releaseEarly(entry);
    };
  }

  /** Ends the taking of calls, and waits for those at hand until the deadline; what is left then is cut off by closing. */
  async drain(deadline: Deadline): Promise<void> {
    const busy = [...this.#owned].map((entry) => entry.drain?.()).filter(isThenable);
    const late = () => new StopTimeoutError(`Scope "${this.name}"`, deadline.ms);
    if (busy.length > 0) await deadline.wait(Promise.allSettled(busy), late).catch(() => {});
  }

  /**
   * Closes once; later calls get the same promise. Everything runs, whatever fails.
   *
   * @param deadline - one budget for all of it; by default 5,000 ms from now
   * @throws all failures together, each by its path
   */
  close(deadline?: Deadline): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#closeAll(deadline ?? new Deadline(CLOSE_TIMEOUT)));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it owns, as data. */
  tree(): readonly OwnershipNode[] {
    return [...this.#owned].flatMap((entry) => {
      const children = entry.inside?.() ?? [];
      if (entry.scope && entry.scope === this.#stage) return children;
      const birth = entry.birth?.place;
      return [{ kind: entry.kind, label: entry.label, ...(birth ? { birth } : {}), children }];
    });
  }

  #open(name: string): Scope {
    const child = new Scope(`${this.name}/${name}`, { ...this.#options, staged: false });
    const close = () => child.close(this.#deadline);
    const entry: Entry = {
      kind: 'scope',
      label: name,
      release: close,
      inside: () => child.tree(),
      birth: undefined,
      scope: child,
    };
    if (this.#closing) this.#refuse(entry);
    this.#owned.add(entry);
    child.#leaveParent = () => void this.#owned.delete(entry);
    return child;
  }

  /** @throws SPECTER_NOT_RUNNING unless work may begin in it now */
  demand(what: string): void {
    this.#active(what);
  }

  #active(what: string): Scope {
    if (this.#stage) return this.#stage.#active(what);
    if (this.#options.staged) throw new NotRunningError(this.service, what, 'not started');
    if (this.#closing || this.#sealed || this.#abort.aborted)
      throw new NotRunningError(this.service, what, 'stopping or stopped');
    this.#demandParent(what);
    return this;
  }

  #refuse(entry: Entry): never {
    this.#releaseEarly(entry);
    throw new ScopeClosedError(this.name, this.#describe(entry));
  }

  #releaseEarly(entry: Entry): void {
    const report = (cause: unknown) => this.#report(new ReleaseFailedError(this.#describe(entry), cause));
    try {
      const pending = entry.release();
      if (isThenable(pending)) pending.then(undefined, report);
    } catch (cause) {
      report(cause);
    }
  }

  async #closeAll(deadline: Deadline): Promise<void> {
    this.#deadline = deadline;
    const failures: Error[] = [];
    await this.#quiesce(deadline, failures);
    for (const entry of [...this.#owned].reverse()) {
      if (this.#owned.delete(entry)) await this.#release(entry, deadline, failures);
    }
    this.#leaveParent();
    if (failures.length > 0) throw new ScopeCloseError(this.name, failures);
  }

  /** First pass: no new work, and the work at hand is awaited. */
  async #quiesce(deadline: Deadline, failures: Error[]): Promise<void> {
    this.#abort.abort(() => new ScopeClosedError(this.name, 'This work'));
    const busy: [Entry, PromiseLike<unknown>][] = [];
    for (const entry of [...this.#owned].reverse()) {
      if (!entry.quiesce) continue;
      const pending = this.#call(entry, entry.quiesce, failures);
      if (isThenable(pending)) busy.push([entry, pending]);
      else if (entry.quiesce === entry.release) this.#owned.delete(entry);
    }
    for (const [entry, pending] of busy) {
      await this.#await(entry, pending, { deadline, failures });
      if (entry.quiesce === entry.release) this.#owned.delete(entry);
    }
  }

  /** Second pass. Only waits for what really takes time, so that ten thousand quick releases stay quick. */
  async #release(entry: Entry, deadline: Deadline, failures: Error[]): Promise<void> {
    const pending = this.#call(entry, entry.release, failures);
    if (isThenable(pending)) await this.#await(entry, pending, { deadline, failures });
  }

  #call(entry: Entry, step: () => unknown, failures: Error[]): unknown {
    try {
      return step();
    } catch (cause) {
      failures.push(new ReleaseFailedError(this.#describe(entry), cause));
      return undefined;
    }
  }

  async #await(
    entry: Entry,
    pending: PromiseLike<unknown>,
    at: { deadline: Deadline; failures: Error[] },
  ): Promise<void> {
    const what = this.#describe(entry);
    try {
      await at.deadline.wait(
        pending,
        () => new StopTimeoutError(what, at.deadline.ms, labelsOf(entry.inside?.() ?? [])),
      );
    } catch (cause) {
      const error = errorOf(cause);
      if (error instanceof ScopeCloseError) at.failures.push(...(error.errors as Error[]));
      else at.failures.push(error instanceof StopTimeoutError ? error : new ReleaseFailedError(what, cause));
    }
  }

  #describe(entry: Entry): string {
    const birth = entry.birth?.place;
    return `${entry.kind} "${entry.label}" in scope "${this.name}"${birth ? ` (from ${birth})` : ''}`;
  }

  #report(error: Error): void {
    this.#options.events.emit('release-failed', { service: this.#options.service, error });
  }
}

/** Whether something must be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Owned things as a list in a sentence. */
export function labelsOf(nodes: readonly OwnershipNode[]): string {
  return nodes.map((node) => `${node.kind} "${node.label}"`).join(', ');
}
