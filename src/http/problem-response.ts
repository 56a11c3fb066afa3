// Every error as a response: what the client may see of it, and what is kept for the log.
import { type Readable, Stream } from 'node:stream';
import type { Context } from 'koa';
import type { Events } from '../kernel/events.js';
import { makeProblem, type Problem, ProblemError, problemOf } from '../kernel/problem.js';
import { ClientGoneError, type Exchange, exchangeOf } from './exchange.js';
import { readable } from './readable-error.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** What may stay of the headers set before the error: they speak of the request, not of the lost response. */
const KEPT =
  /^(?:access-control-.*|cross-origin-.*|vary|x-request-id|x-content-type-options|x-frame-options|referrer-policy|permissions-policy|strict-transport-security|content-security-policy|connection)$/;

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
  if (ctx.res.writableEnded) return;
  // Part of the response is out: cutting the connection is the only way left to say that it is not whole.
  if (ctx.headerSent) return void ctx.res.destroy();
  clear(ctx, rejection.headers);
  envelope.closeProblem(ctx);
  sendProblem(ctx, rejection.problem, exchange.requestId);
}

/** Tells the log whose request failed, and why. */
export function reportFailure(exchange: Exchange, thrown: unknown, events: Events): void {
  // A stream tells of its failure more than once.
  if (exchange.failure !== undefined && exchange.failure === thrown) return;
  exchange.failure = thrown;
  const error = readable(thrown);
  const { service, route, requestId } = exchange;
  events.emit('http-failed', { service, method: exchange.request.method ?? 'GET', route, requestId, error });
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

/** Takes away what spoke of the lost response, and sets what belongs to the rejection. */
function clear(ctx: Context, headers: Rejection['headers']): void {
  const { res } = ctx;
  for (const name of res.getHeaderNames()) if (!KEPT.test(name)) res.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) setHeader(ctx, name, value);
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

/** A header that cannot be sent must not keep the problem from being told. */
function setHeader(ctx: Context, name: string, value: string): void {
  try {
    ctx.res.setHeader(name, value);
  } catch {
    ctx.res.removeHeader(name);
  }
}

/** A stream that was to be the response is not needed any more. What else can be destroyed, as a row of a database, is not ours to. */
function discardBody({ body }: Context): void {
  if (!(body instanceof Stream) || !('destroy' in body)) return;
  body.once('error', () => {});
  (body as Readable).destroy();
}
