// Sends what has been found as the answer: text and bytes at once, streams so that their failure is told, the rest as koa does.
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { Context } from 'koa';
import { BrokenStreamError, bytesOnly, failEarly, fromWeb } from './byte-stream.js';
import { exchangeOf } from './exchange.js';
import type { Run } from './slot.js';

/** Who sends what is not sent here, and who is told when a stream fails. */
interface Ways {
  readonly koa: Run;
  readonly fail: (thrown: unknown) => void;
}

/** Text and bytes go out at once; answers without content are koa's to send. @throws what a stream has failed with by now */
export function send(ctx: Context, { koa, fail }: Ways): void {
  const { req, res } = ctx;
  const content = exchangeOf(ctx).text ?? ctx.body;
  const isWhole = typeof content === 'string' || Buffer.isBuffer(content);
  const mayHaveContent = res.statusCode !== 204 && res.statusCode !== 205 && res.statusCode !== 304;
  const isOurs = ctx.respond !== false && !res.writableEnded && mayHaveContent && req.method !== 'HEAD';
  if (isWhole && isOurs) return void res.end(content);
  const stream = isOurs && !res.destroyed ? streamOf(content) : undefined;
  if (stream) sendStream(ctx, stream, fail);
  else koa(ctx);
}

function streamOf(content: unknown): Readable | undefined {
  if (content instanceof Readable) return content;
  const web = content instanceof Response ? content.body : content;
  return web instanceof ReadableStream ? fromWeb(web as WebStream) : undefined;
}

/** What fails before anything has gone out is answered as an error; koa would cut the connection, and so it would not be told who did. */
function sendStream(ctx: Context, source: Readable, fail: Ways['fail']): void {
  const { res } = ctx;
  const stream = bytesOnly(source);
  // Of its own body koa takes care.
  if (stream !== ctx.body) res.on('close', () => void stream.destroy());
  failEarly(stream);
  res.on('error', fail);
  stream.on('error', fail);
  stream.on('close', () => {
    const over = stream.readableEnded || stream.errored || res.writableEnded || res.destroyed;
    if (!over) fail(new BrokenStreamError('was closed before its end'));
  });
  stream.pipe(res);
}
