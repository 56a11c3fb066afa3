// Admission: what is refused before anybody looks at it.
import type { IncomingMessage } from 'node:http';
import { BadRequest, HttpError } from './errors.js';
import { isHost } from './hosts.js';
import type { HttpSettings } from './options.js';

/**
 * Refuses a request whose head is beyond the limits or could be read in two ways, and takes away what its path encodes without
 * need: the routes would read it, and a middleware that looks at the path would not. @throws HttpError 400, 405, 414, 431
 */
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
  if (url.includes('%')) {
    if (url.includes('%00')) throw malformed('The URL contains a NUL character.');
    request.url = plainUrl(url);
  }
  if (countHosts(request.rawHeaders) > 1) throw malformed('The request has more than one Host header.');
  const { host } = request.headers;
  if (host === undefined) checkNone(request);
  else if (host !== lastHost) checkHost(host);
  if (request.method === 'TRACE') throw noTrace();
}

/** Letters, digits and `-._~`, which mean the same whether they are encoded or not. */
const NEEDLESS = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/gi;

function plainUrl(url: string): string {
  const [path = ''] = url.split('?', 1);
  // Of what is not encoded correctly something else would be made.
  if (/%(?![\da-f]{2})/i.test(path)) return url;
  return path.replace(NEEDLESS, decodeURIComponent) + url.slice(path.length);
}

/** From version 1.1 on every request says its host, and one without is to be refused. */
function checkNone({ httpVersionMajor, httpVersionMinor }: IncomingMessage): void {
  if (httpVersionMajor === 1 && httpVersionMinor === 1) throw malformed('The request has no Host header.');
}

/** The last host that was one: nearly always the next one as well. */
let lastHost: string | undefined;

function checkHost(host: string): void {
  if (host !== '' && !isHost(host)) throw malformed('The Host header holds no host.');
  lastHost = host;
}

/** It would send back what a page must not see of its own request. */
function noTrace(): HttpError {
  return new HttpError(405, 'TRACE is not answered.', {
    code: 'SPECTER_METHOD_NOT_ALLOWED',
    headers: { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
  });
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
