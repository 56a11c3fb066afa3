// Runner: starts and stops one thing, any number of times; the engine under every managed class.
import { Attempt } from './attempt.js';
import { checkDuration, type Release, systemClock } from './clock.js';
import { labelsOf } from './closing.js';
import { Deadline } from './deadline.js';
import {
  errorOf,
  HookTimeoutError,
  InvalidOptionError,
  NotRunningError,
  ScopeClosedError,
  ScopeCloseError,
  StartAbortedError,
  StartTimeoutError,
  StopTimeoutError,
} from './errors.js';
import type { Events } from './events.js';
import { type Environment, type Home, inNameOf, settle } from './home.js';
import { type OwnershipNode, Scope } from './scope.js';
import { isThenable } from './thenable.js';

/** Stopped, on its way up, running, or on its way down. */
export type Phase = 'stopped' | 'starting' | 'running' | 'stopping';

/** What a runner calls on the thing that it runs. */
export interface Hooks {
  onStart?(): unknown;
  onStop?(): unknown;
}

export interface RunnerOptions {
  /** Milliseconds for `onStart` and what attaches to it. @default 15,000 */
  readonly startTimeout?: number;
  /** Milliseconds for `onStop`, and again for releasing. @default 5,000 */
  readonly stopTimeout?: number;
}

/** Who answers for a runner, and is told when it comes and goes. */
export interface Keeper {
  /** Whether it has the runner in its ledger at this moment. */
  readonly holds: boolean;
  /** Before each start. @throws to refuse it */
  starting(): void;
  /** After each stop. */
  stopped(): void;
  /** Once everything has been released. */
  disposed(): void;
}

/** One more step of every start, run after `onStart`; what it opens belongs to the run. */
export type Attachment = (run: Scope) => unknown;

/** Milliseconds of a start that nobody need be told of. */
const SLOW = 1_000;

const LEFT_BEHIND = 'a hook of its last run, which has not ended yet';

/** Two scopes, one phase, two hooks: what was acquired before the first start lives as long as the runner, the rest one run. */
export class Runner implements Home {
  readonly name: string;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  /** Takes what the thing acquires: of the instance before the first start, of the run from then on. */
  readonly scope: Scope;
  /** Set when an application starts and stops it. */
  managed = false;
  /** Where a fatal error goes, besides the report. */
  onFailure: ((error: Error) => void) | undefined;
  /** Who owns it, if somebody does. */
  keeper: Keeper | undefined;
  #environment: Environment;
  #hooks: Hooks = {};
  #attachments: readonly Attachment[] | undefined;
  #phase: Phase = 'stopped';
  #failure: Error | undefined;
  #overran: readonly string[] = [];
  /** Resolves when the hooks that earlier runs have left behind have ended. */
  #left: Promise<unknown> | undefined;
  #attempt: Attempt | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #disposing: Promise<void> | undefined;

  constructor(name: string, environment: Environment, { startTimeout, stopTimeout }: RunnerOptions = {}) {
    this.name = name;
    this.#environment = environment;
    if (startTimeout !== undefined) checkDuration(`startTimeout of ${name}`, startTimeout, InvalidOptionError);
    if (stopTimeout !== undefined) checkDuration(`stopTimeout of ${name}`, stopTimeout, InvalidOptionError);
    this.startTimeout = startTimeout ?? 15_000;
    this.stopTimeout = stopTimeout ?? 5_000;
    const { clock, events, births } = environment;
    this.scope = new Scope(name, { clock, events, births, staged: true });
    settle(this.scope, this);
  }

