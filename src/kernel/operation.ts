// Operation: one reusable piece of work with an input and an outcome, and the error with which it says no.
import { errorOf } from './errors.js';
import { Outcome } from './outcome.js';
import { type Fault, makeProblem, ProblemError, problemOf } from './problem.js';

/** What an operation says besides the text. */
export interface OperationErrorOptions {
  /** The HTTP status, on every door. @default 400 */
  readonly status?: number;
  /** Goes into the `meta` of the outcome, for the caller in your code. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** A stable name, for programs. */
  readonly code?: string;
  /** Why single parts of the input were rejected; at most 20 are told. */
  readonly errors?: readonly Fault[];
  /** Kept for the log, never sent. */
  readonly cause?: unknown;
}

/**
 * Thrown in an operation: it cannot be done, and the caller may know why. Every door understands it, also outside of an operation.
 *
 * @example
 * throw new OperationError('The film is lent.', { status: 409, meta: { until: '2026-02-01' } });
 */
export class OperationError extends ProblemError {
  readonly meta: Readonly<Record<string, unknown>>;

  /** @param message - the whole text that a caller sees: no secrets, and nothing that a client has sent */
  constructor(message: string, { status = 400, meta = {}, cause, ...details }: OperationErrorOptions = {}) {
    super(makeProblem(status, { detail: message, ...details }), cause === undefined ? {} : { cause });
    this.meta = meta;
  }
}

/**
 * Base of a piece of work that can be called from anywhere, a route, an action, a job or a test, and never throws: `run()` gives an `Outcome`.
 *
 * @example
 * class LendFilm extends Operation<{ film: string }, { due: string }> {
 *   protected validate({ film }: { film: string }) {
 *     if (film === '') throw new OperationError('Which film?', { status: 422 });
 *   }
 *   protected perform({ film }: { film: string }) {
 *     if (film === 'Alien') throw new OperationError('It is lent.', { status: 409 });
 *     return { due: 'tomorrow' };
 *   }
 * }
 * const outcome = await new LendFilm().run({ film: 'Alien' });
 * outcome.status; // 409
 */
export abstract class Operation<Input = void, Output = void> {
  /** Looks at the input before anything is done. @throws OperationError, or any other error, when it will not do */
  protected validate?(input: Input): void | Promise<void>;

  /** Does it. What it returns is the value; an `Outcome` is the outcome itself. @throws OperationError when it cannot be done */
  protected abstract perform(input: Input): Output | Outcome<Output> | Promise<Output | Outcome<Output>>;

  /**
   * Validates, then performs. Never rejects: what is thrown becomes a failure, with the problem that the error has, as an
   * `OperationError` does; any other error is a 500 that tells nothing, and stays in `cause`.
   */
  async run(input: Input): Promise<Outcome<Output>> {
    try {
      await this.validate?.(input);
      const output = await this.perform(input);
      return Outcome.is(output) ? (output as Outcome<Output>) : Outcome.success(output);
    } catch (thrown) {
      return failureOf(errorOf(thrown));
    }
  }
}

function failureOf<T>(cause: Error): Outcome<T> {
  const meta = cause instanceof OperationError ? cause.meta : {};
  return Outcome.failure<T>(problemOf(cause), { meta, cause });
}
