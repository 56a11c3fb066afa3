// Connections: who is connected and what is under way; stops accepting, finishes what runs, closes the rest, then forces.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { counted } from '../kernel/counted.js';
import type { Deadline } from '../kernel/deadline.js';
import { Connected } from './connected.js';
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
  readonly #sockets = new Connected((socket) => this.#endQueued(socket));
  /** Connections that speak another protocol now: theirs to close. */
  readonly #upgraded = new WeakSet<Duplex>();
  /** Everything under way, also what others on the same server answer, as socket.io's polling. */
  readonly #exchanges = new Set<Exchange>();
  /** Where others speak another protocol, and how many listened when they said so. */
  upgrades: { readonly path: string; readonly listeners: number } | undefined;
  /** Those that came while an earlier one on their connection was not yet answered. */
  readonly #queued = new Set<Exchange>();
  /** Whether others still have something for those who come again. */
  #held = false;
  /** When it began to drain while it was held: the connections that had something of ours, and end with it. */
  #ending: WeakSet<Socket> | undefined;
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
    this.#sockets.watch(server);
  }

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
   * When it drains now, the port stays open, and so do connections with nothing of ours: whoever others answer may come again.
   *
   * @returns closes them after all; resolves when the answers that others have given are sent
   */
  hold(server: Server): () => Promise<void> {
    this.#held = !this.#draining;
    return async () => {
      if (!this.#held) return;
      this.#held = false;
      if (this.#draining) this.#shut(server);
      await Promise.all([...this.#exchanges].map(sent));
    };
  }

  /** Whether a connection was only kept for what others answer. */
  keeps(socket: Socket): boolean {
    return this.#ending !== undefined && !this.#ending.has(socket);
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
    for (const exchange of this.exchanges) exchange.stop(reason);
    if (this.#held) this.#ending ??= new WeakSet(this.exchanges.map(({ request }) => request.socket));
    this.#shut(server);
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

  /** Accepts nobody, and lets connections end with what is under way on them, but for what is held. */
  #shut(server: Server | undefined): void {
    if (server?.listening && !this.#held) void this.#stopListening(server);
    const used = new Map<Socket, ServerResponse>();
    for (const { request, response } of this.#exchanges) used.set(request.socket, response);
    // The latest response of each: after an earlier one that closed its connection, the others would never be sent.
    for (const [socket, response] of used) if (!this.#stays(socket)) response.shouldKeepAlive = false;
    for (const socket of this.#sockets) if (!used.has(socket) && !this.#stays(socket)) socket.destroy();
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
    if (this.#draining && !this.#stays(request.socket)) this.#takeLate(exchange);
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
    if (!this.#isUsed(socket) && !this.#stays(socket)) socket.destroySoon();
    if (this.#inFlight === 0) this.#quiet?.();
  }

  #stays(socket: Socket): boolean {
    return this.#upgraded.has(socket) || (this.#held && this.keeps(socket));
  }

  #isUsed(socket: Socket): boolean {
    for (const { request } of this.#exchanges) if (request.socket === socket) return true;
    return false;
  }

  #whenQuiet(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#quiet = resolve;
    });
  }
}

/** Resolves when an answer that somebody else has given is sent; others are not waited for. */
function sent({ ours, response }: Exchange): Promise<void> | undefined {
  if (ours || !response.writableEnded) return undefined;
  return new Promise((resolve) => response.once('close', resolve));
}
