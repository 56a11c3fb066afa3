// Compressed bodies: refused unless a method takes them, and then never inflated beyond what the body may be.
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate as inflateZlib } from 'node:zlib';
import { BodyError } from '../validation/errors.js';
import { UnsupportedMediaType } from './errors.js';

/** Makes of compressed bytes what they were, or rejects when that is more than it may be. */
export type Inflater = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const INFLATERS: ReadonlyMap<string, Inflater> = new Map<string, Inflater>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflateZlib)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * What inflates a body; undefined when it is not compressed.
 *
 * @throws UnsupportedMediaType (415) when it is and may not be, or is so in a way that nobody here knows
 */
export function inflaterFor(headers: IncomingHttpHeaders, allowed: boolean): Inflater | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return undefined;
  const inflater = allowed ? INFLATERS.get(encoding) : undefined;
  if (inflater) return inflater;
  const detail = allowed
    ? 'The body may be compressed with gzip, deflate or br, once.'
    : 'The body must not be compressed.';
  throw new UnsupportedMediaType(detail, {
    code: 'SPECTER_MEDIA_TYPE',
    headers: { 'Accept-Encoding': allowed ? 'gzip, deflate, br' : 'identity' },
  });
}

/** What comes out; undefined when that is more than `limit` bytes. @throws BodyError (400) when it is broken */
export async function inflate(inflater: Inflater, bytes: Buffer, limit: number): Promise<Buffer | undefined> {
  try {
    return await inflater(bytes, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw new BodyError('SPECTER_BODY_ENCODING', 'body', 'cannot be decompressed');
  }
}
