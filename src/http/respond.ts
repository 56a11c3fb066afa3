// What a method returned, as a response.
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { isNativeError } from 'node:util/types';
import type { Context } from 'koa';
import type { Environment } from '../kernel/home.js';
import { Outcome } from '../kernel/outcome.js';
import { begun, bytesOnly, fromWeb } from './byte-stream.js';
import { AnsweredTwiceError } from './errors.js';
import { ClientGoneError, exchangeOf } from './exchange.js';
import { FileReply, sendFile } from './file.js';
import { reportFailure } from './problem-response.js';
import { RedirectReply, sendRedirect } from './redirect.js';
import { EventStream } from './server-sent.js';

/** What is known of a route before it answers. */
export interface Answering {
  /** What `@Status` says. */
  readonly status?: number | undefined;
  /** Whether the method has the koa context, and may have answered there. */
  readonly takesContext?: boolean;
  /** Milliseconds of silence after which an event stream sends a comment. */
  readonly heartbeat: number;
  readonly environment: Environment;
}

/** Before the method runs: what the status is if it says nothing itself. */
export function prepare(ctx: Context, { status, takesContext }: Answering): void {
  if (status !== undefined) ctx.status = status;
  // Koa begins with 404, unsaid; a method that writes by hand means 200.
  else if (takesContext) ctx.res.statusCode = 200;
}

/**
 * Answers with what a method returned: JSON, text, bytes, a stream, a file, server-sent events, an `Outcome`, or nothing.
 *
 * @throws ProblemError when it is a failed `Outcome`; an error that was returned; AnsweredTwiceError
 */
export function respond(ctx: Context, value: unknown, answering: Answering): Promise<void> | undefined {
  if (value === undefined) return answerNothing(ctx, answering);
  if (ctx.res.headersSent) checkOnce(ctx);
  if (Outcome.is(value)) return answerOutcome(ctx, value, answering);
  if (answering.status === undefined && !answering.takesContext) ctx.status = 200;
  if (value instanceof FileReply) return sendFile(ctx, value);
  if (value instanceof RedirectReply) return sendRedirect(ctx, value, answering.environment.events);
  if (value instanceof Readable) return answerStream(ctx, value);
  if (value instanceof ReadableStream) return answerStream(ctx, fromWeb(value as WebStream));
  if (ArrayBuffer.isView(value) && !Buffer.isBuffer(value)) return answerValue(ctx, bytesOf(value));
  if (isEvents(value)) return answerEvents(ctx, value, answering);
  return answerValue(ctx, value);
}

/** What comes after the time for it, or after the client, is no mistake; nor is what koa was told to leave alone. @throws AnsweredTwiceError */
function checkOnce(ctx: Context): void {
  const { expired, aborted } = exchangeOf(ctx);
  if (ctx.respond !== false && !expired && !aborted) throw new AnsweredTwiceError();
}

function answerNothing(ctx: Context, { status, takesContext }: Answering): undefined {
  const answered =
    ctx.respond === false || ctx.headerSent || ctx.status !== (status ?? 200) || (ctx.body ?? null) !== null;
  if (takesContext && answered) return undefined;
  ctx.body = null;
  ctx.status = status ?? 204;
  return undefined;
}

/** The status of an outcome goes before that of the decorator, unless it is the 200 that an outcome has unsaid. */
async function answerOutcome(ctx: Context, outcome: Outcome<unknown>, answering: Answering): Promise<void> {
  // Thrown as it is, so that what was behind it reaches the log.
  if (!outcome.ok) return void outcome.unwrap();
  const said = outcome.status === 200 ? answering.status : outcome.status;
  const status = said ?? (outcome.value === undefined ? 204 : 200);
  ctx.status = status;
  await respond(ctx, outcome.value, { ...answering, status });
}

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** Text is never taken for a page: koa would, when it begins with `<`, whoever wrote it. */
function answerValue(ctx: Context, value: unknown): undefined {
  const { res } = ctx;
  const isUntyped = !res.headersSent && !res.hasHeader('Content-Type');
  if (typeof value === 'string') {
    if (isUntyped) res.setHeader('Content-Type', TEXT_TYPE);
  } else if (isPlain(value)) {
    if (isUntyped) res.setHeader('Content-Type', JSON_TYPE);
  } else if (isNativeError(value) || value instanceof Error) throw value;
  ctx.body = value;
  return undefined;
}

function isPlain(value: unknown): boolean {
  return value === null || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** koa knows bytes as buffers only. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Waits for its first bytes: a stream that fails before is an error like any other, and not a response cut short. */
async function answerStream(ctx: Context, source: Readable): Promise<void> {
  // It may fail before koa listens to it, and an error that nobody listens for ends the process.
  source.on('error', () => {});
  const stream = bytesOnly(source);
  stream.on('error', () => {});
  ctx.body = stream;
  await begun(stream).catch((thrown) => {
    // koa destroys the stream of a response that nobody takes any more.
    throw exchangeOf(ctx).aborted ? new ClientGoneError() : thrown;
  });
}

/** What can be iterated in time, other than the streams that koa knows. */
function isEvents(value: unknown): value is AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return false;
  return !('pipe' in value);
}

async function answerEvents(
  ctx: Context,
  events: AsyncIterable<unknown>,
  { heartbeat, environment }: Answering,
): Promise<void> {
  const exchange = exchangeOf(ctx);
  exchange.rest();
  ctx.set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache',
    'X-Accel-Buffering': 'no',
  });
  if (ctx.method === 'HEAD') return;
  const stream = new EventStream(events[Symbol.asyncIterator](), {
    heartbeat,
    clock: environment.clock,
    signal: exchange.signal,
    onFailure: (error) => reportFailure(exchange, error, environment.events),
  });
  ctx.body = stream;
  await stream.begun;
}
