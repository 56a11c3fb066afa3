// The node server under the HTTP door, with or without TLS, and what it says to bytes and requests that never come to koa.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Connections } from './drain.js';
import { awaitReaders } from './expectation.js';
import type { HttpSettings } from './options.js';
import { NO_EXPECTATION, NO_TUNNEL, type Refusals, refusalOf } from './refusals.js';

/** What a node server is made for. */
export interface Purpose {
  readonly settings: HttpSettings;
  readonly handler: RequestListener;
  readonly connections: Connections;
  readonly refusals: Refusals;
}

/** File descriptors that are left for everything else. */
const SPARE_FILES = 512;

/** Looked at on the way in, where the answer is a problem; node's own has nothing in it. */
const OWN = { requireHostHeader: false };

/** Makes a server whose every limit is set. It does not listen yet. */
export function makeNodeServer(purpose: Purpose): Server {
  const { settings, handler, connections, refusals } = purpose;
  const { tls, headersTimeout } = settings;
  const server = tls
    ? (createTlsServer({ handshakeTimeout: headersTimeout, ...settings, ...OWN, ...tls }, handler) as unknown as Server)
    : createServer({ ...settings, ...OWN }, handler);
  // One more than allowed is kept, so that it shows.
  server.maxHeadersCount = settings.maxHeaders + 1;
  server.maxConnections = Math.min(settings.maxConnections, mostFiles());
  server.on('clientError', (error, socket) => refuse(error, socket as Socket, purpose));
  server.on('connect', (request, socket) => refusals.end(socket, NO_TUNNEL, { request }));
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    refusals.answer(request, response, NO_EXPECTATION);
  });
  awaitReaders(server, connections);
  connections.watch(server);
  return server;
}

/** Node's parser gave up on what came in. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, { settings, connections, refusals }: Purpose): void {
  const waiting = connections.exchanges.filter(({ request }) => request.socket === socket);
  const answering = waiting.some(({ response }) => response.headersSent);
  // Before the handshake is done there is nothing that could be said.
  const unsaid = settings.tls !== undefined && !/^(?:HPE_|ERR_HTTP_)/.test(error.code ?? '');
  if (error.code === 'ECONNRESET' || (!socket.writable && !unsaid)) return void socket.destroy();
  const refusal = refusalOf(error);
  const reason = error.code ?? 'unknown';
  for (const exchange of waiting) exchange.cut ??= `refused with ${refusal.status}: ${refusal.detail}`;
  if (answering) return void socket.destroy();
  if (!unsaid)
    return refusals.end(socket, refusal, {
      reason,
      requestId: waiting.find(({ request }) => !request.complete)?.requestId,
    });
  refusals.tell(refusal.status, reason);
  socket.destroy();
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
