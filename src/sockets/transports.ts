// Transports: the raw connections under socket.io, which must be flushed, closed, and in the end cut.
import type { IncomingMessage, Server as NodeServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Server } from 'socket.io';
import type { Deadline } from '../kernel/deadline.js';
import { listenerForAll } from '../kernel/listener-for-all.js';

/** The HTTP door that they come by. */
interface Below {
  readonly server: NodeServer;
  hold?(): () => Promise<void>;
}

/** What engine.io has of each connection. */
interface Connection {
  readonly transport: { readonly name: string };
  readonly writeBuffer: readonly unknown[];
  once(event: 'drain' | 'close', fn: () => void): void;
  close(discard: boolean): void;
}

/** Follows the upgraded connections of one door on an HTTP server. */
export class Transports {
  readonly #path: string;
  readonly #http: Below;
  readonly #upgraded = new Set<Duplex>();
  /** Closes the port that is kept open for clients that poll. */
  #leave: (() => Promise<void>) | undefined;

  /** @param path - the path of the door, with a slash at its end; upgrades elsewhere are not its business */
  constructor(http: Below, path: string) {
    this.#path = path;
    this.#http = http;
    http.server.prependListener('upgrade', (request, socket) => this.#follow(request, socket));
  }

  /** Keeps the port open if anybody polls: each word takes a request of its own. */
  stay(io: Server): void {
    const polls = Object.values(clientsOf(io)).some(({ transport }) => transport.name === 'polling');
    if (polls) this.#leave = this.#http.hold?.();
  }

  /** Resolves when everything that was answered has been handed to the network, or the time is up. */
  async flush(io: Server, deadline: Deadline): Promise<void> {
    const busy = Object.values(clientsOf(io)).filter((connection) => connection.writeBuffer.length > 0);
    await within(deadline, Promise.all(busy.map(drained)));
  }

  /** Resolves when all connections have closed and the last answers are sent; at the deadline those that have not are cut. */
  async end(deadline: Deadline): Promise<void> {
    await within(deadline, Promise.all([this.#leave?.(), ...[...this.#upgraded].map(closed)]));
    for (const socket of this.#upgraded) socket.destroy();
  }

  #follow(request: IncomingMessage, socket: Duplex): void {
    if (!request.url?.startsWith(this.#path)) return;
    this.#upgraded.add(socket);
    socket.on('close', this.#closed);
  }

  readonly #closed = listenerForAll((socket: Duplex) => void this.#upgraded.delete(socket));
}

/**
 * Closes a connection once its last words have gone. Asked nicely, engine.io would wait half a minute for a polling client to
 * come once more, longer than the application may last.
 */
export function closeWhenTold(connection: Connection): void {
  if (connection.writeBuffer.length > 0) connection.once('drain', () => connection.close(true));
  else connection.close(true);
}

function clientsOf(io: Server): Readonly<Record<string, Connection>> {
  return (io.engine as unknown as { clients: Readonly<Record<string, Connection>> }).clients;
}

function drained(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.once('drain', resolve);
    connection.once('close', resolve);
  });
}

function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function within(deadline: Deadline, work: Promise<unknown>): Promise<unknown> {
  return deadline.wait(work, () => new Error('too late')).catch(() => {});
}
