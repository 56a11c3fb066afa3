// Reads a JSON body, only when a method asks for it, and never more than is allowed.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseJson } from '../validation/limits.js';
import { BodyConsumedError, PayloadTooLarge, UnsupportedMediaType } from './errors.js';
import { ClientGoneError } from './exchange.js';
import type { HttpSettings } from './options.js';

/**
 * Reads and parses the body of a request.
 *
 * @throws UnsupportedMediaType (415) unless it is JSON in UTF-8 without compression, PayloadTooLarge (413),
 *   BodyError (400), ClientGoneError when the upload was given up
 */
export async function readJson(
  request: IncomingMessage,
  settings: Pick<HttpSettings, 'bodyLimit' | 'limits'>,
): Promise<unknown> {
  if (request.readableDidRead) throw new BodyConsumedError();
  checkMediaType(request.headers);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > settings.bodyLimit) throw tooLarge(settings.bodyLimit);
  return parseJson(await readBytes(request, settings.bodyLimit), settings.limits);
}

const JSON_TYPE = /^application\/(?:[\w.!#$&^-]+\+)?json[ \t]*(?:;|$)/i;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s";]+)/i;

function checkMediaType(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'] ?? '';
  if (!JSON_TYPE.test(type)) throw unsupported('The body must be JSON: send Content-Type: application/json.');
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') throw unsupported('The body must be in UTF-8.');
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') throw unsupported('The body must not be compressed.');
}

function unsupported(detail: string): UnsupportedMediaType {
  return new UnsupportedMediaType(detail, {
    code: 'SPECTER_MEDIA_TYPE',
    headers: { 'Accept-Post': 'application/json' },
  });
}

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
    const gone = () => reject(new ClientGoneError());
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What comes beyond the limit is taken off the line and forgotten.
      if (size <= limit) return void chunks.push(chunk);
      chunks.length = 0;
      reject(tooLarge(limit));
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)));
    request.on('error', gone).on('close', gone);
  });
}
