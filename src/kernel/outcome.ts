// Outcome: success or failure as a value.
import { type Fault, makeProblem, type Problem, ProblemError } from './problem.js';

export interface OutcomeOptions {
  /** The HTTP status, on every door. */
  readonly status?: number;
  /** Anything else the caller may want to know. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What a failure may carry besides. */
export interface FailureOptions extends OutcomeOptions {
  /** What a program can tell it by, as `SOLD_OUT`. */
  readonly code?: string;
  /** Why single parts of the input were rejected; at most 20 are told. */
  readonly errors?: readonly Fault[];
  /** What was behind it, for whoever reports it. It stays on the server: no JSON has it. */
  readonly cause?: unknown;
}

interface Methods<T> {
  /** The value. @throws the problem, as an error that every door understands */
  unwrap(): T;
  /** The outcome of the mapped value; a failure stays as it is. */
  map<U>(fn: (value: T) => U): Outcome<U>;
  /** What goes over the wire. */
  toJSON(): OutcomeJson<T>;
  /** `[ok, value, error]`. */
  toTuple(): readonly [ok: true, value: T, error: undefined] | readonly [ok: false, value: undefined, error: Problem];
}

/** An outcome as JSON, the same over HTTP and over sockets. */
export type OutcomeJson<T> =
  | { readonly ok: true; readonly status: number; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly error: Problem };

export interface Success<T> extends Methods<T> {
  readonly ok: true;
  readonly value: T;
  readonly status: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface Failure<T> extends Methods<T> {
  readonly ok: false;
  readonly error: Problem;
  /** What was behind it, if anything is known. Never serialised. */
  readonly cause: unknown;
  readonly status: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** What an operation came to. Doors answer with its status and value, or its problem. */
export type Outcome<T> = Success<T> | Failure<T>;

/**
 * Makes outcomes.
 *
 * @example
 * const found = library.find(id);
 * return found ? Outcome.success(found) : Outcome.failure('No such film.', { status: 404 });
 */
export const Outcome = {
  /** It worked. @param options - `status` defaults to 200 */
  success<T>(value: T, options: OutcomeOptions = {}): Outcome<T> {
    return new Succeeded(value, options.status ?? 200, options.meta ?? {});
  },

  /** It did not. @param options - `status` defaults to 400; it, `code` and `errors` belong to a text, a problem has its own */
  failure<T = never>(problem: string | Problem, options: FailureOptions = {}): Outcome<T> {
    const told = typeof problem === 'string' ? problemFor(problem, options) : problem;
    return new Failed<T>(told, options.meta ?? {}, options.cause);
  },

  /** Whether something is an outcome. */
  is(value: unknown): value is Outcome<unknown> {
    return value instanceof Succeeded || value instanceof Failed;
  },
};

function problemFor(detail: string, { status = 400, code, errors }: FailureOptions): Problem {
  return makeProblem(status, { detail, ...(code !== undefined && { code }), ...(errors && { errors }) });
}

export class Succeeded<T> implements Success<T> {
  readonly ok = true;

  constructor(
    readonly value: T,
    readonly status: number,
    readonly meta: Readonly<Record<string, unknown>>,
  ) {}

  unwrap(): T {
    return this.value;
  }

  map<U>(fn: (value: T) => U): Outcome<U> {
    return new Succeeded(fn(this.value), this.status, this.meta);
  }

  toJSON(): OutcomeJson<T> {
    return { ok: true, status: this.status, value: this.value };
  }

  toTuple(): readonly [true, T, undefined] {
    return [true, this.value, undefined];
  }
}

export class Failed<T> implements Failure<T> {
  readonly ok = false;
  readonly #cause: unknown;

  constructor(
    readonly error: Problem,
    readonly meta: Readonly<Record<string, unknown>>,
    cause: unknown,
  ) {
    this.#cause = cause;
  }

  get cause(): unknown {
    return this.#cause;
  }

  get status(): number {
    return this.error.status;
  }

  unwrap(): T {
    throw new ProblemError(this.error, this.#cause === undefined ? {} : { cause: this.#cause });
  }

  map<U>(): Outcome<U> {
    return new Failed<U>(this.error, this.meta, this.#cause);
  }

  toJSON(): OutcomeJson<T> {
    return { ok: false, status: this.status, error: this.error };
  }

  toTuple(): readonly [false, undefined, Problem] {
    return [false, undefined, this.error];
  }
}
