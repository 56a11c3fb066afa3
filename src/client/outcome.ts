// Outcome as a client has it: that of the server, without a table of words for every status. Whoever answers has said them.
import {
  Failed,
  type FailureOptions,
  type OutcomeOptions,
  Succeeded,
  type Outcome as Whole,
} from '../kernel/outcome.js';
import type { Problem } from '../kernel/problem.js';

/** What an operation came to. */
export type Outcome<T> = Whole<T>;

/** Makes outcomes. */
export const Outcome = {
  /** It worked. @param options - `status` defaults to 200 */
  success<T>(value: T, { status = 200, meta = {} }: OutcomeOptions = {}): Outcome<T> {
    return new Succeeded(value, status, meta);
  },

  /** It did not. @param options - `status` defaults to 400; it, `code` and `errors` belong to a text, a problem has its own */
  failure<T = never>(problem: string | Problem, options: FailureOptions = {}): Outcome<T> {
    const { meta = {}, cause, status = 400, ...more } = options;
    const told =
      typeof problem === 'string'
        ? {
            type: 'about:blank',
            title: status < 500 ? 'Client Error' : 'Server Error',
            status,
            detail: problem,
            ...more,
          }
        : problem;
    return new Failed<T>(told, meta, cause);
  },

  /** Whether something is an outcome. */
  is(value: unknown): value is Outcome<unknown> {
    return value instanceof Succeeded || value instanceof Failed;
  },
};
