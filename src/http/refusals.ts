// Refusals: what is said to bytes and requests that never come to koa: the same problem, with the same headers, as koa would send.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Events } from '../kernel/events.js';
import { makeProblem } from '../kernel/problem.js';
import { HSTS, mayBeSecured, TLS_ONLY } from './entrance.js';
import type { HttpSettings } from './options.js';
import { PROBLEM_TYPE, problemText } from './problem-response.js';
import type { Proxies } from './proxy.js';
import { securityHeadersOf } from './security-headers.js';

/** Why something is refused, and with what. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const NO_TUNNEL: Refusal = {
  status: 405,
  detail: 'This server is no proxy.',
  code: 'SPECTER_METHOD_NOT_ALLOWED',
  headers: { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
};

export const NO_DOOR: Refusal = {
  status: 400,
  detail: 'Nothing at this path speaks another protocol.',
  code: 'SPECTER_MALFORMED_REQUEST',
};

export const NO_EXPECTATION: Refusal = {
  status: 417,
  detail: 'The only expectation that is met is 100-continue.',
  code: 'SPECTER_MALFORMED_REQUEST',
};

export const STOPPING: Refusal = {
  status: 503,
  detail: 'The application is stopping.',
  code: 'SPECTER_UNAVAILABLE',
  headers: { 'Retry-After': '1' },
};

/** What node's parser reports, as a status. */
const STATUSES: Readonly<Record<string, number>> = {
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

/** What answers bytes which node's parser gave up on. */
export function refusalOf(error: NodeJS.ErrnoException): Refusal {
  const status = STATUSES[error.code ?? ''] ?? 400;
  return { status, detail: DETAILS[status] ?? '', code: 'SPECTER_MALFORMED_REQUEST' };
}

/** What the refusals of one server depend on. */
interface Purpose {
  readonly settings: HttpSettings;
  readonly proxies: Proxies | undefined;
  readonly events: Events;
}

/** Refuses what never comes to koa, and tells of it. */
export class Refusals {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #proxies: Proxies | undefined;
  readonly #events: Events;

  constructor({ settings, proxies, events }: Purpose) {
    const { problems } = securityHeadersOf(settings.securityHeaders);
    // Of bytes that are no request nobody knows what a proxy would have said.
    const secured = mayBeSecured({ settings, proxies: undefined });
    this.#headers = { ...(secured && { [HSTS]: TLS_ONLY }), ...Object.fromEntries(problems) };
    this.#proxies = proxies;
    this.#events = events;
  }

  /** Answers on a connection that has no response, and ends it. @param reason - for the log */
  end(socket: Duplex, refusal: Refusal, { reason = refusal.code, ...about }: About = {}): void {
    const { title, headers, text } = this.#make(refusal, { reason, ...about });
    const all = { ...headers, Date: new Date().toUTCString(), Connection: 'close' };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.on('error', () => {});
    socket.end(`HTTP/1.1 ${refusal.status} ${title}\r\n${lines.join('')}\r\n${text}`, () => socket.destroy());
  }

  /** Answers a request that was understood, and ends its connection. */
  answer(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    const { title, headers, text } = this.#make(refusal, { request });
    response.shouldKeepAlive = false;
    response.writeHead(refusal.status, title, headers).end(text);
  }

  /** Nothing can be said, but it is told of. */
  tell(status: number, reason: string, requestId: string = randomUUID()): void {
    this.#events.emit('http-refused', { service: 'http', status, reason, requestId });
  }

  #make({ status, detail, code, headers: own }: Refusal, { reason = code, request, requestId: known }: About) {
    const requestId = known ?? (request && this.#proxies?.requestId(request)) ?? randomUUID();
    this.tell(status, reason, requestId);
    const problem = makeProblem(status, { detail, code });
    const text = problemText(problem, requestId);
    const headers = {
      ...this.#headers,
      ...own,
      'Content-Type': PROBLEM_TYPE,
      'Content-Length': String(Buffer.byteLength(text)),
      'Cache-Control': 'no-store',
    };
    return { title: problem.title, headers, text };
  }
}

/** What is known of what is refused. */
interface About {
  readonly reason?: string;
  readonly request?: IncomingMessage | undefined;
  /** Of a request whose rest is refused. */
  readonly requestId?: string | undefined;
}
