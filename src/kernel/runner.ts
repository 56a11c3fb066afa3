// Runner: starts and stops one thing, any number of times; the engine under every managed class.
import { checkDuration } from './clock.js';
import { Deadline } from './deadline.js';
import { errorOf, ScopeCloseError, StartAbortedError, StartTimeoutError, StopTimeoutError } from './errors.js';
import { type Environment, type Home, settle } from './home.js';
import { isThenable, labelsOf, Scope } from './scope.js';

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

/** One more step of every start, run after `onStart`; what it opens belongs to the run. */
export type Attachment = (run: Scope) => unknown;

/** One start under way, until it is given up. */
class Attempt {
  hookDone = false;
  /** Why it was given up, if it was. */
  reason: Error | undefined;
  readonly givenUp: Promise<never>;
  #reject: (reason: Error) => void = () => {};

  constructor() {
    this.givenUp = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.givenUp.catch(() => {});
  }

  giveUp(reason: Error): void {
    this.reason ??= reason;
    this.#reject(reason);
  }

  /** @throws why it was given up */
  check(): void {
    if (this.reason) throw this.reason;
  }
}

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
  /** Called once everything has been released, so that whoever owns it can forget it. */
  onDisposed: (() => void) | undefined;
  #environment: Environment;
  #hooks: Hooks = {};
  #attachments: Attachment[] = [];
  #phase: Phase = 'stopped';
  #failure: Error | undefined;
  #overran = false;
  #attempt: Attempt | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #disposing: Promise<void> | undefined;

  constructor(name: string, environment: Environment, options: RunnerOptions = {}) {
    this.name = name;
    this.#environment = environment;
    this.startTimeout = options.startTimeout ?? 15_000;
    this.stopTimeout = options.stopTimeout ?? 5_000;
    checkDuration(`startTimeout of ${name}`, this.startTimeout);
    checkDuration(`stopTimeout of ${name}`, this.stopTimeout);
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

  /** Whether something of the last run did not end within its deadline and was left behind. */
  get overran(): boolean {
    return this.#overran;
  }

  /** Says whose hooks to call, and makes this the home of the instance. */
  bind(instance: object, hooks: Hooks): void {
    this.#hooks = hooks;
    settle(instance, this);
  }

  /** Adds a step to every start from now on. */
  attach(attachment: Attachment): void {
    this.#attachments.push(attachment);
  }

  /** Lives in another environment from now on. */
  move(environment: Environment): void {
    this.#environment = environment;
    this.scope.move(environment);
  }

  /** Starts; concurrent calls share one promise, and a running one is left alone. */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
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
    this.#reportAll(await this.#close(this.scope));
    this.onDisposed?.();
  }

  async #start(): Promise<void> {
    const attempt = new Attempt();
    this.#attempt = attempt;
    try {
      await this.#stopping;
      attempt.check();
      if (this.#phase !== 'running') await this.#rise(attempt);
    } finally {
      this.#attempt = undefined;
    }
  }

  async #rise(attempt: Attempt): Promise<void> {
    const begun = this.#now();
    const run = this.scope.stage('run');
    settle(run, this);
    this.#phase = 'starting';
    this.#failure = undefined;
    this.#overran = false;
    this.#emit('starting', {});
    try {
      await this.#startWithin(run, attempt);
      this.#phase = 'running';
      this.#emit('started', { duration: this.#now() - begun });
    } catch (thrown) {
      await this.#fallBack(run, attempt);
      this.#emit('start-failed', { duration: this.#now() - begun, error: errorOf(thrown) });
      throw thrown;
    }
  }

  async #startWithin(run: Scope, attempt: Attempt): Promise<void> {
    const work = this.#begin(run, attempt);
    if (!work) return attempt.check();
    try {
      const missed = () => new StartTimeoutError(this.name, this.startTimeout, waitsOf(run));
      await new Deadline(this.startTimeout).wait(Promise.race([work, attempt.givenUp]), missed);
      attempt.check();
    } catch (thrown) {
      run.abort(thrown);
      await this.#awaitAborted(work);
      throw thrown;
    }
  }

  /** An aborted start should come to its end by itself; one that does not is reported, and left behind. */
  async #awaitAborted(work: Promise<void>): Promise<void> {
    const late = () => new StopTimeoutError(`${this.name}.onStart()`, this.stopTimeout);
    try {
      await new Deadline(this.stopTimeout).wait(work, late);
    } catch (thrown) {
      if (thrown instanceof StopTimeoutError) this.#reportAll([thrown]);
    }
  }

  /** Undefined when there is nothing to wait for, as in most of a large graph: then no deadline is set up either. */
  #begin(run: Scope, attempt: Attempt): Promise<void> | undefined {
    try {
      const hook = this.#hooks.onStart?.();
      if (isThenable(hook) || this.#attachments.length > 0) return this.#work(hook, run, attempt);
      attempt.hookDone = true;
      return undefined;
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  async #work(hook: unknown, run: Scope, attempt: Attempt): Promise<void> {
    await hook;
    attempt.hookDone = true;
    for (const attachment of this.#attachments) {
      if (attempt.reason) return;
      await attachment(run);
    }
  }

  /** A failed start leaves nothing behind. `onStop` only runs when `onStart` had come to its end. */
  async #fallBack(run: Scope, attempt: Attempt): Promise<void> {
    this.#phase = 'stopping';
    const failures = attempt.hookDone ? await this.#callOnStop() : [];
    this.#reportAll([...failures, ...(await this.#close(run))]);
    this.#phase = 'stopped';
  }

  async #stop(): Promise<void> {
    if (this.#starting) await this.#starting.catch(() => {});
    if (this.#phase !== 'running') return;
    const begun = this.#now();
    this.#phase = 'stopping';
    this.scope.current.seal();
    this.#emit('stopping', {});
    await this.scope.current.drain(new Deadline(this.stopTimeout));
    const failures = await this.#callOnStop();
    failures.push(...(await this.#closeStage()));
    this.#phase = 'stopped';
    this.#reportAll(failures);
    this.#emit('stopped', { duration: this.#now() - begun, failures });
  }

  async #callOnStop(): Promise<Error[]> {
    const what = `${this.name}.onStop()`;
    try {
      const work = Promise.resolve().then(() => this.#hooks.onStop?.());
      const late = () => new StopTimeoutError(what, this.stopTimeout, labelsOf(this.scope.current.tree()));
      await new Deadline(this.stopTimeout).wait(work, late);
      return [];
    } catch (thrown) {
      return [errorOf(thrown)];
    }
  }

  #closeStage(): Promise<Error[]> {
    return this.scope.current === this.scope ? Promise.resolve([]) : this.#close(this.scope.current);
  }

  async #close(scope: Scope): Promise<Error[]> {
    try {
      await scope.close(new Deadline(this.stopTimeout));
      return [];
    } catch (thrown) {
      return thrown instanceof ScopeCloseError ? (thrown.errors as Error[]) : [errorOf(thrown)];
    }
  }

  #reportAll(failures: readonly Error[]): void {
    for (const error of failures) {
      this.#overran ||= error instanceof StopTimeoutError;
      this.#emit('release-failed', { error });
    }
  }

  #now(): number {
    return performance.now();
  }

  #emit(type: 'starting' | 'stopping', data: object): void;
  #emit(type: 'started', data: { duration: number }): void;
  #emit(type: 'start-failed', data: { duration: number; error: Error }): void;
  #emit(type: 'stopped', data: { duration: number; failures: readonly Error[] }): void;
  #emit(type: 'release-failed', data: { error: Error }): void;
  #emit(type: 'starting' | 'stopping' | 'started' | 'start-failed' | 'stopped' | 'release-failed', data: object): void {
    this.#environment.events.emit(type, { service: this.name, ...data } as never);
  }
}

function waitsOf(run: Scope): string {
  return run
    .tree()
    .filter((node) => node.label.startsWith('wait for '))
    .map((node) => node.label.slice('wait for '.length))
    .join(', ');
}
