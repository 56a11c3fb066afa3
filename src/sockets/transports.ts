// Transports: the raw connections under socket.io, which must be flushed, closed, and in the end cut.
import type { IncomingMessage, Server as NodeServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Server } from 'socket.io';
import type { Deadline } from '../kernel/deadline.js';
import { listenerForAll } from '../kernel/listener-for-all.js';

/** What engine.io has of each connection. */
interface Connection {
  readonly writeBuffer: readonly unknown[];
  once(event: 'drain' | 'close', fn: () => void): void;
  close(discard: boolean): void;
}

/** Follows the upgraded connections of one door on an HTTP server. */
export class Transports {
  readonly #path: string;
  readonly #upgraded = new Set<Duplex>();

  /** @param path - the path of the door, with a slash at its end; upgrades elsewhere are not its business */
  constructor(server: NodeServer, path: string) {
    this.#path = path;
    server.prependListener('upgrade', (request, socket) => this.#follow(request, socket));
  }

  /** Resolves when everything that was answered has been handed to the network, or the time is up. */
  async flush(io: Server, deadline: Deadline): Promise<void> {
    const { clients } = io.engine as unknown as { clients: Readonly<Record<string, Connection>> };
    const busy = Object.values(clients).filter((connection) => connection.writeBuffer.length > 0);
    await within(deadline, Promise.all(busy.map(drained)));
  }

  /** Resolves when all connections have closed; at the deadline those that have not are cut. */
  async end(deadline: Deadline): Promise<void> {
    await within(deadline, Promise.all([...this.#upgraded].map(closed)));
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
