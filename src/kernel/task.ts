// Task: one piece of owned work with a label, a signal and a result.
import { makeAbort } from './abort.js';
import { checkDuration } from './clock.js';
import { errorOf, InvalidArgumentError } from './errors.js';
import type { Scope } from './scope.js';

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
  checkDuration(`${scope.service}.spawn()`, options.delay ?? 0);
  const label = options.label ?? (work.name || 'task');
  const abort = makeAbort();
  const cancel = () => abort.abort(scope.signal.reason ?? new Error(`Task "${label}" was cancelled`));
  let running = true;
  const { signal: ending } = scope;
  ending.addEventListener('abort', cancel, { once: true });
  const done = run(scope, { work, label, signal: abort.signal, options }).finally(() => {
    running = false;
    ending.removeEventListener('abort', cancel);
    forget();
  });
  const quiesce = () => {
    cancel();
    return done;
  };
  const forget = scope.hold({ kind: 'task', label, release: quiesce, quiesce });
  return {
    label,
    signal: abort.signal,
    get running() {
      return running;
    },
    done,
    cancel,
  };
}

/** The reason itself, or what the host makes of it. */
function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError');
}

interface Work {
  readonly work: (signal: AbortSignal) => unknown;
  readonly label: string;
  readonly signal: AbortSignal;
  readonly options: SpawnOptions;
}

async function run(scope: Scope, { work, label, signal, options }: Work): Promise<void> {
  try {
    await (options.delay ? scope.clock.sleep(options.delay, { signal }).catch(() => {}) : undefined);
    if (!signal.aborted) await work(signal);
  } catch (thrown) {
    if (signal.aborted && isAbort(thrown, signal)) return;
    const error = errorOf(thrown);
    scope.events.emit('task-failed', { service: scope.service, task: label, error });
    if (options.critical) options.onCritical?.(error);
  }
}
