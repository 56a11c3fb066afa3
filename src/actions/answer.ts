// ActionAnswer: an outcome as both doors send it, character for character the same.
import { Outcome, type OutcomeJson } from '../kernel/outcome.js';
import { makeProblem, type Problem, ProblemError, problemOf } from '../kernel/problem.js';

/** What a caller gets. */
export interface ActionAnswer {
  readonly status: number;
  /** The outcome as JSON. */
  readonly text: string;
  /** Headers that belong to a rejection, as `Retry-After`; sockets have none. */
  readonly headers: Readonly<Record<string, string>>;
}

/** HTTP sends no body with these, and the outcome is the body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** The answer for what a method returned. @throws when JSON cannot hold it, and the problem of a failed outcome, which is told as any other is */
export function answerOf(returned: unknown): ActionAnswer {
  const outcome = Outcome.is(returned) ? returned : Outcome.success(returned);
  const value = outcome.unwrap();
  const { status } = outcome;
  const known = Number.isInteger(status) && status >= 200 && status <= 599 && !BODILESS.has(status);
  return written({ ok: true, status: known ? status : 200, value }, {});
}

/** The answer for an error: what the caller may see of it. */
export function rejectionOf(error: Error): ActionAnswer {
  try {
    return rejected(problemOf(error), error instanceof ProblemError ? error.headers : {});
  } catch {
    return rejected(makeProblem(500), {});
  }
}

function rejected(problem: Problem, headers: ActionAnswer['headers']): ActionAnswer {
  const { status } = problem;
  const known = Number.isInteger(status) && status >= 400 && status <= 599;
  const error = known ? problem : { ...problem, status: 500 };
  return written({ ok: false, status: error.status, error }, headers);
}

function written(json: OutcomeJson<unknown>, headers: ActionAnswer['headers']): ActionAnswer {
  return { status: json.status, text: JSON.stringify(json), headers };
}
