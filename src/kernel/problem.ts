// Problem: the one shape in which every door and every client sees a rejection (RFC 9457).
import { type ErrorCode, SpecterError } from './errors.js';

/** Where a rejected value came from. */
export type FaultSource = 'body' | 'query' | 'params' | 'headers' | 'cookies' | 'payload' | 'env';

/** One reason in a rejection. */
export interface Fault {
  /** The part of the input that was wrong. */
  readonly in: FaultSource;
  /** The place inside it, as `items.0.zip`; empty for the whole. */
  readonly path: string;
  /** The rule that it broke, as `isEmail`. */
  readonly rule: string;
  /** What the rule asks for. Never contains the value. */
  readonly message: string;
}

/** A rejection, as `application/problem+json` over HTTP and as `{ error: Problem }` over sockets. */
export interface Problem {
  /** A URI for the kind of problem; `about:blank` when the status says it all. */
  readonly type: string;
  /** The status in words. */
  readonly title: string;
  /** The HTTP status, on every door. */
  readonly status: number;
  /** What went wrong, for a person. */
  readonly detail?: string;
  /** A stable name, for a program. */
  readonly code?: string;
  /** The reasons, when input was rejected; at most 20. */
  readonly errors?: readonly Fault[];
  /** Names the request in the log. */
  readonly requestId?: string;
}

/** What a problem is made of, besides its status. */
export interface ProblemDetails {
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly Fault[];
}

/** At most this many faults are told; more help nobody. */
export const MAX_FAULTS = 20;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request', 401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 406: 'Not Acceptable', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone',
  411: 'Length Required', 412: 'Precondition Failed', 413: 'Payload Too Large', 414: 'URI Too Long',
  415: 'Unsupported Media Type', 416: 'Range Not Satisfiable', 417: 'Expectation Failed', 418: "I'm a Teapot",
  421: 'Misdirected Request', 422: 'Unprocessable Content', 423: 'Locked', 424: 'Failed Dependency', 425: 'Too Early',
  426: 'Upgrade Required', 428: 'Precondition Required', 429: 'Too Many Requests', 431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons', 500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway',
  503: 'Service Unavailable', 504: 'Gateway Timeout', 507: 'Insufficient Storage',
}; // biome-ignore format: a table

/**
 * Makes a problem.
 *
 * @param status - the HTTP status; anything but 400 to 599 becomes 500
 * @example
 * makeProblem(404, { detail: 'No such film.' }).title; // 'Not Found'
 */
export function makeProblem(status: number, details: ProblemDetails = {}): Problem {
  const known = Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
  return {
    type: 'about:blank',
    title: TITLES[known] ?? (known < 500 ? 'Client Error' : 'Server Error'),
    status: known,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(details.code === undefined ? {} : { code: details.code }),
    ...(details.errors === undefined ? {} : { errors: details.errors.slice(0, MAX_FAULTS) }),
  };
}

/** An error that says for itself what the caller may see of it; every door understands it. */
export class ProblemError extends SpecterError {
  readonly problem: Problem;
  /** Response headers that belong to the rejection, as `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  /** @param options.message - for the log; the caller sees the problem's own detail */
  constructor(
    problem: Problem,
    options: { cause?: unknown; headers?: Readonly<Record<string, string>>; message?: string } = {},
  ) {
    const { message = problem.detail ?? problem.title } = options;
    super((problem.code as ErrorCode | undefined) ?? 'SPECTER_PROBLEM', message, options);
    this.problem = problem;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return this.problem.status;
  }
}

/** What the caller may see of any error: its own problem, or a 500 that tells nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return makeProblem(500, { detail: 'Something went wrong on the server.', code: 'SPECTER_INTERNAL' });
}

/** Whether something has the shape of a problem. */
export function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { title, status } = value as Partial<Problem>;
  return typeof title === 'string' && typeof status === 'number';
}
