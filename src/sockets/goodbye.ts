// Goodbye: tells every client that the server is about to stop, and when to come back: each at another moment.
import type { Server, Socket } from 'socket.io';

/** What a client hears before the door closes. */
export const GOODBYE_EVENT = 'goodbye';

/** Tells all sockets; those of one connection hear the same. @param spread - milliseconds over which they are to come back */
export function sayGoodbye(io: Server, spread: number): void {
  const sockets = [...io._nsps.values()].flatMap(({ sockets }) => [...sockets.values()]);
  const byConnection = new Map<Socket['conn'], Socket[]>();
  for (const socket of sockets) {
    const others = byConnection.get(socket.conn);
    if (others) others.push(socket);
    else byConnection.set(socket.conn, [socket]);
  }
  const share = spread / byConnection.size;
  let at = 0;
  // Each has a share of the time for itself, and a random moment in it: no moment is anybody's favourite.
  for (const here of byConnection.values()) {
    const reconnectIn = Math.round((at++ + Math.random()) * share);
    for (const socket of here) socket.emit(GOODBYE_EVENT, { reconnectIn });
  }
}
