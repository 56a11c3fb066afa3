// Envelope: what every response gets besides its content, and how its content is made ready to be sent.
import { hash } from 'node:crypto';
import type { Context } from 'koa';
import { type Compression, compressionOf } from './compression.js';
import { type Cors, corsOf } from './cors.js';
import { exchangeOf } from './exchange.js';
import { jsonText } from './json.js';
import type { HttpSettings } from './options.js';
import { addHeaders, type HeaderList, securityHeadersOf } from './security-headers.js';

/** The settings of responses. */
export type EnvelopeSettings = Pick<HttpSettings, 'securityHeaders' | 'cors' | 'compression' | 'etag'>;

/** What every response gets. All that can be known at boot is; what is switched off costs nothing. */
export class Envelope {
  readonly #headers: HeaderList;
  readonly #problemHeaders: HeaderList;
  readonly #cors: Cors | undefined;
  readonly #compression: Compression | undefined;
  readonly #etag: boolean;

  /** @throws SPECTER_INVALID_ARGUMENT when the options ask for what cannot be */
  constructor(settings: EnvelopeSettings) {
    const { always, problems } = securityHeadersOf(settings.securityHeaders);
    this.#headers = always;
    this.#problemHeaders = problems;
    this.#cors = corsOf(settings.cors);
    this.#compression = compressionOf(settings.compression);
    this.#etag = settings.etag;
  }

  /** Sets what belongs on every response, whatever becomes of it. */
  open({ req, res }: Context): void {
    for (const [name, value] of this.#headers) res.setHeader(name, value);
    this.#cors?.open(req, res);
  }

  /** Answers what a browser asks before it sends the request of a page. @returns whether it was that */
  answersPreflight(ctx: Context): boolean {
    return this.#cors?.answers(ctx) ?? false;
  }

  /** Makes ready for koa what a route and its middleware have left. @throws NotJsonError */
  close(ctx: Context): Promise<void> | undefined {
    if (ctx.respond === false || ctx.res.headersSent) return undefined;
    const { body } = ctx;
    if (isJson(body)) this.#write(ctx, jsonText(body));
    // Koa's word for null leaves the length of what stood there before: a client would wait for the rest.
    else if (body === 'null') ctx.res.setHeader('Content-Length', 4);
    keepPrivate(ctx);
    this.#cors?.close(ctx);
    // Before a tag is compared: who has the answer already must hear the same of it as who gets it.
    const encoding = this.#compression?.choose(ctx);
    if (this.#etag) tagEntity(ctx);
    return encoding && ctx.res.statusCode !== 304 ? this.#compression?.compress(ctx, encoding) : undefined;
  }

  /** Koa's own setter would look anew at what kind of content it is; only what goes on to work with the text needs it there. */
  #write(ctx: Context, text: string): void {
    if (this.#etag || this.#compression) ctx.body = text;
    else {
      exchangeOf(ctx).text = text;
      ctx.res.setHeader('Content-Length', Buffer.byteLength(text));
    }
  }

  /** Sets what belongs on a problem, which takes the place of what was about to be sent. */
  closeProblem(ctx: Context): void {
    addHeaders(ctx.res, this.#problemHeaders);
    this.#cors?.close(ctx);
  }
}

/** What koa would turn into JSON: everything but text, bytes, streams and what holds one. */
function isJson(body: unknown): boolean {
  if (typeof body !== 'object') return typeof body !== 'string' && body !== undefined;
  if (body === null) return false;
  if (Object.getPrototypeOf(body) === Object.prototype || Array.isArray(body)) return true;
  return !(
    Buffer.isBuffer(body) ||
    typeof (body as { pipe?: unknown }).pipe === 'function' ||
    body instanceof ReadableStream ||
    body instanceof Blob ||
    body instanceof Response
  );
}

/** An answer with a cookie is for one person, and a failure is for this moment. */
function keepPrivate({ res }: Context): void {
  if (res.statusCode < 400 && !res.hasHeader('Set-Cookie')) return;
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
}

/** A tag made of the content, unless it has one, and 304 for a client that has it already. */
function tagEntity(ctx: Context): void {
  const { body, res } = ctx;
  if (ctx.status !== 200 || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return;
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return;
  if (/\bno-store\b/i.test(String(res.getHeader('Cache-Control') ?? ''))) return;
  if (!res.hasHeader('ETag')) res.setHeader('ETag', `W/"${hash('sha1', body, 'base64')}"`);
  if (ctx.fresh) ctx.status = 304;
}
