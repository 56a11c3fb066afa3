// Rooms: which of socket.io's rooms stand for a session and for a topic. Prefixed, so that a topic can never be a socket's own room.
import type { Socket } from 'socket.io';
import type { Session } from '../http/guard.js';
import { InvalidArgumentError } from '../kernel/errors.js';

/** A session, or its id. */
export type SessionRef = Session | string;

const SESSION = 'session:';
const TOPIC = 'topic:';

/** The id of a session, however it was given. */
export function sessionId(session: SessionRef): string {
  return typeof session === 'string' ? session : session.id;
}

/** @param where - as `sockets.emit(), session` @throws SPECTER_INVALID_ARGUMENT for what is no session, and no id of one */
export function checkSession(where: string, session: unknown): void {
  const id = typeof session === 'object' ? (session as Session | null)?.id : session;
  if (typeof id !== 'string') throw new InvalidArgumentError(where, 'a session, or its id', session);
}

/** @throws SPECTER_INVALID_ARGUMENT for what cannot be the name of a topic */
export function checkTopic(where: string, topic: unknown): void {
  if (typeof topic !== 'string' || topic === '') throw new InvalidArgumentError(where, 'the name of a topic', topic);
}

/** The room that all sockets of a session are in. */
export function sessionRoom(session: SessionRef): string {
  return SESSION + sessionId(session);
}

/** The room that all sockets of a topic are in. */
export function topicRoom(topic: string): string {
  return TOPIC + topic;
}

/** The topic that a room stands for, if it does. */
export function topicOf(room: string): string | undefined {
  return room.startsWith(TOPIC) ? room.slice(TOPIC.length) : undefined;
}

/** How many topics a socket is in. */
export function topicCount(socket: Pick<Socket, 'rooms'>): number {
  let count = 0;
  for (const room of socket.rooms) if (room.startsWith(TOPIC)) count++;
  return count;
}

/** Whether a room is where a session can be: a topic, or the namespace itself. */
export function isPlace(room: string, session: Session): boolean {
  return topicOf(room) !== undefined || room === sessionRoom(session);
}

/** One text for a topic of a namespace, or for the namespace itself. */
export function placeKey(namespace: string, topic: string | undefined): string {
  return topic === undefined ? namespace : `${namespace}\n${topic}`;
}
