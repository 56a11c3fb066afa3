// An answer from the wire -> an Outcome.
import { Outcome, type OutcomeJson } from '../kernel/outcome.js';
import { isProblem } from '../kernel/problem.js';

/** The outcome in an answer; undefined when it is no answer of an action. */
export function outcomeOf(answer: unknown): Outcome<unknown> | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { ok, status, value, error } = answer as Partial<OutcomeJson<unknown>> & { value?: unknown; error?: unknown };
  if (ok === true && typeof status === 'number') return Outcome.success(value, { status });
  return isProblem(error) ? Outcome.failure(error) : undefined;
}
