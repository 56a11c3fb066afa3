// Admission: what is refused before anybody looks at it, and bytes that are no request at all.
import type { IncomingMessage } from 'node:http';
import { makeProblem } from '../kernel/problem.js';
import { BadRequest, HttpError } from './errors.js';
import type { HttpSettings } from './options.js';
import { PROBLEM_TYPE, problemText, SAFE_HEADERS } from './problem-response.js';

/** Refuses a request whose head is beyond the limits or could be read in two ways. @throws HttpError 400, 414, 431 */
export function admit(request: IncomingMessage, settings: HttpSettings): void {
  const url = request.url ?? '';
  if (url.length > settings.maxUrlLength) {
    throw new HttpError(414, `The URL is longer than ${settings.maxUrlLength} characters.`, {
      code: 'SPECTER_URL_TOO_LONG',
    });
  }
  if (request.rawHeaders.length > 2 * settings.maxHeaders) {
    throw new HttpError(431, `The request has more than ${settings.maxHeaders} headers.`, {
      code: 'SPECTER_TOO_MANY_HEADERS',
    });
  }
  if (url[0] !== '/' && url !== '*') throw malformed('The URL must be a path.');
  if (url.includes('%') && /%00/.test(url)) throw malformed('The URL contains a NUL character.');
  if (countHosts(request.rawHeaders) > 1) throw malformed('The request has more than one Host header.');
}

function malformed(detail: string): BadRequest {
  return new BadRequest(detail, { code: 'SPECTER_MALFORMED_REQUEST' });
}

function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts;
}

/** What node's parser reports, as a status. */
const REFUSALS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const DETAILS: Readonly<Record<number, string>> = {
  400: 'What was sent is not an HTTP request.',
  408: 'The request did not arrive in time.',
  413: 'A part of the body is too large.',
  431: 'The headers are too large.',
};

/** The status that answers bytes which node's parser gave up on. */
export function refusalStatus(error: NodeJS.ErrnoException): number {
  return REFUSALS[error.code ?? ''] ?? 400;
}

/** A whole response as text, for a connection on which no request was understood. */
export function refusalText(status: number, requestId: string): string {
  const problem = makeProblem(status, { detail: DETAILS[status] ?? '', code: 'SPECTER_MALFORMED_REQUEST' });
  const text = problemText(problem, requestId);
  const headers = {
    ...SAFE_HEADERS,
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${problem.title}\r\n${lines.join('')}\r\n${text}`;
}
