// An answer from the wire -> an Outcome.

import { isProblem } from '../kernel/problem.js';
import { Outcome } from './outcome.js';

/** What may be in an answer. */
interface Answer {
  readonly ok?: unknown;
  readonly status?: unknown;
  readonly value?: unknown;
  readonly error?: unknown;
  /** Milliseconds after which it is worth to try again. */
  readonly retryIn?: unknown;
}

/** The outcome in an answer; undefined when it is none. A problem alone came from before the action: from a limit, or a server that is stopping. */
export function outcomeOf(answer: unknown): Outcome<unknown> | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { ok, status, value, error, retryIn } = answer as Answer;
  if (ok === true && typeof status === 'number') return Outcome.success(value, { status });
  const problem = error ?? answer;
  return isProblem(problem) ? Outcome.failure(problem, { meta: retryIn ? { retryIn } : {} }) : undefined;
}
