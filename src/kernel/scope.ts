// Scope: what is open and who owns it; closes in reverse.
import { LazyAbort } from './abort.js';
import { Birth } from './birth.js';
import { type Clock, type Release, systemClock } from './clock.js';
import { Closing, describe } from './closing.js';
import { Deadline } from './deadline.js';
import { NotRunningError, ReleaseFailedError, ScopeClosedError, ScopeCloseError, StopTimeoutError } from './errors.js';
import { Events } from './events.js';
import type { Home } from './home.js';
import { releaseOf } from './release.js';
import { type SpawnOptions, startTask, type Task } from './task.js';
import { isThenable } from './thenable.js';
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
  release(): unknown;
  /** Before `onStop`: take no more calls, and tell when those at hand have ended. */
  drain?(): unknown;
  /** First pass of closing: stop making new work, and tell when the work at hand has ended. When it is `release` itself, that was all. */
  quiesce?(): unknown;
  /** The signal of its scope has aborted ahead of closing. */
  cancel?(): void;
  inside?(): readonly OwnershipNode[];
  /** File and line of the acquisition; the scope writes it down. */
  birth?: Birth | undefined;
  /** The scope that it stands for, if it is one. */
  readonly scope?: Scope;
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

/** How far a stage is, whether or not it has been opened. */
type StageState = 'awaited' | 'open' | 'sealed' | 'closed';

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
  /** Whose work this is, for reports. */
  readonly service: string;
  /** Where it belongs, if an owner has moved in. */
  home: Home | undefined;
  #clock: Clock;
  #events: Events;
  #births: boolean;
  /** Made for the first thing that it owns: of thousands of scopes, most never own any. */
  #owned: Set<Holding> | undefined;
  readonly #abort = new LazyAbort();
  #stage: Scope | undefined;
  #stageName = '';
  #stageState: StageState | undefined;
  #sealed = false;
  #closing: Promise<void> | undefined;
  /** The deadline of the closing under way, which children share. */
  #deadline: Deadline | undefined;
  #pass: Closing | undefined;
  #parent: Scope | undefined;
  /** Its place in its parent. */
  #entry: Holding | undefined;

  /** @param name - shows in errors and in the ownership tree */
  constructor(name: string, options: ScopeOptions = {}) {
    const { clock = systemClock, events = new Events(clock), births = true, service = name } = options;
    this.name = name;
    this.service = service;
    this.#clock = clock;
    this.#events = events;
    this.#births = births;
    this.#stageState = options.staged ? 'awaited' : undefined;
  }

  /** Aborted as soon as closing begins. */
  get signal(): AbortSignal {
    return this.current.#abort.signal;
  }

  /** Whether it takes nothing more. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** How many things it owns at this moment. */
  get size(): number {
    return this.#owned?.size ?? 0;
  }

  get clock(): Clock {
    return this.#clock;
  }

  get events(): Events {
    return this.#events;
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
    return this.current.#open(name);
  }

  /**
   * From now on a scope of its own, opened when first needed, takes everything acquired, until the next stage. What came before stays here.
   *
   * @throws SPECTER_SCOPE_CLOSED when this one takes nothing more
   */
  stage(name: string): void {
    if (this.#closing) throw new ScopeClosedError(this.name, `stage "${name}"`);
    this.#stage = undefined;
    this.#stageName = name;
    this.#stageState = 'open';
  }

  /** The scope that takes what is acquired now: its stage, or itself. */
  get current(): Scope {
    if (this.#stageState === undefined || this.#stageState === 'awaited') return this;
    this.#stage ??= this.#openStage(this.#stageState);
    return this.#stage;
  }

  /** It, or its stage, takes no more timers, tasks and listeners; what it has goes on until it closes. */
  seal(): void {
    if (this.#stageState === undefined) this.#sealed = true;
    if (this.#stageState === 'open') this.#stageState = 'sealed';
    this.#stage?.seal();
  }

  /** Ends the taking of calls, here or in its stage, and waits for those at hand until the deadline; what is left then is cut off by closing. */
  async drain(deadline: Deadline): Promise<void> {
    const scope = this.#stage ?? this;
    const busy = [...(scope.#owned ?? [])].map((holding) => holding.drain?.()).filter(isThenable);
    const late = () => new StopTimeoutError(`Scope "${scope.name}"`, deadline.ms);
    if (busy.length > 0) await deadline.wait(Promise.allSettled(busy), late).catch(() => {});
  }

  /** Closes its stage; there is nothing to do for one in which nothing was acquired. @throws as `close()` does */
  async closeStage(deadline: Deadline): Promise<void> {
    if (this.#stageState === undefined || this.#stageState === 'awaited') return;
    this.#stageState = 'closed';
    await this.#stage?.close(deadline);
  }

  /** Aborts the signal ahead of closing. */
  abort(reason: unknown): void {
    this.#abort.abort(() => reason);
    for (const holding of this.#owned ?? []) holding.cancel?.();
  }

  /** Lives by another clock and reports elsewhere from now on. */
  move({ clock, events, births }: Required<Pick<ScopeOptions, 'clock' | 'events' | 'births'>>): void {
    this.#clock = clock;
    this.#events = events;
    this.#births = births;
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

  /** @param doing - what is about to begin, and `about` what, for the error @throws SPECTER_NOT_RUNNING unless work may begin in it now */
  demand(doing: string, about: string): void {
    this.#active(doing, about);
  }

  /** Owns one thing of any kind. The returned function gives it back early. */
  hold(holding: Holding): Release {
    const taker = this.take(holding);
    return () => taker.giveBack(holding);
  }

  /** Owns one thing of any kind; all ways of owning come through here. @returns the scope that has it now: this one, or its stage */
  take(holding: Holding): Scope {
    const { current } = this;
    if (current !== this) return current.take(holding);
    if (this.#births) holding.birth = new Birth();
    if (this.#closing) this.#refuse(holding);
    this.#owned ??= new Set();
    this.#owned.add(holding);
    return this;
  }

  /** Releases one thing ahead of closing, if it is still there. */
  giveBack(holding: Holding): void {
    if (this.#owned?.delete(holding)) this.#releaseEarly(holding);
  }

  /** Strikes out what has ended by itself. */
  forget(holding: Holding): void {
    this.#owned?.delete(holding);
  }

  /**
   * Closes once; later calls get the same promise. Everything runs, whatever fails.
   *
   * @param deadline - one budget for all of it; by default 5,000 ms from now
   * @throws all failures together, each by its path
   */
  close(deadline?: Deadline): Promise<void> {
    if (!this.#stage && this.#stageState) this.#stageState = 'closed';
    this.#closing ??= Promise.resolve().then(() => this.#closeAll(deadline ?? new Deadline(CLOSE_TIMEOUT)));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it owns, as data. */
  tree(): readonly OwnershipNode[] {
    return [...(this.#owned ?? [])].flatMap((holding) => {
      const children = holding.inside?.() ?? [];
      if (holding.scope && holding.scope === this.#stage) return children;
      const birth = holding.birth?.place;
      return [{ kind: holding.kind, label: holding.label, ...(birth ? { birth } : {}), children }];
    });
  }

  #openStage(state: StageState): Scope {
    const stage = state === 'closed' ? this.#closed(this.#stageName) : this.#open(this.#stageName);
    stage.#sealed = state === 'sealed';
    stage.home = this.home;
    return stage;
  }

  #open(name: string): Scope {
    const child = this.#make(name);
    const entry: Holding = {
      kind: 'scope',
      label: name,
      quiesce: () => child.#quiesce(this.#deadline),
      release: () => child.close(this.#deadline),
      cancel: () => child.abort(this.#abort.signal.reason),
      inside: () => child.tree(),
      scope: child,
    };
    if (this.#closing) this.#refuse(entry);
    this.#owned ??= new Set();
    this.#owned.add(entry);
    child.#parent = this;
    child.#entry = entry;
    return child;
  }

  /** One that nobody opened before its time was over. */
  #closed(name: string): Scope {
    const child = this.#make(name);
    child.#closing = Promise.resolve();
    child.#abortWork();
    return child;
  }

  #make(name: string): Scope {
    const options = { clock: this.#clock, events: this.#events, births: this.#births, service: this.service };
    return new Scope(`${this.name}/${name}`, options);
  }

  #active(doing: string, about?: string): Scope {
    const { current } = this;
    if (current !== this) return current.#active(doing, about);
    const what = () => (about === undefined ? doing : `${doing} "${about}"`);
    if (this.#stageState === 'awaited') throw new NotRunningError(this.service, what(), 'not started');
    if (this.#closing || this.#sealed || this.#abort.aborted)
      throw new NotRunningError(this.service, what(), 'stopping or stopped');
    // What was forked from a scope works while that does; a stage has work of its own.
    if (this.#parent && this.#parent.#stage !== this) this.#parent.#active(doing, about);
    return this;
  }

  #refuse(holding: Holding): never {
    this.#releaseEarly(holding);
    throw new ScopeClosedError(this.name, describe(holding, this.name));
  }

  #releaseEarly(holding: Holding): void {
    try {
      const pending = holding.release();
      if (isThenable(pending)) pending.then(undefined, (cause) => this.#releaseFailed(holding, cause));
    } catch (cause) {
      this.#releaseFailed(holding, cause);
    }
  }

  #releaseFailed(holding: Holding, cause: unknown): void {
    const error = new ReleaseFailedError(describe(holding, this.name), cause);
    this.#events.emit('release-failed', { service: this.service, error });
  }

  #abortWork(): void {
    this.#abort.abort(() => new ScopeClosedError(this.name, 'This work'));
  }

  /** First pass of closing, which a fork goes through together with its parent. */
  #quiesce(deadline = new Deadline(CLOSE_TIMEOUT)): Promise<void> | undefined {
    this.#deadline ??= deadline;
    this.#abortWork();
    if (!this.#owned) return undefined;
    this.#pass ??= new Closing(this.name, this.#owned, this.#deadline);
    return this.#pass.quiesce();
  }

  async #closeAll(deadline: Deadline): Promise<void> {
    await this.#quiesce(deadline);
    await this.#pass?.release();
    const failures = this.#pass?.failures ?? [];
    if (this.#parent && this.#entry) this.#parent.#owned?.delete(this.#entry);
    if (failures.length > 0) throw new ScopeCloseError(this.name, failures);
  }
}
