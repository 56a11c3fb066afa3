// Connections: who is connected and what is under way; stops accepting, finishes what runs, closes the rest, then forces.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import { counted } from '../kernel/counted.js';
import type { Deadline } from '../kernel/deadline.js';
import { listenerForAll } from '../kernel/listener-for-all.js';
import { type Door, Exchange } from './exchange.js';

/** How a request of ours came. */
interface Arrival {
  readonly door: Door;
  /** Real monotonic milliseconds. */
  readonly arrived: number;
  /** Those of the application's clock. */
  readonly now: number;
}

const EXCHANGE = Symbol('exchange');

/** A response under way: it knows its exchange, which is quicker than to look for it. */
interface Followed extends ServerResponse {
  [EXCHANGE]?: Exchange;
}

/** The connections of one server. */
export class Connections {
  readonly #onEnd: (exchange: Exchange) => void;
  readonly #sockets = new Set<Socket>();
  /** What is below secured connections, by client. */
  readonly #handshakes = new Map<string, Socket>();
  /** Connections that speak another protocol now: theirs to close. */
  readonly #upgraded = new WeakSet<Duplex>();
  /** Everything under way, also what others on the same server answer, as socket.io's polling. */
  readonly #exchanges = new Set<Exchange>();
  /** Where others speak another protocol, and how many listened when they said so. */
  upgrades: { readonly path: string; readonly listeners: number } | undefined;
  /** Those that came while an earlier one on their connection was not yet answered. */
  readonly #queued = new Set<Exchange>();
  #inFlight = 0;
  #draining = false;
  /** Why it drains: also said to requests that come meanwhile, on connections that live for an earlier one. */
  #reason: Error | undefined;
  #quiet: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(onEnd: (exchange: Exchange) => void) {
    this.#onEnd = onEnd;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** The requests of ours in flight. */
  get exchanges(): readonly Exchange[] {
    return [...this.#exchanges].filter(({ ours }) => ours);
  }

  /** How many connections are open, in words. */
  get counted(): string {
    return counted(this.#sockets.size, 'connection');
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The exchange of a response under way. */
  of(response: ServerResponse): Exchange | undefined {
    return (response as Followed)[EXCHANGE];
  }

  /** Everything under way. */
  get underWay(): Iterable<Exchange> {
    return this.#exchanges;
  }

  /** Begins to see the connections of a server. */
  watch(server: Server): void {
    const secured = server instanceof TlsServer;
    server.on('connection', (socket) => {
      if (secured) this.#addHandshake(socket);
      this.#add(socket);
    });
    // With TLS a request knows the secured socket, which from then on stands for the one below it.
    server.on('secureConnection', (socket: Socket) => {
      const below = this.#handshakes.get(clientOf(socket));
      if (below) this.#sockets.delete(below);
      this.#add(socket);
    });
  }

  /** A connection that must first be secured. */
  #addHandshake(socket: Socket): void {
    const client = clientOf(socket);
    this.#handshakes.set(client, socket);
    socket.once('close', () => void (this.#handshakes.get(client) === socket && this.#handshakes.delete(client)));
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', this.#gone);
  }

  readonly #gone = listenerForAll((socket: Socket) => {
    this.#sockets.delete(socket);
    this.#endQueued(socket);
  });

  /** Of responses that still waited for those before them when their connection closed, node says nothing. */
  #endQueued(socket: Socket): void {
    for (const exchange of this.#queued) {
      if (exchange.request.socket === socket && !exchange.response.socket) this.#ended(exchange);
    }
  }

  /** Begins to see requests that others on the same server answer. Comes last, when they have all attached. */
  watchOthers(server: Server, refuse: (socket: Duplex, request: IncomingMessage) => void): void {
    server.prependListener('request', (request, response) => this.#track(request, response, 0));
    const listeners = server.listenerCount('upgrade');
    // Without anybody who upgrades, node treats such a request as a plain one; a listener here would change that.
    if (listeners === 0) return;
    const path = this.upgrades?.listeners === listeners ? this.upgrades.path : '';
    server.prependListener('upgrade', (request, socket) => {
      if (request.url?.startsWith(path)) this.#upgraded.add(socket);
      else refuse(socket, request);
    });
  }

  /** A request of ours begins. */
  begin(request: IncomingMessage, response: ServerResponse, at: Arrival): void {
    const exchange = this.of(response) ?? this.#track(request, response, at.now);
    exchange.begun = at.now;
    exchange.arrived = at.arrived;
    exchange.enter(at.door);
    if (this.#reason) exchange.stop(this.#reason);
    this.#inFlight++;
  }

  /**
   * Accepts nobody new and lets what runs come to its end: its signals are aborted with `reason`, its responses say
   * `Connection: close`, and connections without a request are closed at once.
   *
   * @returns what had to be cut off at the deadline
   */
  async drain(server: Server | undefined, deadline: Deadline, reason: Error): Promise<readonly Exchange[]> {
    this.#draining = true;
    this.#reason = reason;
    if (server?.listening) void this.#stopListening(server);
    for (const exchange of this.exchanges) exchange.stop(reason);
    for (const response of this.#lastResponses()) response.shouldKeepAlive = false;
    const used = new Set([...this.#exchanges].map(({ request }) => request.socket));
    for (const socket of this.#sockets) if (!used.has(socket) && !this.#upgraded.has(socket)) socket.destroy();
    await deadline.wait(this.#whenQuiet(), () => reason).catch(() => {});
    const cut = this.exchanges;
    for (const exchange of cut) {
      exchange.cut ??= 'the application stops';
      exchange.request.socket.destroy();
    }
    return cut;
  }

  /** Closes every connection, whatever it does. */
  async close(server: Server): Promise<void> {
    this.#draining = true;
    const closed = this.#stopListening(server);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #stopListening(server: Server): Promise<void> {
    // Node would take a connection for idle, and cut it, while a response that was handed over whole is still being sent.
    server.closeIdleConnections = () => {};
    // The callback also comes, with an error, when the server was not listening or somebody else has closed it.
    this.#closed ??= new Promise((resolve) => void server.close(() => resolve()));
    return this.#closed;
  }

  #track(request: IncomingMessage, response: ServerResponse, now: number): Exchange {
    const exchange = new Exchange(request, response, now);
    if (this.#draining) this.#takeLate(exchange);
    (response as Followed)[EXCHANGE] = exchange;
    this.#exchanges.add(exchange);
    if (!response.socket) this.#queued.add(exchange);
    // Not `once`, which would wrap it; a second time finds nothing to end.
    response.on('close', () => this.#ended(exchange));
    return exchange;
  }

  /** One more request on a connection that we let live for an earlier one: the connection closes after this one. */
  #takeLate({ request, response }: Exchange): void {
    for (const earlier of this.#exchanges) {
      if (earlier.request.socket === request.socket) earlier.response.shouldKeepAlive = true;
    }
    response.shouldKeepAlive = false;
  }

  #ended(exchange: Exchange): void {
    if (!this.#exchanges.delete(exchange)) return;
    this.#queued.delete(exchange);
    exchange.end();
    if (exchange.ours) {
      this.#inFlight--;
      this.#onEnd(exchange);
    }
    if (!this.#draining) return;
    const { socket } = exchange.request;
    if (!this.#isUsed(socket)) socket.destroySoon();
    if (this.#inFlight === 0) this.#quiet?.();
  }

  #isUsed(socket: Socket): boolean {
    if (this.#upgraded.has(socket)) return true;
    for (const { request } of this.#exchanges) if (request.socket === socket) return true;
    return false;
  }

  /** The latest response of each connection: after an earlier one that closed it, the others would never be sent. */
  #lastResponses(): Iterable<ServerResponse> {
    const last = new Map<Socket, ServerResponse>();
    for (const { request, response } of this.#exchanges) last.set(request.socket, response);
    return last.values();
  }

  #whenQuiet(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#quiet = resolve;
    });
  }
}

/** Tells clients apart: two sockets of one client are layers of one connection. */
function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remotePort} ${remoteAddress}`;
}
