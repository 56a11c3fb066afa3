// What goes wrong with a child process: it cannot be started, is never ready, ends badly, or takes no input.
import { counted } from '../kernel/counted.js';
import { messageOf, SpecterError } from '../kernel/errors.js';

/** How a process ended: with a code, or by a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program could not be started at all. */
export class SpawnError extends SpecterError {
  /** @param told - why, and what to do about it; neither shows arguments or values of the environment */
  constructor(name: string, told: { readonly why: string; readonly cure: string; readonly cause?: unknown }) {
    super('SPECTER_SPAWN', `Process "${name}" could not be started: ${told.why}. ${told.cure}`, { cause: told.cause });
  }
}

/** It runs, but did not say in time that it is ready. */
export class NotReadyError extends SpecterError {
  constructor(name: string, ms: number, told: { readonly missing: string; readonly cause?: unknown }) {
    super(
      'SPECTER_NOT_READY',
      `Process "${name}" was not ready within ${ms} ms: ${told.missing}. It has been ended. Look at its output, or raise startTimeout.`,
      { cause: told.cause },
    );
  }
}

/** It ended by itself, and not well. */
export class ProcessExitError extends SpecterError {
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;

  /** @param said - `when` it ended, and its last line on stderr */
  constructor(name: string, exit: ProcessExit, said: { readonly when?: string; readonly lastWords: string }) {
    const words = said.lastWords && `, its last words: ${said.lastWords}`;
    super('SPECTER_PROCESS_EXIT', `Process "${name}" ${endOf(exit)}${said.when ?? ''}${words}`);
    this.exitCode = exit.code;
    this.signalCode = exit.signal;
  }
}

/** It ended more often than it may be started again. */
export class ProcessGaveUpError extends SpecterError {
  constructor(name: string, allowed: { readonly maxRestarts: number; readonly within: number }, cause: Error) {
    const { maxRestarts, within } = allowed;
    super(
      'SPECTER_GAVE_UP',
      `Process "${name}" ended again after ${counted(maxRestarts, 'restart')} within ${within} ms: ${cause.message}`,
      { cause },
    );
  }
}

/** Nobody reads what is written to it. */
export class InputClosedError extends SpecterError {
  constructor(name: string, why: string, cause?: unknown) {
    super(
      'SPECTER_INPUT_CLOSED',
      `Process "${name}" takes no input: ${why}${cause === undefined ? '' : ` (${messageOf(cause)})`}.`,
      { cause },
    );
  }
}

/** `ended with code 1`, `was ended by SIGKILL`. */
export function endOf({ code, signal }: ProcessExit): string {
  return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}
