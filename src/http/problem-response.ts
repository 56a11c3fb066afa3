// Every error as a response: what the client may see of it, and what is kept for the log.
import type { ServerResponse } from 'node:http';
import { type Readable, Stream } from 'node:stream';
import type { Context } from 'koa';
import type { Events } from '../kernel/events.js';
import { makeProblem, type Problem, ProblemError, problemOf } from '../kernel/problem.js';
import { SessionIdError, UnsentHeaderError } from './errors.js';
import { ClientGoneError, type Exchange, exchangeOf } from './exchange.js';
import { readable } from './readable-error.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** Headers that speak of the lost response: its content, how long it may be kept, where it leads. Others set before the error stay. */
const LOST =
  /^(?:content-(?!security-policy).*|etag|last-modified|accept-ranges|transfer-encoding|trailer|digest|repr-digest|(?:.+-)?cache-control|expires|pragma|age|location|refresh|x-accel-.*|x-sendfile)$/;

/** Codes of a connection that is gone. */
const GONE: ReadonlySet<unknown> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
]);

/** Whom an error concerns besides the client. */
interface Around {
  readonly events: Events;
  /** Sets what belongs on every problem. */
  readonly envelope: { closeProblem(ctx: Context): void };
}

/** Answers a request with what the client may see of anything thrown, and reports what is the application's own fault. */
export function answerError(ctx: Context, thrown: unknown, { events, envelope }: Around): void {
  const exchange = exchangeOf(ctx);
  const error = readable(thrown);
  // It was answered already, and asked to end.
  if (exchange.expired && ctx.res.writableEnded && (error.name === 'AbortError' || thrown === exchange.failure)) return;
  if (nobodyListens(ctx, exchange, error)) return void ctx.res.destroy();
  const rejection = rejectionOf(error);
  if (isFailure(rejection)) reportFailure(exchange, thrown, events);
  if (error instanceof SessionIdError)
    events.emit('http-session-refused', { ...requestedOf(exchange), why: error.message, first: error.first });
  if (ctx.res.writableEnded) return;
  if (ctx.headerSent) return exchange.cutOff('its answer failed');
  const unsent = clear(ctx, rejection.headers);
  if (unsent.length > 0) reportFailure(exchange, new UnsentHeaderError(unsent, error), events);
  envelope.closeProblem(ctx);
  sendProblem(ctx, rejection.problem, exchange.requestId);
}

/** Tells the log whose request failed, and why. */
export function reportFailure(exchange: Exchange, thrown: unknown, events: Events): void {
  // A stream tells of its failure more than once.
  if (exchange.failure !== undefined && exchange.failure === thrown) return;
  exchange.failure = thrown;
  events.emit('http-failed', { ...requestedOf(exchange), error: readable(thrown) });
}

/** Whose request it is, for an event. */
export function requestedOf({ service, route, requestId, request: { method = 'GET', url = '' } }: Exchange) {
  return { service, method, route, requestId, ...(route === undefined && { path: shown(url.replace(/\?.*/s, '')) }) };
}

const LONGEST_SHOWN = 100;

/** What a stranger has sent, as a line of a log may hold it. */
export function shown(text: string): string {
  const short = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
  return short.replace(/[^ !#-[\]-~]/g, (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A problem is for reading; what is larger has been made by mistake, or by somebody else. */
const LONGEST_PROBLEM = 16_384;
const LONGEST_DETAIL = 1_000;

/** The text of a problem, as it goes over the wire; without its reasons when it is too long. */
export function problemText(problem: Problem, requestId: string): string {
  try {
    const text = JSON.stringify({ ...problem, requestId });
    if (Buffer.byteLength(text) <= LONGEST_PROBLEM) return text;
  } catch {}
  const { status, detail } = problem;
  const short = typeof detail === 'string' ? { detail: detail.slice(0, LONGEST_DETAIL) } : {};
  return JSON.stringify({ ...makeProblem(status, short), requestId });
}

interface Rejection {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

function rejectionOf(error: Error): Rejection {
  if (error instanceof ProblemError) return { problem: error.problem, headers: error.headers };
  return koaRejection(error) ?? { problem: problemOf(error), headers: {} };
}

/** What koa's `ctx.throw` and `ctx.assert` made: an error that says of itself that it may be shown. */
function koaRejection(error: Error): Rejection | undefined {
  const { expose, status, statusCode, headers } = error as Error & Partial<Record<string, unknown>>;
  if (expose !== true || status !== statusCode || !Number.isInteger(status)) return undefined;
  if ((status as number) < 400 || (status as number) > 499) return undefined;
  return { problem: makeProblem(status as number, { detail: error.message }), headers: textsOf(headers) };
}

function textsOf(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A 5xx is the application's fault, except when it said itself that it is unavailable. */
function isFailure({ problem }: Rejection): boolean {
  return problem.status >= 500 && problem.status !== 503;
}

function nobodyListens(ctx: Context, exchange: Exchange, error: Error): boolean {
  if (error instanceof ClientGoneError) return true;
  if (!exchange.aborted && !ctx.res.destroyed && ctx.req.socket?.destroyed === false) return false;
  const source = (ctx.body as { errored?: unknown } | undefined)?.errored;
  return source !== error && (GONE.has((error as { code?: unknown }).code) || error.name === 'AbortError');
}

/** Takes away what spoke of the lost response, and sets what belongs to the rejection. @returns the names of what cannot be sent */
function clear({ res }: Context, headers: Rejection['headers']): readonly string[] {
  for (const name of res.getHeaderNames()) if (LOST.test(name)) res.removeHeader(name);
  return Object.entries(headers)
    .filter(([name, value]) => !setHeader(res, name, value))
    .map(([name]) => name);
}

function sendProblem(ctx: Context, problem: Problem, requestId: string): void {
  const { res } = ctx;
  const text = problemText(problem, requestId);
  res.statusCode = problem.status;
  res.statusMessage = problem.title;
  res.setHeader('Content-Type', PROBLEM_TYPE);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  discardBody(ctx);
  res.end(ctx.method === 'HEAD' ? undefined : text);
}

/** A header that cannot be sent must not keep the problem from being told. @returns whether it is set */
function setHeader(res: ServerResponse, name: string, value: string): boolean {
  try {
    res.setHeader(name, value);
    return true;
  } catch {
    res.removeHeader(name);
    return false;
  }
}

/** A stream that was to be the response is not needed any more. What else can be destroyed, as a row of a database, is not ours to. */
function discardBody({ body }: Context): void {
  if (!(body instanceof Stream) || !('destroy' in body)) return;
  body.once('error', () => {});
  (body as Readable).destroy();
}
