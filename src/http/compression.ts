// Compression of what is worth it: text of some size, for a client that takes it. Off unless the option says otherwise.
import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';

/** Which answers are compressed. */
export interface CompressionOptions {
  /** Smaller answers are left alone; streams, of which nobody knows the size, are not. In bytes. @default 1,024 */
  readonly threshold?: number;
}

const KEYS = { threshold: true } satisfies Record<keyof CompressionOptions, true>;

type Encoding = 'br' | 'gzip';

/** As strong as a server can afford for each answer; the default of Brotli is made for files that are compressed once. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const CODERS: Readonly<Record<Encoding, { whole: (bytes: Buffer) => Promise<Buffer>; stream: () => Transform }>> = {
  br: {
    whole: (bytes) => promisify<Buffer, object, Buffer>(brotliCompress)(bytes, BROTLI),
    stream: () => createBrotliCompress(BROTLI),
  },
  gzip: { whole: (bytes) => promisify<Buffer, Buffer>(gzip)(bytes), stream: () => createGzip() },
};

const THRESHOLD = 1_024;

/** What the option `http.compression` comes to: compresses the body of a context that is about to be sent. */
export function compressionOf(
  option: boolean | CompressionOptions,
): ((ctx: Context) => Promise<void> | undefined) | undefined {
  if (option === false) return undefined;
  if (option !== true) checkOptionKeys('The option http.compression', option, Object.keys(KEYS));
  const { threshold = THRESHOLD } = option === true ? {} : option;
  if (!Number.isInteger(threshold) || threshold < 0)
    throw new InvalidArgumentError('the option http.compression.threshold', 'a whole number of bytes', threshold);
  return (ctx) => {
    if (!isWorthIt(ctx, threshold)) return undefined;
    ctx.vary('Accept-Encoding');
    const encoding = encodingFor(ctx);
    return encoding && compress(ctx, encoding);
  };
}

const TEXTS =
  /^(?:text\/(?!event-stream)|[^;]*[/+](?:json|xml|javascript|wasm|manifest\+json|x-ndjson)\b|image\/bmp|font\/(?:ttf|otf))/i;

/** An answer without content, a part of a file, one that is compressed already, an event stream, or what koa alone can read is not. */
function isWorthIt(ctx: Context, threshold: number): boolean {
  const { status, body, res } = ctx;
  if (isForeign(body)) return false;
  if (status < 200 || status === 204 || status === 205 || status === 206 || status === 304) return false;
  if (res.hasHeader('Content-Encoding') || res.hasHeader('Content-Range')) return false;
  if (!TEXTS.test(String(res.getHeader('Content-Type') ?? ''))) return false;
  if (/\bno-transform\b/i.test(String(res.getHeader('Cache-Control') ?? ''))) return false;
  const length = res.getHeader('Content-Length');
  if (length !== undefined) return Number(length) >= Math.max(1, threshold);
  return body instanceof Readable;
}

/** What koa alone can read, as a `Blob` or a `Response`. */
function isForeign(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Buffer.isBuffer(body) && !(body instanceof Readable);
}

function encodingFor(ctx: Context): Encoding | undefined {
  const accepted = ctx.acceptsEncodings();
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') || accepted.includes('*') ? 'gzip' : undefined;
}

/** Its bytes differ from those that a strong tag stood for, and no range of them can be asked for. */
function compress(ctx: Context, encoding: Encoding): Promise<void> | undefined {
  const { body, res } = ctx;
  const etag = res.getHeader('ETag');
  if (typeof etag === 'string' && !etag.startsWith('W/')) res.setHeader('ETag', `W/${etag}`);
  res.removeHeader('Accept-Ranges');
  res.setHeader('Content-Encoding', encoding);
  if (ctx.method === 'HEAD') return void giveNothing(ctx);
  if (body instanceof Readable) return void giveStream(ctx, body, encoding);
  return giveWhole(ctx, body as string | Buffer, encoding);
}

/** The length that GET would have is only known after compressing. */
function giveNothing(ctx: Context): void {
  ctx.body = Readable.from([]);
  ctx.res.removeHeader('Content-Length');
}

function giveStream(ctx: Context, source: Readable, encoding: Encoding): void {
  const coder = CODERS[encoding].stream();
  ctx.body = coder;
  ctx.res.removeHeader('Content-Length');
  // What goes wrong with the source goes on to the coder, which koa listens to; and the other way round.
  pipeline(source, coder, () => {});
}

async function giveWhole(ctx: Context, body: string | Buffer, encoding: Encoding): Promise<void> {
  const bytes = await CODERS[encoding].whole(typeof body === 'string' ? Buffer.from(body) : body);
  if (!ctx.headerSent) ctx.body = bytes;
}
