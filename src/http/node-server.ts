// The node server under the HTTP door, with or without TLS, and what it says to bytes and requests that never come to koa.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Events } from '../kernel/events.js';
import { makeProblem } from '../kernel/problem.js';
import { type Refusal, refusalOf, refusalText } from './admission.js';
import type { Connections } from './drain.js';
import { awaitReaders } from './expectation.js';
import type { HttpSettings } from './options.js';
import { PROBLEM_TYPE, problemText } from './problem-response.js';
import { SAFE_HEADERS } from './security-headers.js';

/** What a node server is made for. */
export interface Purpose {
  readonly settings: HttpSettings;
  readonly handler: RequestListener;
  readonly connections: Connections;
  readonly events: Events;
}

/** File descriptors that are left for everything else. */
const SPARE_FILES = 512;

/** Makes a server whose every limit is set. It does not listen yet. */
export function makeNodeServer(purpose: Purpose): Server {
  const { settings, handler, connections } = purpose;
  const { tls, headersTimeout } = settings;
  const server = tls
    ? (createTlsServer({ handshakeTimeout: headersTimeout, ...settings, ...tls }, handler) as unknown as Server)
    : createServer(settings, handler);
  // One more than allowed is kept, so that it shows.
  server.maxHeadersCount = settings.maxHeaders + 1;
  server.maxConnections = Math.min(settings.maxConnections, mostFiles());
  server.on('clientError', (error, socket) => refuse(error, socket as Socket, purpose));
  server.on('connect', (_request, socket) => end(socket, NO_TUNNEL));
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => refuseExpectation(response));
  awaitReaders(server);
  connections.watch(server);
  return server;
}

const NO_TUNNEL: Refusal = {
  status: 405,
  detail: 'This server is no proxy.',
  code: 'SPECTER_METHOD_NOT_ALLOWED',
  headers: { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
};

const NO_DOOR: Refusal = {
  status: 400,
  detail: 'Nothing at this path speaks another protocol.',
  code: 'SPECTER_MALFORMED_REQUEST',
};

/** Refuses a request to speak another protocol where nobody does. */
export function refuseUpgrade(socket: Duplex): void {
  end(socket, NO_DOOR);
}

/** Node's parser gave up on what came in. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, { settings, connections, events }: Purpose): void {
  const answering = connections.exchanges.some(
    ({ request, response }) => request.socket === socket && response.headersSent,
  );
  // Before the handshake is done there is nothing that could be said.
  const unsaid = settings.tls !== undefined && !/^(?:HPE_|ERR_HTTP_)/.test(error.code ?? '');
  if ((!socket.writable && !unsaid) || answering || error.code === 'ECONNRESET') return void socket.destroy();
  const refusal = refusalOf(error);
  events.emit('http-refused', { service: 'http', status: refusal.status, reason: error.code ?? 'unknown' });
  if (unsaid) socket.destroy();
  else end(socket, refusal);
}

function end(socket: Duplex, refusal: Refusal): void {
  socket.on('error', () => {});
  socket.end(refusalText(refusal, randomUUID()), () => socket.destroy());
}

function refuseExpectation(response: ServerResponse): void {
  const problem = makeProblem(417, {
    detail: 'The only expectation that is met is 100-continue.',
    code: 'SPECTER_MALFORMED_REQUEST',
  });
  const text = problemText(problem, randomUUID());
  response.shouldKeepAlive = false;
  response.writeHead(417, {
    ...SAFE_HEADERS,
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** How many connections the files that this process may open allow, where the system says so. */
function mostFiles(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : Math.max(Number(limit) >> 1, Number(limit) - SPARE_FILES);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
