// Takes the bytes of a body, only when a method asks for them, and never more than is allowed.
import type { IncomingMessage } from 'node:http';
import type { Limits } from '../validation/limits.js';
import { type BodyKind, jsonBody, kindSent } from './body-kinds.js';
import { BodyConsumedError, PayloadTooLarge } from './errors.js';
import { ClientGoneError } from './exchange.js';
import { inflate, inflaterFor } from './inflate.js';
import type { HttpSettings } from './options.js';

/** How one body is taken. */
export interface BodyTaking {
  /** What it may be; the first one whose media type fits parses it. */
  readonly kinds: readonly BodyKind[];
  /** Its most bytes, when that is not for its kind to say. */
  readonly limit?: number;
  readonly limits: Limits;
  /** Whether it may be compressed. */
  readonly inflate?: boolean;
}

/** What came: the kind whose media type it had, and what that made of its bytes. */
export interface Taken {
  readonly kind: BodyKind;
  readonly value: unknown;
}

/**
 * Reads and parses the body of a request.
 *
 * @throws UnsupportedMediaType (415) unless it is of an allowed kind, in UTF-8, and not compressed; PayloadTooLarge (413);
 *   BodyError (400); ClientGoneError when the upload was given up
 */
export async function takeBody(request: IncomingMessage, settings: HttpSettings, taking: BodyTaking): Promise<Taken> {
  if (request.readableDidRead) throw new BodyConsumedError();
  // Nothing would be heard of it any more, and whoever waits would wait for ever.
  if (request.destroyed) throw new ClientGoneError();
  const kind = kindSent(request.headers, taking.kinds);
  const inflater = inflaterFor(request.headers, taking.inflate ?? false);
  const limit = taking.limit ?? kind.limitOf(settings);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  const sent = await readBytes(request, limit);
  const bytes = inflater ? await inflate(inflater, sent, limit) : sent;
  if (!bytes) throw tooLarge(limit);
  return { kind, value: kind.parse(bytes, taking.limits) };
}

/** Reads and parses a body that must be JSON. @throws what `takeBody` does */
export async function readJson(request: IncomingMessage, settings: HttpSettings): Promise<unknown> {
  const { value } = await takeBody(request, settings, { kinds: JSON_ALONE, limits: settings.limits });
  return value;
}

const JSON_ALONE = [jsonBody];

function tooLarge(limit: number): PayloadTooLarge {
  return new PayloadTooLarge(`The body is larger than ${limit} bytes.`, {
    code: 'SPECTER_BODY_TOO_LARGE',
    headers: { Connection: 'close' },
  });
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What comes beyond the limit is taken off the line and forgotten.
      if (size <= limit) return void chunks.push(chunk);
      chunks.length = 0;
      reject(tooLarge(limit));
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)));
    // It closes in any case, and an error costs time to make.
    request.on('close', () => void (request.readableEnded || reject(new ClientGoneError())));
  });
}
