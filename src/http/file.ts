// file(): a file as a response, whole or in part, never from outside its root.
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Context } from 'koa';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { HttpError, NotFound } from './errors.js';
import { exchangeOf } from './exchange.js';
import { type ByteRange, readRange } from './range.js';

export interface FileOptions {
  /** The folder that the path is in; nothing outside it, no name that begins with a dot, is ever sent. Always give it when a request had a say in the path. */
  readonly root?: string;
  /** The content type. @default by the file's extension */
  readonly type?: string;
  /** Offers to save it under this name instead of showing it; true takes its own. */
  readonly download?: string | true;
  /** How long it may be kept without asking again, in milliseconds. @default 0 */
  readonly maxAge?: number;
}

const KEYS = Object.keys({ root: true, type: true, download: true, maxAge: true } satisfies Record<
  keyof FileOptions,
  true
>);

/** A file that is to be the response. */
export class FileReply {
  constructor(
    readonly path: string,
    readonly options: FileOptions,
  ) {}
}

/**
 * A file as the response of a method: with its type, length, `ETag` and `Last-Modified`, answering conditional requests
 * and single ranges. What does not exist, or lies outside `root`, is 404.
 *
 * @param path - relative to `root` if that is given, whatever it begins with
 * @example
 * @Get('/media/*') play(@Param('*') path: string) { return file(path, { root: '/srv/media' }); }
 */
export function file(path: string, options: FileOptions = {}): FileReply {
  checkOptionKeys('file()', options, KEYS);
  return new FileReply(path, options);
}

/** Answers with a file. @throws NotFound; HttpError 416 for a range that it does not have */
export async function sendFile(ctx: Context, { path, options }: FileReply): Promise<void> {
  const found = await locate(path, options.root);
  const handle = await openFile(found);
  try {
    const streaming = await answer(ctx, handle, { name: found, options });
    if (!streaming) await handle.close();
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

const SEPARATORS = sep === '/' ? /\/+/ : /[\\/]+/;

/** The real path of a file. */
async function locate(path: string, root: string | undefined): Promise<string> {
  if (path.includes('\0')) throw notFound();
  if (root === undefined) return real(path);
  const parts = path.split(SEPARATORS).filter((part) => part !== '' && part !== '.');
  if (parts.some((part) => part.startsWith('.'))) throw notFound();
  const base = await real(root);
  const found = await real(resolve(base, parts.join(sep)));
  const inside = relative(base, found);
  // A link may lead anywhere, and into a hidden folder as well.
  if (isAbsolute(inside) || inside.split(sep).some((part) => part.startsWith('.'))) throw notFound();
  return found;
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(rethrow);
}

async function openFile(path: string): Promise<FileHandle> {
  // Neither a link that was put there since, nor a pipe that nobody writes to, is waited for.
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(rethrow);
}

const ABSENT: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'EISDIR',
  'ENXIO',
]);

/** That a file exists but may not be read is nobody's business. */
function rethrow(error: NodeJS.ErrnoException): never {
  throw ABSENT.has(error.code) ? notFound(error) : error;
}

function notFound(cause?: unknown): NotFound {
  return new NotFound('There is no such file.', { code: 'SPECTER_NO_FILE', ...(cause !== undefined && { cause }) });
}

/** @returns whether the handle is still in use, by a stream that closes it */
async function answer(
  ctx: Context,
  handle: FileHandle,
  file: { name: string; options: FileOptions },
): Promise<boolean> {
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) throw notFound();
  const size = Number(stat.size);
  describe(ctx, file, { etag: `"${stat.size.toString(36)}-${stat.mtimeNs.toString(36)}"`, modified: stat.mtime });
  if (ctx.fresh) {
    // Not sent, but it says whether the whole would have been compressed.
    ctx.length = size;
    ctx.status = 304;
    return false;
  }
  const range = rangeFor(ctx, size);
  if (range) {
    ctx.status = 206;
    ctx.set('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  }
  return stream(ctx, handle, range ?? { start: 0, end: size - 1 });
}

function describe(
  ctx: Context,
  { name, options }: { name: string; options: FileOptions },
  version: { etag: string; modified: Date },
): void {
  if (options.type !== undefined) ctx.type = options.type;
  else if (!ctx.response.get('Content-Type')) ctx.type = extname(name) || 'application/octet-stream';
  if (!ctx.response.get('Content-Type')) ctx.type = 'application/octet-stream';
  ctx.etag = version.etag;
  ctx.lastModified = version.modified;
  ctx.set('Accept-Ranges', 'bytes');
  if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', cacheFor(options.maxAge ?? 0));
  if (options.download !== undefined) ctx.attachment(options.download === true ? basename(name) : options.download);
}

function cacheFor(maxAge: number): string {
  return maxAge > 0 ? `private, max-age=${Math.floor(maxAge / 1000)}` : 'private, no-cache';
}

/** @throws HttpError 416 */
function rangeFor(ctx: Context, size: number): ByteRange | undefined {
  if (ctx.status !== 200 || !sameVersion(ctx)) return undefined;
  const range = readRange(ctx.get('Range') || undefined, size);
  if (range !== 'unsatisfiable') return range;
  const headers = { 'Content-Range': `bytes */${size}` };
  throw new HttpError(416, `The file has ${size} bytes; the range asks for others.`, {
    code: 'SPECTER_RANGE',
    headers,
  });
}

/** `If-Range`: a part is only of use beside the parts of the same version. */
function sameVersion(ctx: Context): boolean {
  const wanted = ctx.get('If-Range');
  return wanted === '' || wanted === ctx.response.get('ETag') || wanted === ctx.response.get('Last-Modified');
}

function stream(ctx: Context, handle: FileHandle, { start, end }: ByteRange): boolean {
  const length = end - start + 1;
  if (length === 0) ctx.body = '';
  else ctx.length = length;
  if (ctx.method === 'HEAD' || length === 0) return false;
  const bytes = handle.createReadStream({ start, end });
  // A file that became shorter meanwhile cannot fill what was announced: the client must not wait for the rest.
  bytes.once('end', () => {
    if (bytes.bytesRead < length) exchangeOf(ctx).cutOff('its file became shorter');
  });
  ctx.body = bytes;
  ctx.length = length;
  return true;
}
