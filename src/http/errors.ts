// HttpError and its names, and the HTTP door's own failures at boot.
import { type ErrorCode, InvalidArgumentError, SpecterError } from '../kernel/errors.js';
import { kindOf } from '../kernel/kind-of.js';
import { type Fault, makeProblem, ProblemError } from '../kernel/problem.js';

export interface HttpErrorOptions {
  /** A stable name, for programs. */
  readonly code?: string;
  /** The reasons, when input was rejected; at most 20 are told. */
  readonly errors?: readonly Fault[];
  /** Response headers that belong to the rejection, as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** When it is worth trying again, in milliseconds from now: the header `Retry-After`, in whole seconds. */
  readonly retryAfter?: number;
  /** Kept for the log; never sent. */
  readonly cause?: unknown;
}

/**
 * An error that becomes a response: the client sees its status and detail, and nothing else.
 *
 * @param status - 400 to 599
 * @param detail - what went wrong, for a person; never put untrusted values or secrets into it
 * @throws SPECTER_INVALID_ARGUMENT for another status
 * @example
 * throw new HttpError(423, 'Somebody else is editing this film.', { code: 'FILM_LOCKED' });
 */
export class HttpError extends ProblemError {
  constructor(status: number, detail?: string, options: HttpErrorOptions = {}) {
    const { code, errors, cause } = options;
    const headers = headersOf(options);
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new InvalidArgumentError('new HttpError(status)', 'a whole number from 400 to 599', status);
    const problem = makeProblem(status, {
      ...(detail && { detail }),
      ...(code && { code }),
      ...(errors && { errors }),
    });
    super(problem, { ...(headers && { headers }), ...(cause !== undefined && { cause }) });
  }
}

/** A client that comes back too early would only be sent away again. */
function headersOf({ headers, retryAfter }: HttpErrorOptions): HttpErrorOptions['headers'] {
  if (retryAfter === undefined || !Number.isFinite(retryAfter)) return headers;
  return { 'Retry-After': String(Math.max(0, Math.ceil(retryAfter / 1000))), ...headers };
}

/** 400: the request cannot be understood. */
export class BadRequest extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(400, detail, options);
  }
}

/** What should tell who is calling gave an id that is none, often because somebody has sent it so: status 401. */
export class SessionIdError extends ProblemError {
  /** @param first - whether it is the first time, which the log should not miss */
  constructor(
    where: string,
    id: unknown,
    readonly first: boolean,
  ) {
    super(makeProblem(401, { detail: 'Nobody knows who is calling.', code: 'SPECTER_UNAUTHORIZED' }));
    const given = id === '' ? 'an empty text' : kindOf(id);
    this.message = `${where} gave an id that is ${given}, so nobody knows who is calling. Check what the client has sent, give a text as id, or undefined for a stranger.`;
  }
}

/** 401: nobody knows who is calling. */
export class Unauthorized extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(401, detail, options);
  }
}

/** 403: the caller may not. */
export class Forbidden extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(403, detail, options);
  }
}

/** A guard did not say `true`: status 403. Its client is told no more than that; the log, which guard it was. */
export class GuardRefusedError extends Forbidden {
  /** @param guard - its name, if it has one */
  constructor(guard: string, answer: unknown) {
    super();
    const who = guard === '' ? 'A guard' : `The guard ${guard}`;
    const other = `gave ${kindOf(answer)}, and only true lets a call pass`;
    this.message = `${who} ${answer === false ? 'said no' : other}.`;
  }
}

/** 404: there is no such thing. */
export class NotFound extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(404, detail, options);
  }
}

/** 409: it contradicts the state of things. */
export class Conflict extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(409, detail, options);
  }
}

/** 410: it existed and does no more. */
export class Gone extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(410, detail, options);
  }
}

/** 413: more than is taken. */
export class PayloadTooLarge extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(413, detail, options);
  }
}

/** 415: in a form that is not understood. */
export class UnsupportedMediaType extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(415, detail, options);
  }
}

/** 422: understood, but not acceptable. */
export class Unprocessable extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(422, detail, options);
  }
}

