// Sockets: emits to everyone, to a session or to a topic, asks a session and waits for its answer, and tells who is there.
import type { Socket } from 'socket.io';
import type { Session } from '../http/guard.js';
import { checkDuration, type Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { compileGate, type InputType } from '../validation/gate.js';
import { AckTimeoutError, DisconnectedError } from './errors.js';
import { type SessionRef, sessionId, sessionRoom, topicRoom } from './rooms.js';
import type { SocketServer } from './server.js';

/** Whom something is for; everybody in the namespace unless said otherwise. */
export interface Audience {
  /** All sockets of one session. */
  readonly session?: SessionRef;
  /** All sockets in one topic. */
  readonly topic?: string;
  /** @default '/' */
  readonly namespace?: string;
  /** Sessions that are left out. */
  readonly except?: SessionRef | readonly SessionRef[];
}

export interface RequestOptions {
  /** Milliseconds until it rejects. @default 10,000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** @default '/' */
  readonly namespace?: string;
  /** Checks the answer, which comes from outside like every payload. Without it the answer is whatever came. */
  readonly type?: InputType;
}

/** What clients are told when an action should be called again. */
export const REFETCH_EVENT = 'action:refetch';

const DEFAULT_TIMEOUT = 10_000;

/** Names that socket.io keeps for itself. */
const RESERVED: ReadonlySet<string> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/**
 * Emits to clients. Injectable.
 *
 * @example
 * @Service()
 * class Player {
 *   constructor(private readonly sockets: Sockets) {}
 *   play(film: string) { this.sockets.emit('now-playing', { film }, { topic: 'living-room' }); }
 * }
 */
export class Sockets {
  readonly #environment: Environment;
  readonly #server: SocketServer;

  constructor(environment: Environment, server: SocketServer) {
    this.#environment = environment;
    this.#server = server;
  }

  /**
   * Emits an event to everyone, to a session or to a topic. Nobody waits for it to arrive.
   *
   * @throws SPECTER_INVALID_ARGUMENT for a name that socket.io keeps for itself, or a session and a topic at once
   */
  emit(event: string, data?: unknown, audience: Audience = {}): void {
    checkEvent('sockets.emit()', event);
    // For socket.io a function at the end is an acknowledgement, which for many clients at once nobody could take.
    if (typeof data === 'function') throw new InvalidArgumentError('sockets.emit()', 'data that JSON can hold', data);
    const { session, topic, namespace = '/', except = [] } = audience;
    if (session !== undefined && topic !== undefined) {
      throw new InvalidArgumentError('sockets.emit()', 'a session or a topic', 'both');
    }
    const everybody = this.#server.io.of(namespace).except(asList(except).map(sessionRoom));
    const room = session === undefined ? topic && topicRoom(topic) : sessionRoom(session);
    const target = room === undefined ? everybody : everybody.to(room);
    target.emit(event, ...(data === undefined ? [] : [data]));
  }

  /**
   * Asks a session, and resolves with the first answer of one of its sockets.
   *
   * @throws SPECTER_ACK_TIMEOUT when no answer came in time, SPECTER_DISCONNECTED when no socket is there that could answer,
   *   SPECTER_VALIDATION when the answer is not of its type, or the signal's reason
   * @example
   * const volume = await sockets.request(session, 'volume?', undefined, { timeout: 500, type: Number });
   */
  async request(session: SessionRef, event: string, data?: unknown, options: RequestOptions = {}): Promise<unknown> {
    checkEvent('sockets.request()', event);
    const { timeout = DEFAULT_TIMEOUT, namespace = '/', type, signal } = options;
    checkDuration('sockets.request()', timeout);
    const gate =
      type === undefined ? undefined : compileGate(type, { in: 'payload', where: `the answer to "${event}"` });
    signal?.throwIfAborted();
    const sockets = this.#socketsIn(namespace, sessionRoom(session));
    const answer = await this.#ask(sockets, { event, data, timeout, session: sessionId(session), signal });
    return gate ? gate.check(answer) : answer;
  }

  /** Puts all sockets of a session into a topic; no rule is asked. */
  join(session: SessionRef, topic: string, options: { namespace?: string } = {}): void {
    this.#server.io
      .of(options.namespace ?? '/')
      .in(sessionRoom(session))
      .socketsJoin(topicRoom(topic));
  }

  /** Takes all sockets of a session out of a topic. */
  leave(session: SessionRef, topic: string, options: { namespace?: string } = {}): void {
    this.#server.io
      .of(options.namespace ?? '/')
      .in(sessionRoom(session))
      .socketsLeave(topicRoom(topic));
  }

  /** Who is connected, or in a topic: each session once, however many sockets it has. */
  async sessions(topic?: string, options: { namespace?: string } = {}): Promise<readonly Session[]> {
    const found = new Map<string, Session>();
    for (const socket of this.#socketsIn(options.namespace ?? '/', topic && topicRoom(topic))) {
      const session = this.#server.connectionOf(socket)?.session;
      if (session) found.set(session.id, session);
    }
    return [...found.values()];
  }

  /** Tells clients to call an action again, because what it answers has changed. */
  refetch(action: string, audience: Audience = {}): void {
    this.emit(REFETCH_EVENT, { action }, audience);
  }

  #socketsIn(namespace: string, room: string | undefined): readonly Socket[] {
    const { sockets, adapter } = this.#server.io.of(namespace);
    if (room === undefined) return [...sockets.values()];
    return [...(adapter.rooms.get(room) ?? [])].flatMap((id) => sockets.get(id) ?? []);
  }

  #ask(sockets: readonly Socket[], { event, data, timeout, session, signal }: Question): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const releases: Release[] = [];
      const end =
        <A>(settle: (value: A) => void) =>
        (value: A) => {
          for (const release of releases.splice(0)) release();
          settle(value);
        };
      const fail = end(reject);
      let left = sockets.length;
      const gone = () => {
        left--;
        if (left <= 0) fail(new DisconnectedError(event, session));
      };
      if (left === 0) return gone();
      releases.push(
        this.#environment.clock.setDeadline(() => fail(new AckTimeoutError(event, session, timeout)), timeout),
      );
      releases.push(onAbort(signal, () => fail(signal?.reason)));
      const answered = end(resolve);
      try {
        for (const socket of sockets) {
          const answer = (value: unknown) => answered(value);
          releases.push(onAbort(this.#server.connectionOf(socket)?.signal, gone), () => forget(socket, answer));
          socket.emit(event, data, answer);
        }
      } catch (unwritable) {
        fail(unwritable);
      }
    });
  }
}

interface Question {
  readonly event: string;
  readonly data: unknown;
  readonly timeout: number;
  readonly session: string;
  readonly signal: AbortSignal | undefined;
}

/** socket.io would keep an unanswered question for as long as the socket lives. */
function forget(socket: Socket, answer: unknown): void {
  const { acks } = socket as unknown as { acks: Map<number, unknown> };
  for (const [id, ack] of acks) if (ack === answer) acks.delete(id);
}

function onAbort(signal: AbortSignal | undefined, fn: () => void): Release {
  signal?.addEventListener('abort', fn, { once: true });
  return () => signal?.removeEventListener('abort', fn);
}

function checkEvent(where: string, event: string): void {
  if (typeof event !== 'string' || event === '' || RESERVED.has(event)) {
    throw new InvalidArgumentError(where, 'the name of an event that socket.io does not keep for itself', event);
  }
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
