// Task: one piece of owned work with a label, a signal and a result.
import { makeAbort } from './abort.js';
import { checkDuration } from './clock.js';
import { errorOf, InvalidArgumentError } from './errors.js';
import { checkOptionKeys } from './option-keys.js';
import type { Holding, Scope } from './scope.js';

export interface SpawnOptions {
  /** Names the task in errors and in the ownership tree. @default the function's name */
  readonly label?: string;
  /** Milliseconds to wait before the work begins. @default 0 */
  readonly delay?: number;
  /** A rejection fails the whole owner instead of only being reported. @default false */
  readonly critical?: boolean;
  /** Where the rejection of a critical task goes. */
  readonly onCritical?: (error: Error) => void;
}

const KEYS = ['label', 'delay', 'critical', 'onCritical'] satisfies (keyof SpawnOptions)[];

/** One piece of owned work. */
export interface Task {
  readonly label: string;
  /** Aborted by `cancel()` and when the owner stops. */
  readonly signal: AbortSignal;
  readonly running: boolean;
  /** Resolves when the work has ended, however it ended; its error is reported, not thrown here. */
  readonly done: Promise<void>;
  /** Aborts the signal; the work decides when it ends. */
  cancel(): void;
}

/** Begins `work` under `scope`. Its failure is reported with the owner's name and stops nobody else. */
export function startTask(scope: Scope, work: (signal: AbortSignal) => unknown, options: SpawnOptions): Task {
  if (typeof work !== 'function') throw new InvalidArgumentError(`${scope.service}.spawn()`, 'a function', work);
  checkOptionKeys(`${scope.service}.spawn()`, options, KEYS);
  if (options.delay !== undefined) checkDuration(`${scope.service}.spawn()`, options.delay);
  return new OwnedTask(scope, work, options);
}

/** One object for all that a task needs: there may be very many. */
class OwnedTask implements Task, Holding {
  readonly label: string;
  readonly done: Promise<void>;
  readonly #scope: Scope;
  readonly #abort = makeAbort();
  #running = true;

  constructor(scope: Scope, work: (signal: AbortSignal) => unknown, options: SpawnOptions) {
    this.#scope = scope;
    this.label = options.label ?? (work.name || 'task');
    scope.take(this);
    this.done = this.#run(work, options);
  }

  get kind() {
    return 'task' as const;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get running(): boolean {
    return this.#running;
  }

  cancel(): void {
    if (this.signal.aborted) return;
    this.#abort.abort(this.#scope.signal.reason ?? new Error(`Task "${this.label}" was cancelled`));
  }

  release(): Promise<void> {
    this.cancel();
    return this.done;
  }

  get quiesce() {
    return this.release;
  }

  async #run(work: (signal: AbortSignal) => unknown, options: SpawnOptions): Promise<void> {
    const { signal } = this;
    try {
      await (options.delay ? this.#scope.clock.sleep(options.delay, { signal }).catch(() => {}) : undefined);
      if (!signal.aborted) await apart(() => work(signal));
    } catch (thrown) {
      if (!signal.aborted || !isAbort(thrown, signal)) this.#failed(errorOf(thrown), options);
    }
    this.#running = false;
    this.#scope.forget(this);
  }

  #failed(error: Error, { critical, onCritical }: SpawnOptions): void {
    const { service, events } = this.#scope;
    events.emit('task-failed', { service, task: this.label, error });
    if (critical) onCritical?.(error);
  }
}

let working = false;

/** Whether a task is called at this moment: what it waits for holds up the task, and not the start of its owner. */
export function insideTask(): boolean {
  return working;
}

/** Only until its first `await`: what follows cannot be told from the rest without the help of the host. */
function apart(work: () => unknown): unknown {
  const outer = working;
  working = true;
  try {
    return work();
  } finally {
    working = outer;
  }
}

/** The reason itself, or what the host makes of it. */
function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError');
}
