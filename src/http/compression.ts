// Compression of what is worth it: text of some size, for a client that takes it. Off unless the option says otherwise.
import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { bytesOnly } from './byte-stream.js';

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

/** Compression as it is done for each answer. */
export interface Compression {
  /** Says that the answer depends on what the client takes. @returns how it is to be compressed, if it is */
  choose(ctx: Context): Encoding | undefined;
  /** Compresses the body of a context that is about to be sent. */
  compress(ctx: Context, encoding: Encoding): Promise<void> | undefined;
}

/** What the option `http.compression` comes to. */
export function compressionOf(option: boolean | CompressionOptions): Compression | undefined {
  if (option === false) return undefined;
  if (option !== true) checkOptionKeys('The option http.compression', option, Object.keys(KEYS));
  const { threshold = THRESHOLD } = option === true ? {} : option;
  if (!Number.isInteger(threshold) || threshold < 0)
    throw new InvalidArgumentError('the option http.compression.threshold', 'a whole number of bytes', threshold);
  return {
    choose(ctx) {
      if (!isWorthIt(ctx, threshold)) return undefined;
      ctx.vary('Accept-Encoding');
      // Of a part a client must know to which whole it belongs, byte for byte.
      const encoding = ctx.status === 206 ? undefined : encodingFor(ctx);
      if (encoding) weaken(ctx);
      return ctx.status === 304 ? undefined : encoding;
    },
    compress,
  };
}

const TEXTS =
  /^(?:text\/(?!event-stream)|[^;]*[/+](?:json|xml|javascript|wasm|manifest\+json|x-ndjson)\b|image\/bmp|font\/(?:ttf|otf))/i;

/**
 * An answer without content, one that is compressed already, an event stream, or what koa alone can read is not. A part of a file, and
 * the answer that nothing has changed, are as the whole: caches must hear the same of all three.
 */
function isWorthIt(ctx: Context, threshold: number): boolean {
  const { status, body, res } = ctx;
  if (isForeign(body)) return false;
  if (status < 200 || status === 204 || status === 205 || res.hasHeader('Content-Encoding')) return false;
  if (!TEXTS.test(String(res.getHeader('Content-Type') ?? ''))) return false;
  if (/\bno-transform\b/i.test(String(res.getHeader('Cache-Control') ?? ''))) return false;
  const length = wholeLength(ctx);
  if (length !== undefined) return Number(length) >= Math.max(1, threshold);
  return body instanceof Readable;
}

/** That of the whole, of which a part may be sent. */
function wholeLength({ status, res }: Context): unknown {
  const range = status === 206 ? res.getHeader('Content-Range') : undefined;
  return range === undefined ? res.getHeader('Content-Length') : String(range).split('/')[1];
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

/** Its bytes differ from those that a strong tag stood for. */
function weaken({ res }: Context): void {
  const etag = res.getHeader('ETag');
  if (typeof etag === 'string' && !etag.startsWith('W/')) res.setHeader('ETag', `W/${etag}`);
  // No range of them can be asked for.
  res.removeHeader('Accept-Ranges');
}

function compress(ctx: Context, encoding: Encoding): Promise<void> | undefined {
  const { body, res } = ctx;
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
  pipeline(bytesOnly(source), coder, () => {});
}

async function giveWhole(ctx: Context, body: string | Buffer, encoding: Encoding): Promise<void> {
  const bytes = await CODERS[encoding].whole(typeof body === 'string' ? Buffer.from(body) : body);
  if (!ctx.headerSent) ctx.body = bytes;
}