/** 429: too often. Say when to come back: `{ retryAfter: 10_000 }`. */
export class TooManyRequests extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(429, detail, options);
  }
}

/** 503: not now. Say when to come back, if that is known: `{ retryAfter: 10_000 }`. */
export class Unavailable extends HttpError {
  constructor(detail?: string, options?: HttpErrorOptions) {
    super(503, detail, options);
  }
}

/** A route, for an error. */
interface Answering {
  readonly path: string;
  readonly where: string;
  readonly target: unknown;
}

/** Two methods answer one verb on one path. */
export class DuplicateRouteError extends SpecterError {
  constructor(verb: string, [one, other]: readonly [Answering, Answering]) {
    const what =
      one.path === other.path
        ? `${verb} ${one.path} is answered by ${one.where} and by ${other.where}`
        : `${verb} ${other.path} of ${other.where} answers the same requests as ${one.path} of ${one.where}`;
    const prefix = one.target === other.target ? '' : ', or the prefix of its controller';
    super('SPECTER_DUPLICATE_ROUTE', `${what}. Change the verb or the path of one${prefix}.`);
  }
}

/** A route cannot be what its decorators say. */
export class InvalidRouteError extends SpecterError {
  constructor(where: string, why: string, what: string) {
    super('SPECTER_INVALID_ROUTE', `${where} ${why}. ${what}`);
  }
}

/** `@Session()` on a route of an application that does not say who calls over HTTP. */
export class NoSessionError extends SpecterError {
  constructor(where: string) {
    super(
      'SPECTER_NO_SESSION',
      `${where} asks for @Session(), but the application does not say who is calling over HTTP. ` +
        'Give it the option http: { session: (ctx) => ({ id, data }) }.',
    );
  }
}

/** `@Body()` on a request whose body somebody else has read. */
export class BodyConsumedError extends SpecterError {
  constructor() {
    super(
      'SPECTER_BODY_CONSUMED',
      'A method asks for @Body(), but a middleware has already read the body of this request. ' +
        'Remove the body parser from this route, or take @Ctx() and use what the parser left there.',
    );
  }
}

/** An error says headers that HTTP cannot send; its client got the problem without them. */
export class UnsentHeaderError extends SpecterError {
  constructor(names: readonly string[], cause: Error) {
    super(
      'SPECTER_UNSENT_HEADER',
      `A problem was sent without ${names.map((name) => JSON.stringify(name)).join(', ')} of the headers that its error gives: ` +
        'the name or the value is none that HTTP allows. Correct it, or leave it out.',
      { cause },
    );
  }
}

/** A method answered by hand, and returned a value as well. */
export class AnsweredTwiceError extends SpecterError {
  constructor() {
    super(
      'SPECTER_ANSWERED_TWICE',
      'A method returned a value, but it has already begun to answer by hand, with ctx.res; the value was not sent. ' +
        'Return nothing, or leave the answer to the value.',
    );
  }
}

const LISTEN_CURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already. Stop it, or choose another port (0 takes any free one)',
  EACCES: 'the system does not allow it. Choose a port above 1023, or give the process the right to open low ports',
  EADDRNOTAVAIL: 'this machine has no such address. Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all networks',
  ENOTFOUND: 'the name of the host is not known. Use an IP address, or check the name',
};

/** Instead of these, for a socket in the file system. */
const SOCKET_CURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already, or a file stands there. Stop it, or choose another path',
  EACCES: 'the folder does not exist, or the system does not allow it. Make it, or choose another path',
  EINVAL: 'the path is too long for a socket. Choose one of at most 100 characters',
};

/** The port could not be opened. */
export class ListenError extends SpecterError {
  constructor(where: string, cause: NodeJS.ErrnoException, socket = false) {
    const cures = socket ? { ...LISTEN_CURES, ...SOCKET_CURES } : LISTEN_CURES;
    const why = cures[cause.code ?? ''] ?? `the system says ${cause.code ?? cause.message}`;
    super('SPECTER_LISTEN' satisfies ErrorCode, `Cannot listen on ${where}: ${why}.`, { cause });
  }
}
