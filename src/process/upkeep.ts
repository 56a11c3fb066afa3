// Upkeep: runs a command, runs it again as its policy says, and ends it: the engine under a process.
import { makeAbort } from '../kernel/abort.js';
import { errorOf, NotRunningError } from '../kernel/errors.js';
import type { Health } from '../kernel/health.js';
import type { Environment } from '../kernel/home.js';
import { RestartBudget, restartPolicy } from '../kernel/restart-budget.js';
import type { Runner } from '../kernel/runner.js';
import { type Child, type Command, spawnChild } from './child.js';
import { type ProcessExit, ProcessExitError, ProcessGaveUpError } from './errors.js';
import { orphansOf } from './mark.js';
import type { ProcessRestart, ProcessSettings } from './options.js';
import type { Output } from './output.js';
import { untilReady, wordsOf } from './readiness.js';
import { endAll, endGroup, endStrays, type Patience, readToEnd } from './termination.js';
import type { Turns } from './turns.js';

/** What it works with. */
export interface Means {
  readonly command: Command;
  readonly settings: ProcessSettings;
  /** stdout, stderr. */
  readonly outputs: readonly [Output, Output];
  readonly runner: Runner;
  readonly turns: Turns;
}

/** From a start to an end that nobody starts again from. */
interface Run {
  readonly budget: RestartBudget;
  /** Aborted when it is to end. */
  readonly halt: AbortController;
  readonly over: Promise<ProcessExit>;
  readonly end: (exit: ProcessExit) => void;
}

/** One child at a time. */
export class Upkeep {
  readonly #means: Means;
  #run: Run | undefined;
  #child: Child | undefined;
  /** The end of each child happens once, whoever asks for it. */
  #endings = new WeakMap<Child, Promise<void>>();
  #keeping: Promise<void> = Promise.resolve();
  #restarts = 0;
  /** Why it does not run, while it is to run again, or for good. */
  #trouble: Error | undefined;
  #killAt = Number.POSITIVE_INFINITY;

  constructor(means: Means) {
    this.#means = means;
  }

  /** The child that is, or was, the last. */
  get child(): Child | undefined {
    return this.#child;
  }

