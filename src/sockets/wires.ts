// Wires: the connections of one door: how many an address may have, and how long one may be in no namespace.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'socket.io';
import type { Proxies } from '../http/proxy.js';
import type { Release } from '../kernel/clock.js';
import type { Environment } from '../kernel/home.js';
import { listenerForAll } from '../kernel/listener-for-all.js';
import { ConnectionLimitError } from './errors.js';
import type { Failures } from './failures.js';
import { farEndOf } from './far-end.js';
import type { Message } from './incoming.js';
import type { SocketSettings } from './options.js';
import { type RawSocket, TOO_LONG } from './raw-socket.js';
import { Seats } from './seats.js';
import type { Rate } from './throttle.js';
import { type DropReason, type Transport, Wire, type WireLimits, type WireListener } from './wire.js';

/** What the wires need besides the settings. */
interface Around {
  readonly failures: Failures;
  /** Whose word is taken about who is at the other end. */
  readonly proxies: Proxies | undefined;
}

/** A request, of an open connection if it names one. */
interface Asking extends IncomingMessage {
  readonly _query: { readonly sid?: string };
}

/** One that turns into a websocket. */
interface Upgrading extends Asking {
  readonly websocket?: RawSocket;
}

/** Messages to one event: acknowledgements, heartbeats and the like. */
const MESSAGES_PER_EVENT = 20;

/** Follows every connection from its first byte to its last. */
export class Wires implements WireListener {
  readonly limits: WireLimits;
  readonly #environment: Environment;
  readonly #settings: SocketSettings;
  readonly #failures: Failures;
  readonly #proxies: Proxies | undefined;
  readonly #addresses: Seats;
  readonly #byConn = new Map<Transport, Wire>();

  constructor(environment: Environment, settings: SocketSettings, { failures, proxies }: Around) {
    this.#environment = environment;
    this.#settings = settings;
    this.#failures = failures;
    this.#proxies = proxies;
    this.#addresses = new Seats(settings.maxConnectionsPerAddress);
    const { rate } = settings;
    this.limits = { ...settings, messages: rate ? times(rate, MESSAGES_PER_EVENT) : undefined };
  }

  /** What is known of a connection; undefined when it has ended. */
  of(conn: Transport): Wire | undefined {
    return this.#byConn.get(conn);
  }

  /** Follows the connections of a server. */
  follow(io: Server): void {
    const { engine } = io;
    const { clients } = engine as unknown as { clients: Readonly<Record<string, Transport>> };
    engine.on('connection', (conn: Transport) => this.#add(conn));
    engine.use((request: Asking, response: ServerResponse, next: () => void) => {
      const { method, headers, _query } = request;
      const mayBeTooLarge = !(Number(headers['content-length']) <= this.limits.maxHttpBufferSize);
      if (method === 'POST' && mayBeTooLarge)
        response.once('finish', () => response.statusCode === 413 && this.#refused(clients[_query.sid ?? '']));
      next();
    });
    // The headers of the answer are the last that engine.io tells of a websocket before its first frame.
    engine.on('headers', (_: unknown, request: Upgrading) => {
      const conn = clients[request._query.sid ?? ''];
      if (conn && request.headers.upgrade) process.nextTick(() => this.of(conn)?.watch(request.websocket));
    });
  }

  /** Why a request may not open one more connection; undefined when it may. Requests of open connections are not asked about. */
  refusal(request: IncomingMessage): string | undefined {
    if (!this.#addresses.isFull(farEndOf(request, this.#proxies).address)) return undefined;
    const error = new ConnectionLimitError(this.#settings.maxConnectionsPerAddress, 'connections from one address');
    this.#failures.tell('sockets', { socket: '(none)', what: 'a connection' }, error);
    return error.message;
  }

  /** What still lingers when all have been closed. */
  end(): void {
    for (const wire of this.#byConn.values()) wire.end();
  }

  dropped({ sockets }: Wire, reason: DropReason, limit?: string): void {
    const socket = sockets[0]?.id ?? '(none)';
    const about = { service: 'sockets', socket, reason, ...(limit !== undefined && { limit }) };
    this.#environment.events.emit('socket-dropped', about);
  }

  /** socket.io does the same, but waits half a minute more for a polling client to come and hear of it. */
  idle(wire: Wire): Release {
    return this.#environment.clock.setTimeout(() => wire.close(), this.#settings.connectTimeout);
  }

  /** engine.io has refused what a polling client sent, and would wait for it to go by itself. */
  #refused(conn: Transport | undefined): void {
    const wire = conn && this.of(conn);
    wire?.exceeded();
    wire?.close();
  }

  #add(conn: Transport): void {
    const farEnd = farEndOf(conn.request, this.#proxies);
    const wire = new Wire(conn, farEnd, this);
    // Requests of one moment are all asked about before the first of them is a connection.
    const isOneTooMany = this.#addresses.isFull(farEnd.address);
    this.#byConn.set(conn, wire);
    this.#addresses.enter(farEnd.address);
    conn.on('packetCreate', this.#sending);
    if (this.limits.messages) conn.on('packet', this.#received);
    if (conn.transport.name === 'polling') conn.on('upgrading', this.#upgrading);
    conn.on('close', this.#ended);
    // The sockets in it are told of its end by socket.io, which listens already.
    conn.prependListener('close', this.#failed);
    if (isOneTooMany) wire.close();
  }

  readonly #sending = listenerForAll((conn: Transport, message: Message) => this.of(conn)?.sending(message));
  readonly #received = listenerForAll((conn: Transport, message: Message) => this.of(conn)?.received(message));
  // engine.io arms a timer right after it has told of this, and would never clear it on a connection that has ended.
  readonly #upgrading = listenerForAll((conn: Transport) => process.nextTick(() => this.of(conn)?.received()));
  readonly #failed = listenerForAll((conn: Transport, _: string, why?: { readonly message?: string }) => {
    if (why?.message?.includes(TOO_LONG)) this.of(conn)?.exceeded();
  });
  readonly #ended = listenerForAll((conn: Transport) => {
    const wire = this.of(conn);
    if (!wire || !this.#byConn.delete(conn)) return;
    this.#addresses.leave(wire.farEnd.address);
    wire.ended();
  });
}

function times({ perSecond, burst }: Rate, factor: number) {
  return { perSecond: perSecond * factor, burst: burst * factor };
}