  get environment(): Environment {
    return this.#environment;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The error it failed with while running, until the next start. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** What of the last run did not end within its deadline and was left behind. */
  get overran(): readonly string[] {
    return this.#overran;
  }

  /** Says whose hooks to call, and makes this the home of the instance. */
  bind(instance: object, hooks: Hooks): void {
    this.#hooks = hooks;
    settle(instance, this);
  }

  /** Adds a step to every start from now on. */
  attach(attachment: Attachment): void {
    this.#attachments = [...(this.#attachments ?? []), attachment];
  }

  /** Lives in another environment from now on. */
  move(environment: Environment): void {
    this.#environment = environment;
    this.scope.move(environment);
  }

  /** Starts; concurrent calls share one promise, and a running one is left alone. */
  start(): Promise<void> {
    this.#starting ??= this.#untilStarted(this.#start());
    return this.#starting;
  }

  /** Like `start()`, but at once, and without a promise when there is nothing to wait for: so it is for most of a large graph. */
  startNow(): Promise<void> | undefined {
    const idle =
      this.#phase === 'stopped' &&
      !this.#starting &&
      !this.#stopping &&
      !this.#left &&
      !this.scope.closing &&
      !this.keeper;
    if (!idle) return this.start();
    const rising = this.#rise(new Attempt());
    if (rising) this.#starting = this.#untilStarted(rising);
    return this.#starting;
  }

  /** Stops; never rejects. During a start it wins. What did not go quietly is reported as events. */
  stop(): Promise<void> {
    this.#attempt?.giveUp(new StartAbortedError(this.name, 'it was stopped meanwhile'));
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  /** Gives a start under way up, for a reason. */
  abortStart(why: string, cause?: unknown): void {
    this.#attempt?.giveUp(new StartAbortedError(this.name, why, cause));
  }

  /** Stops, then releases what the instance itself owns. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  /** Hands a fatal error to whoever supervises. */
  fail(thrown: Error): void {
    const error = errorOf(thrown);
    this.#environment.events.emit('failed', { service: this.name, error });
    // What ends because it is being stopped has not failed.
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    this.#failure = error;
    this.onFailure?.(error);
  }

  async #dispose(): Promise<void> {
    await this.stop();
    this.#reportAll(await this.#failuresOf(this.scope.close(new Deadline(this.stopTimeout))));
    this.keeper?.disposed();
  }

  #untilStarted(start: Promise<void>): Promise<void> {
    return start.finally(() => {
      this.#starting = undefined;
      this.#attempt = undefined;
    });
  }

  async #start(): Promise<void> {
    const attempt = new Attempt();
    this.#attempt = attempt;
    await this.#stopping;
    attempt.check();
    if (this.#left) await this.#outlive(this.#left, attempt);
    if (this.#phase !== 'running') await this.#rise(attempt);
  }

  #rise(attempt: Attempt): Promise<void> | undefined {
    const begun = performance.now();
    this.keeper?.starting();
    this.#attempt = attempt;
    this.scope.stage('run');
    this.#phase = 'starting';
    this.#failure = undefined;
    this.#overran = [];
    this.#events.emit('starting', { service: this.name });
    const work = this.#begin(attempt);
    if (work || attempt.reason) return this.#riseSlowly(attempt, begun, work);
    this.#risen(begun);
    return undefined;
  }

