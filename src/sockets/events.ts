// What the sockets door can say happened, and how it reads in a log.
import { SessionIdError } from '../http/errors.js';
import { messageOf } from '../kernel/errors.js';
import type { Wordings } from '../kernel/events.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    'socket-connected': { service: string; socket: string; session: string; namespace: string };
    'socket-disconnected': { service: string; socket: string; session: string; namespace: string; reason: string };
    'socket-refused': { service: string; socket: string; what: string; error: Error };
    'socket-failed': { service: string; socket: string; what: string; error: Error };
    /** `limit` says which one it was, where the reason does not. */
    'socket-dropped': { service: string; socket: string; reason: string; limit?: string };
  }
}

type SocketEventType =
  | 'socket-connected'
  | 'socket-disconnected'
  | 'socket-refused'
  | 'socket-failed'
  | 'socket-dropped';

/** The wording of the events of this door. */
export const socketWordings: Wordings<SocketEventType> = {
  'socket-connected': { level: 'debug', sentence: (e) => `Socket ${e.socket} connected to ${e.namespace}` },
  'socket-disconnected': { level: 'debug', sentence: (e) => `Socket ${e.socket} left ${e.namespace}: ${e.reason}` },
  'socket-refused': {
    level: ({ error }) => (error instanceof SessionIdError && error.first ? 'warn' : 'debug'),
    sentence: (e) => `${e.service} refused ${e.what} of socket ${e.socket}: ${messageOf(e.error)}`,
  },
  'socket-failed': {
    level: 'error',
    sentence: (e) => `${e.service} failed at ${e.what} of socket ${e.socket}: ${messageOf(e.error)}`,
  },
  'socket-dropped': {
    level: 'warn',
    sentence: (e) =>
      `The connection of socket ${e.socket} was cut: ${e.reason}${e.limit === undefined ? '' : ` (${e.limit})`}`,
  },
};
