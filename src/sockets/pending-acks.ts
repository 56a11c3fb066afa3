// Pending acks: what socket.io keeps of the questions that the server has asked.
import type { Socket } from 'socket.io';

/** The questions of the server that a socket has not answered, by number. */
export function pendingAcks(socket: Socket): Map<number, unknown> {
  return (socket as unknown as { acks: Map<number, unknown> }).acks;
}