  #risen(begun: number): void {
    this.#attempt = undefined;
    this.#phase = 'running';
    this.#events.emit('started', { service: this.name, duration: performance.now() - begun });
  }

  async #riseSlowly(attempt: Attempt, begun: number, work: Promise<void> | undefined): Promise<void> {
    try {
      if (work) await this.#startWithin(work, attempt);
      attempt.check();
      this.#risen(begun);
    } catch (thrown) {
      await this.#fallBack(attempt);
      const duration = performance.now() - begun;
      this.#events.emit('start-failed', { service: this.name, duration, error: errorOf(thrown) });
      throw thrown;
    }
  }

  async #startWithin(work: Promise<void>, attempt: Attempt): Promise<void> {
    const release = this.#tellWhenSlow();
    try {
      await new Deadline(this.startTimeout).wait(Promise.race([work, attempt.givenUp]), () => this.#late());
      attempt.check();
    } catch (thrown) {
      release();
      attempt.giveUp(errorOf(thrown));
      this.scope.current.abort(thrown);
      await this.#awaitAborted(work, thrown);
      throw thrown;
    }
    release();
  }

  /** Said once, long before it is too late. */
  #tellWhenSlow(): Release {
    const after = Math.max(SLOW, this.startTimeout / 3);
    if (after >= this.startTimeout) return () => {};
    return systemClock.setTimeout(
      () => this.#events.emit('start-slow', { service: this.name, duration: after, limit: this.startTimeout }),
      after,
    );
  }

  #late(): Error {
    const [limit, more] = [this.startTimeout, this.stopTimeout];
    this.#events.emit('start-late', { service: this.name, limit, more });
    const nodes = this.scope.current.tree();
    return new StartTimeoutError(this.name, limit, waitsOf(nodes), labelsOf(nodes));
  }

  /** An aborted start should come to its end by itself; one that does not is reported, and left behind. So is an error of its own, which nobody else would hear of. */
  async #awaitAborted(work: Promise<void>, reason: unknown): Promise<void> {
    const late = () => new HookTimeoutError(this.name, 'onStart', this.stopTimeout);
    try {
      await new Deadline(this.stopTimeout).wait(work, late);
    } catch (thrown) {
      if (thrown === reason || isConsequence(thrown)) return;
      if (thrown instanceof StopTimeoutError) this.#leaveBehind(work);
      this.#reportAll([errorOf(thrown)]);
    }
  }

  /** Undefined when there is nothing to wait for: then no deadline is set up either. */
  #begin(attempt: Attempt): Promise<void> | undefined {
    try {
      const hook = inNameOf(this, () => this.#hooks.onStart?.());
      if (isThenable(hook) || this.#attachments) return this.#work(hook, attempt);
      attempt.hookDone = true;
      return undefined;
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  /** A hook that is still running acquires things in the name of this instance, and they would land in the new run. */
  async #outlive(left: Promise<unknown>, attempt: Attempt): Promise<void> {
    const missed = () => new StartTimeoutError(this.name, this.startTimeout, LEFT_BEHIND);
    await new Deadline(this.startTimeout).wait(Promise.race([left, attempt.givenUp]), missed);
  }

  #leaveBehind(work: PromiseLike<unknown>): void {
    const left = Promise.allSettled([this.#left, work]).finally(() => {
      if (this.#left === left) this.#left = undefined;
    });
    this.#left = left;
  }

  async #work(hook: unknown, attempt: Attempt): Promise<void> {
    await hook;
    attempt.hookDone = true;
    for (const attachment of this.#attachments ?? []) {
      if (attempt.reason) return;
      await inNameOf(this, () => attachment(this.scope.current));
    }
  }

  /** A failed start leaves nothing behind. `onStop` only runs when `onStart` had come to its end. */
  async #fallBack(attempt: Attempt): Promise<void> {
    this.#phase = 'stopping';
    const failures = attempt.hookDone ? await this.#callOnStop() : [];
    this.#reportAll([...failures, ...(await this.#closeStage())]);
    this.#phase = 'stopped';
    this.keeper?.stopped();
  }

  async #stop(): Promise<void> {
    // Its own onStart may ask for it, before there is a promise of the start to wait for.
    if (this.#phase === 'starting') await undefined;
    if (this.#starting) await this.#starting.catch(() => {});
    if (this.#phase !== 'running') return;
    const begun = performance.now();
    this.#phase = 'stopping';
    this.scope.seal();
    this.#events.emit('stopping', { service: this.name });
    await this.scope.drain(new Deadline(this.stopTimeout));
    const failures = await this.#callOnStop();
    failures.push(...(await this.#closeStage()));
    this.#phase = 'stopped';
    this.keeper?.stopped();
    this.#reportAll(failures);
    this.#events.emit('stopped', { service: this.name, duration: performance.now() - begun, failures });
  }

  async #callOnStop(): Promise<Error[]> {
    if (!this.#hooks.onStop) return [];
    const work = Promise.resolve().then(() => inNameOf(this, () => this.#hooks.onStop?.()));
    const late = () => {
      this.#leaveBehind(work);
      work.catch((thrown) => this.#reportAll([errorOf(thrown)]));
      return new HookTimeoutError(this.name, 'onStop', this.stopTimeout);
    };
    try {
      await new Deadline(this.stopTimeout).wait(work, late);
      return [];
    } catch (thrown) {
      return [errorOf(thrown)];
    }
  }

  #closeStage(): Promise<Error[]> {
    return this.#failuresOf(this.scope.closeStage(new Deadline(this.stopTimeout)));
  }

  async #failuresOf(closing: Promise<void>): Promise<Error[]> {
    try {
      await closing;
      return [];
    } catch (thrown) {
      return thrown instanceof ScopeCloseError ? (thrown.errors as Error[]) : [errorOf(thrown)];
    }
  }

  #reportAll(failures: readonly Error[]): void {
    for (const error of failures) {
      if (error instanceof StopTimeoutError) this.#overran = [...this.#overran, error.left];
      this.#events.emit('release-failed', { service: this.name, error });
    }
  }

  get #events(): Events {
    return this.#environment.events;
  }
}

/** What work throws only because it was aborted. */
function isConsequence(thrown: unknown): boolean {
  const { name } = errorOf(thrown);
  return name === 'AbortError' || thrown instanceof NotRunningError || thrown instanceof ScopeClosedError;
}

function waitsOf(open: readonly OwnershipNode[]): string {
  return open
    .filter((node) => node.label.startsWith('wait for '))
    .map((node) => node.label.slice('wait for '.length))
    .join(', ');
}
