// ActionAnswer: an outcome as both doors send it, character for character the same.
import { jsonText, NotJsonError } from '../http/json.js';
import { Outcome } from '../kernel/outcome.js';
import { makeProblem, ProblemError, problemOf } from '../kernel/problem.js';
import { retryInOf } from '../sockets/errors.js';

/** What a caller gets. */
export interface ActionAnswer {
  readonly status: number;
  /** The outcome as JSON. */
  readonly text: string;
  /** Headers that belong to a rejection, as `Retry-After`; sockets have none, and read `retryIn` in the text. */
  readonly headers: Readonly<Record<string, string>>;
  /** Nothing has been done: a call that is sent again may be. @default false */
  readonly undone?: boolean;
}

/** HTTP sends no body with these, and the outcome is the body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** The answer for what a method returned. @throws when JSON cannot hold it, and the problem of a failed outcome, which is told as any other is */
export function answerOf(returned: unknown): ActionAnswer {
  const outcome = Outcome.is(returned) ? returned : Outcome.success(returned);
  const value = outcome.unwrap();
  const known = Number.isInteger(outcome.status) && outcome.status >= 200 && outcome.status <= 599;
  const status = known && !BODILESS.has(outcome.status) ? outcome.status : 200;
  const text = value === undefined ? '' : `,"value":${textOf(value)}`;
  return { status, text: `{"ok":true,"status":${status}${text}}`, headers: {} };
}

/** The answer for an error: what the caller may see of it. */
export function rejectionOf(error: Error): ActionAnswer {
  try {
    return rejected(error);
  } catch {
    return rejected(new ProblemError(makeProblem(500)));
  }
}

function rejected(thrown: Error): ActionAnswer {
  const problem = problemOf(thrown);
  const known = Number.isInteger(problem.status) && problem.status >= 400 && problem.status <= 599;
  const status = known ? problem.status : 500;
  const error = { ...problem, status };
  const text = JSON.stringify({ ok: false, status, error, retryIn: retryInOf(thrown) });
  return { status, text, headers: thrown instanceof ProblemError ? thrown.headers : {} };
}

/** @throws NotJsonError for what JSON cannot say, or would say without its content */
function textOf(value: unknown): string {
  const isStream = typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
  if (isStream) throw new NotJsonError('it is a stream: give it a route of its own, since an action has one answer');
  return jsonText(value);
}