  /** Resolves when it has ended and is not started again. @throws SPECTER_NOT_RUNNING before the first start */
  get over(): Promise<ProcessExit> {
    if (!this.#run) return Promise.reject(new NotRunningError(this.#name, 'be waited for', 'not started'));
    return this.#run.over;
  }

  /** Whether it has ended, and is on its way back. */
  get returning(): boolean {
    const { runner } = this.#means;
    const exit = this.#child?.exit;
    return exit !== undefined && runner.phase === 'running' && !runner.failure && this.#comesBackFrom(exit);
  }

  health(running: boolean): Health {
    const restarts = this.#restarts;
    const { exit, pid } = this.#child ?? {};
    if (running && !this.#trouble) return { status: 'up', pid, restarts };
    if (this.#trouble) {
      const waits = this.#means.runner.phase === 'running' && !this.#means.runner.failure;
      return { status: waits ? 'degraded' : 'down', restarts, error: this.#trouble.message };
    }
    return exit?.code === 0 ? { status: 'up', exitCode: 0, restarts } : { status: 'down', restarts };
  }

  /** The time of its owner is over then. */
  hurry(end: number): void {
    this.#killAt = Math.min(this.#killAt, end);
  }

  /** What a start does. @throws SPECTER_SPAWN, SPECTER_NOT_READY, SPECTER_PROCESS_EXIT; nothing is left then */
  async begin(): Promise<void> {
    const { runner, settings } = this.#means;
    const run = makeRun(new RestartBudget(restartPolicy(settings.restart as object)));
    runner.scope.signal.addEventListener('abort', () => run.halt.abort(runner.scope.signal.reason), { once: true });
    this.#restarts = 0;
    this.#trouble = undefined;
    this.#killAt = Number.POSITIVE_INFINITY;
    await this.#sweep();
    this.#keeping = this.#keep(await this.#launch(run), run);
  }

  /** What a stop does. */
  async end(): Promise<void> {
    const run = this.#run;
    const child = this.#child;
    if (!run || !child) return;
    run.halt.abort(new NotRunningError(this.#name, 'go on', 'stopping'));
    try {
      await this.#endOf(child);
    } finally {
      // One that even SIGKILL cannot end is not waited for.
      if (child.exit) await this.#keeping;
      for (const output of this.#means.outputs) output.end();
      run.end(this.#child?.exit ?? { code: null, signal: 'SIGKILL' });
    }
  }

  get #name(): string {
    return this.#means.command.name;
  }

  get #policy(): ProcessRestart['on'] {
    return this.#means.settings.restart.on ?? 'never';
  }

  get #environment(): Environment {
    return this.#means.runner.environment;
  }

  get #patience(): Patience {
    return { ...this.#means.settings, killAt: () => this.#killAt };
  }

  async #sweep(): Promise<void> {
    const pids = orphansOf(this.#name);
    if (pids.length === 0) return;
    await endAll(pids, this.#patience);
    this.#environment.events.emit('process-swept', { service: this.#name, pids });
  }

  async #launch(run: Run): Promise<Child> {
    const begun = performance.now();
    const { signal } = run.halt;
    const { command, settings, outputs } = this.#means;
    signal.throwIfAborted();
    const child = await spawnChild(command);
    this.#child = child;
    outputs[0].connect(child.stdout);
    outputs[1].connect(child.stderr);
    try {
      signal.throwIfAborted();
      const rising = { ...settings, name: this.#name, child, outputs, clock: this.#environment.clock, signal };
      if (settings.ready) await untilReady(settings.ready, rising);
    } catch (thrown) {
      await this.#endOf(child);
      throw thrown;
    }
    run.budget.started(this.#environment.clock.monotonic());
    this.#run = run;
    this.#trouble = undefined;
    this.#means.turns.ready({ pid: child.pid, duration: performance.now() - begun, restarts: this.#restarts });
    return child;
  }

  /** As long as somebody is to run. */
  async #keep(first: Child, run: Run): Promise<void> {
    for (let child: Child | undefined = first; child; child = await this.#next(child, run)) {
      await child.exited;
      // Reported where it is waited for; here only what comes next matters.
      await this.#endOf(child).catch((error) => this.#report(errorOf(error)));
    }
  }

  async #next(child: Child, run: Run): Promise<Child | undefined> {
    if (run.halt.signal.aborted) return undefined;
    const exit = child.exit as ProcessExit;
    const error = new ProcessExitError(this.#name, exit, { lastWords: wordsOf(this.#means) });
    const next = this.#comesBackFrom(exit) ? await this.#comeBack(error, run) : undefined;
    if (next || run.halt.signal.aborted) return next;
    if (this.#policy === 'never' && exit.code !== 0) this.#trouble = error;
    void this.#means.runner.stop();
    return undefined;
  }

  #comesBackFrom({ code }: ProcessExit): boolean {
    return this.#policy === 'always' || (this.#policy === 'failure' && code !== 0);
  }

  /** Tries until it runs, it is to end, or it has been tried too often. */
  async #comeBack(exit: Error, run: Run): Promise<Child | undefined> {
    for (let error = exit; ; ) {
      this.#trouble = error;
      const retry = run.budget.failed(this.#environment.clock.monotonic());
      if (!retry) return this.#giveUp(error, run);
      this.#environment.events.emit('process-restarting', { service: this.#name, error, ...retry });
      await this.#environment.clock.sleep(retry.delay, { signal: run.halt.signal }).catch(() => {});
      if (run.halt.signal.aborted) return undefined;
      try {
        this.#restarts += 1;
        return await this.#launch(run);
      } catch (thrown) {
        if (run.halt.signal.aborted) return undefined;
        error = errorOf(thrown);
      }
    }
  }

  #giveUp(error: Error, run: Run): undefined {
    this.#trouble = new ProcessGaveUpError(this.#name, run.budget.policy, error);
    this.#means.runner.fail(this.#trouble);
  }

  #endOf(child: Child): Promise<void> {
    const ending = this.#endings.get(child) ?? this.#endChild(child);
    this.#endings.set(child, ending);
    return ending;
  }

  /** Goes on reading meanwhile: who waits for somebody to read hears no signal. */
  async #endChild(child: Child): Promise<void> {
    const asked = child.exit === undefined;
    const { outputs } = this.#means;
    for (const output of outputs) output.drain();
    try {
      await endGroup(this.#name, child, this.#patience);
      const pids = await endStrays(child, this.#patience);
      if (pids.length > 0) this.#environment.events.emit('process-escaped', { service: this.#name, pids });
    } finally {
      await readToEnd(child, () => {
        for (const output of outputs) output.cut();
      });
      const exit = child.exit ?? { code: null, signal: null };
      const duration = performance.now() - child.since;
      this.#means.turns.exited({ pid: child.pid, exit, duration, asked });
    }
  }

  #report(error: Error): void {
    this.#environment.events.emit('release-failed', { service: this.#name, error });
  }
}

function makeRun(budget: RestartBudget): Run {
  let end: Run['end'] = () => {};
  const over = new Promise<ProcessExit>((resolve) => {
    end = resolve;
  });
  return { budget, halt: makeAbort(), over, end };
}
