// Sockets: emits to everyone, to a session or to a topic, asks a session and waits for its answer, and tells who is there.
import type { Socket } from 'socket.io';
import type { Session } from '../http/guard.js';
import { checkDuration, type Release } from '../kernel/clock.js';
import { InvalidArgumentError, InvalidOptionError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { ValidationError } from '../validation/errors.js';
import { compileGate, type InputType } from '../validation/gate.js';
import { type Audience, asList, checkAudience } from './audience.js';
import { AckTimeoutError, AnswerError, DisconnectedError } from './errors.js';
import { RESERVED } from './names.js';
import { pendingAcks } from './pending-acks.js';
import { checkSession, checkTopic, type SessionRef, sessionId, sessionRoom, topicRoom } from './rooms.js';
import { sending } from './sendable.js';
import type { SocketServer } from './server.js';
import type { AnyEvent, CheckedAnswer, Emitted, EventNamed, SocketData } from './socket-events.js';

export interface RequestOptions {
  /** Milliseconds until it rejects. @default `sockets.ackTimeout`, 10,000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** @default '/' */
  readonly namespace?: string;
  /** Checks the answer, which comes from outside like every payload. Without it the answer is whatever came. */
  readonly type?: InputType;
}

const REQUEST = ['timeout', 'signal', 'namespace', 'type'] satisfies (keyof RequestOptions)[];

/** In which namespace. */
interface Within {
  readonly namespace?: string;
}

/** What clients are told when an action should be called again. */
export const REFETCH_EVENT = 'action:refetch';

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
   * Emits an event to everyone, to a session or to a topic. Nobody waits for it to arrive. What it carries is checked by the
   * compiler where `SocketEvents` says so.
   *
   * @throws SPECTER_INVALID_ARGUMENT for a name that socket.io keeps for itself, a session and a topic at once or one that is
   *   named and undefined, or a namespace that nobody has opened; SPECTER_NOT_JSON for data that would not arrive as it is
   */
  emit<E extends AnyEvent>(event: EventNamed<E>, ...[data, audience = {}]: Emitted<E>): void {
    checkEvent('sockets.emit()', event);
    // For socket.io a function at the end is an acknowledgement, which for many clients at once nobody could take.
    if (typeof data === 'function') throw new InvalidArgumentError('sockets.emit()', 'data that JSON can hold', data);
    checkAudience('emit', audience);
    const { session, topic, namespace, except = [], volatile = false } = audience;
    const everybody = this.#server.namespace('sockets.emit()', namespace)?.except(asList(except).map(sessionRoom));
    if (!everybody) return;
    const room = session === undefined ? topic && topicRoom(topic) : sessionRoom(session);
    const some = room === undefined ? everybody : everybody.to(room);
    const target = volatile ? some.volatile : some;
    const send = () => target.emit(event, ...(data === undefined ? [] : [data]));
    sending(data, `The data of sockets.emit("${event}")`, send);
  }

  /**
   * Asks a session, and resolves with the first answer of one of its sockets.
   *
   * @throws SPECTER_ACK_TIMEOUT when no answer came in time, SPECTER_DISCONNECTED when no socket is there that could answer,
   *   SPECTER_VALIDATION when the answer is not of its type, or the signal's reason
   * @example
   * const volume = await sockets.request(session, 'volume?', undefined, { timeout: 500, type: Number });
   */
  async request<E extends AnyEvent, T extends InputType | undefined = InputType | undefined>(
    session: SessionRef,
    event: EventNamed<E>,
    data?: SocketData<E>,
    options: RequestOptions & { readonly type?: T } = {},
  ): Promise<CheckedAnswer<E, T>> {
    checkEvent('sockets.request()', event);
    checkSession('sockets.request(), session', session);
    checkOptionKeys('sockets.request()', options, REQUEST);
    const { timeout = this.#server.settings.ackTimeout, namespace, type, signal } = options;
    checkDuration('sockets.request()', timeout);
    const gate =
      type === undefined ? undefined : compileGate(type, { in: 'payload', where: `the answer to "${event}"` });
    signal?.throwIfAborted();
    const sockets = this.#socketsIn('sockets.request()', namespace, sessionRoom(session));
    const answer = await this.#ask(sockets, { event, data, timeout, session: sessionId(session), signal });
    try {
      return (gate ? await gate.check(answer) : answer) as CheckedAnswer<E, T>;
    } catch (thrown) {
      throw thrown instanceof ValidationError ? new AnswerError(event, sessionId(session), thrown) : thrown;
    }
  }

  /** Puts all sockets of a session into a topic; no rule is asked. */
  join(session: SessionRef, topic: string, options: Within = {}): void {
    checkTopic('sockets.join()', topic);
    this.#all('sockets.join()', session, options)?.socketsJoin(topicRoom(topic));
  }

  /** Takes all sockets of a session out of a topic. */
  leave(session: SessionRef, topic: string, options: Within = {}): void {
    checkTopic('sockets.leave()', topic);
    this.#all('sockets.leave()', session, options)?.socketsLeave(topicRoom(topic));
  }

  /** Who is connected, or in a topic: each session once, however many sockets it has. */
  async sessions(topic?: string, options: Within = {}): Promise<readonly Session[]> {
    checkOptionKeys('sockets.sessions()', options, ['namespace']);
    const found = new Map<string, Session>();
    for (const socket of this.#socketsIn('sockets.sessions()', options.namespace, topic && topicRoom(topic))) {
      const session = this.#server.connectionOf(socket)?.session;
      if (session) found.set(session.id, session);
    }
    return [...found.values()];
  }

  /** Tells clients to call an action again, because what it answers has changed. @throws SPECTER_INVALID_ARGUMENT for one that there is not */
  refetch(action: string, audience: Audience = {}): void {
    checkAudience('refetch', audience);
    this.#server.actions.check(action);
    this.emit(REFETCH_EVENT, { action }, audience);
  }

  /** All sockets of a session. */
  #all(where: string, session: SessionRef, options: Within) {
    checkSession(where, session);
    checkOptionKeys(where, options, ['namespace']);
    return this.#server.namespace(where, options.namespace)?.in(sessionRoom(session));
  }

  #socketsIn(where: string, name: string | undefined, room: string | undefined): readonly Socket[] {
    const namespace = this.#server.namespace(where, name);
    if (!namespace) return [];
    const { sockets, adapter } = namespace;
    if (room === undefined) return [...sockets.values()];
    return [...(adapter.rooms.get(room) ?? [])].flatMap((id) => sockets.get(id) ?? []);
  }

  #ask(sockets: readonly Socket[], question: Question): Promise<unknown> {
    const { event, timeout, session, signal } = question;
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
      const late = () => fail(new AckTimeoutError(event, session, timeout));
      releases.push(this.#environment.clock.setDeadline(late, timeout));
      releases.push(onAbort(signal, () => fail(signal?.reason)));
      try {
        for (const socket of sockets) this.#put(socket, question, { gone, answered: end(resolve), releases });
      } catch (unwritable) {
        fail(unwritable);
      }
    });
  }

  /** Puts a question to one socket. */
  #put(socket: Socket, { event, data }: Question, { gone, answered, releases }: Asking): void {
    // The number that socket.io is about to give it. It would keep an unanswered question for as long as the socket lives.
    const id = (socket.nsp as unknown as { _ids: number })._ids;
    releases.push(() => void pendingAcks(socket).delete(id));
    releases.push(this.#server.connectionOf(socket)?.onEnd(gone) ?? (() => {}));
    const ask = () => socket.emit(event, ...(data === undefined ? [] : [data]), (value: unknown) => answered(value));
    sending(data, `The data of sockets.request("${event}")`, ask);
  }
}

interface Asking {
  readonly gone: () => void;
  readonly answered: (value: unknown) => void;
  /** What it takes to forget the question. */
  readonly releases: Release[];
}

interface Question {
  readonly event: string;
  readonly data: unknown;
  readonly timeout: number;
  readonly session: string;
  readonly signal: AbortSignal | undefined;
}

function onAbort(signal: AbortSignal | undefined, fn: () => void): Release {
  signal?.addEventListener('abort', fn, { once: true });
  return () => signal?.removeEventListener('abort', fn);
}

function checkEvent(where: string, event: string): void {
  if (typeof event !== 'string' || event === '' || event === 'disconnect' || RESERVED.has(event)) {
    throw new InvalidOptionError(where, 'the name of an event that socket.io does not keep for itself', event);
  }
}
