// Connected: who is connected to a server; with TLS each client is one, as soon as its connection is secured.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { listenerForAll } from '../kernel/listener-for-all.js';

/** The open sockets of one server. */
export class Connected {
  readonly #onGone: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  /** What is below secured connections, by client. */
  readonly #handshakes = new Map<string, Socket>();

  constructor(onGone: (socket: Socket) => void) {
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#sockets.size;
  }

  [Symbol.iterator](): Iterator<Socket> {
    return this.#sockets.values();
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
    this.#onGone(socket);
  });
}

/** Tells clients apart: two sockets of one client are layers of one connection. */
function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remotePort} ${remoteAddress}`;
}
