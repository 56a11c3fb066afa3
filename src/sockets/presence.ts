// Presence: who is here, by session and not by socket; who came, and who has really gone.
import type { Namespace, Socket } from 'socket.io';
import type { Session } from '../http/guard.js';
import { checkFunction } from '../kernel/check-function.js';
import type { Release } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import { type Environment, nameOf } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Owner } from '../kernel/scope.js';
import { isThenable } from '../kernel/thenable.js';
import { checkSession, isPlace, placeKey, type SessionRef, sessionId, topicOf } from './rooms.js';
import { holdFor } from './subscriptions.js';
import { matchesTopic } from './topics.js';

/** A session came to a place, or left it: a topic, or the namespace itself. */
export interface PresenceChange {
  readonly session: Session;
  /** Undefined for the namespace itself. */
  readonly topic: string | undefined;
  readonly namespace: string;
}

declare module '../kernel/bus.js' {
  interface BusEvents {
    'presence:joined': PresenceChange;
    'presence:left': PresenceChange;
  }
}

/** Hears of a session that came or left. */
export type PresenceListener = (session: Session, change: PresenceChange) => unknown;

export interface PresenceOptions {
  /** The topics that are meant, `*` stands for one character or more. @default the namespace itself */
  readonly topic?: string;
  /** @default '/' */
  readonly namespace?: string;
  /** Ends the listening when it stops. */
  readonly owner?: Owner;
}

const KEYS = ['topic', 'namespace', 'owner'] satisfies (keyof PresenceOptions)[];

/** What presence has to know of the door. */
export interface PresenceSource {
  readonly grace: number;
  sessionOf(socket: Socket): Session | undefined;
  /** @throws SPECTER_INVALID_ARGUMENT when nobody has opened it */
  checkNamespace(where: string, name: string): void;
}

/** One session in one place. */
interface Present {
  session: Session;
  sockets: number;
  /** Set while it has no socket there, and may still come back. */
  stay: Release | undefined;
}

interface Listening {
  readonly kind: 'joined' | 'left';
  readonly fn: PresenceListener;
  readonly topic: string | undefined;
  readonly namespace: string;
  readonly owner: string;
  /** For errors. */
  readonly where: string;
}

/**
 * Who is here: each session once, however many sockets, tabs and reconnects it has. Injectable.
 *
 * @example
 * class Lobby extends Lifecycle {
 *   readonly #presence = inject(Presence);
 *   protected onStart() {
 *     this.#presence.onJoin(({ id }) => this.greet(id), { topic: 'room:*', owner: this });
 *   }
 *   greet(id: string) { console.log(`${id} is here`); }
 * }
 */
export class Presence {
  readonly #environment: Environment;
  readonly #source: PresenceSource;
  /** By namespace and topic. */
  readonly #places = new Map<string, Map<string, Present>>();
  readonly #listeners = new Set<Listening>();
  readonly #going = new WeakSet<Socket>();
  #closed = false;

  constructor(environment: Environment, source: PresenceSource) {
    this.#environment = environment;
    this.#source = source;
  }

  /** Who is in a topic, or connected at all; one who has just gone is still here for `sockets.presenceGrace`. */
  sessions(topic?: string, options: { namespace?: string } = {}): readonly Session[] {
    const place = this.#placeOf('presence.sessions()', topic, options);
    return [...(place?.values() ?? [])].map(({ session }) => session);
  }

  /** Whether a session is in a topic, or connected at all. */
  has(session: SessionRef, topic?: string, options: { namespace?: string } = {}): boolean {
    checkSession('presence.has()', session);
    return this.#placeOf('presence.has()', topic, options)?.has(sessionId(session)) ?? false;
  }

  /** Calls `fn` when a session comes that was not here. @returns ends the listening */
  onJoin(fn: PresenceListener, options: PresenceOptions = {}): Release {
    return this.#listen('joined', fn, options);
  }

  /** Calls `fn` when a session has gone with its last socket, and has not come back in time. @returns ends the listening */
  onLeave(fn: PresenceListener, options: PresenceOptions = {}): Release {
    return this.#listen('left', fn, options);
  }

  /** Follows a namespace, with those who are in it already. */
  follow({ name, adapter, sockets }: Namespace): void {
    adapter.on('join-room', (room: string, id: string) => this.#joined(name, room, sockets.get(id)));
    adapter.on('leave-room', (room: string, id: string) => this.#left(name, room, sockets.get(id)));
    for (const [room, ids] of adapter.rooms) for (const id of ids) this.#joined(name, room, sockets.get(id));
  }

  /**
   * Nobody new opens a namespace from now on: who listens in one that is not there would do so for ever.
   *
   * @throws SPECTER_INVALID_ARGUMENT, for all of them at once
   */
  check(): void {
    const faults = new Map<string, Error>();
    for (const { where, namespace } of this.#listeners) {
      try {
        this.#source.checkNamespace(where, namespace);
      } catch (fault) {
        faults.set((fault as Error).message, fault as Error);
      }
    }
    const [first, ...more] = faults.values();
    if (more.length > 0) throw new AggregateError(faults.values(), [...faults.keys()].join('\n'));
    if (first) throw first;
  }

  /** Forgets everybody, without a word: the end of the server is no leaving. */
  close(): void {
    this.#closed = true;
    for (const place of this.#places.values()) for (const { stay } of place.values()) stay?.();
    this.#places.clear();
    this.#listeners.clear();
  }

  #placeOf(where: string, topic: string | undefined, options: { namespace?: string }) {
    checkOptionKeys(where, options, ['namespace']);
    const { namespace = '/' } = options;
    this.#source.checkNamespace(where, namespace);
    return this.#places.get(placeKey(namespace, topic));
  }

  #listen(kind: Listening['kind'], fn: PresenceListener, options: PresenceOptions): Release {
    const where = kind === 'joined' ? 'presence.onJoin()' : 'presence.onLeave()';
    checkFunction(where, fn);
    checkOptionKeys(where, options, KEYS);
    const { owner, topic, namespace = '/' } = options;
    this.#source.checkNamespace(where, namespace);
    const name = nameOf(owner);
    const named = name === undefined ? where : `${where} of ${name}`;
    const listening = { kind, fn, topic, namespace, owner: name ?? 'sockets', where: named };
    this.#listeners.add(listening);
    const release = () => void this.#listeners.delete(listening);
    return owner ? holdFor(owner, { label: `presence (${kind})`, release }) : release;
  }

  #joined(namespace: string, room: string, socket: Socket | undefined): void {
    const session = socket && this.#source.sessionOf(socket);
    if (!session || this.#closed || !isPlace(room, session)) return;
    const topic = topicOf(room);
    const place = this.#place(placeKey(namespace, topic));
    const present = place.get(session.id);
    if (!present) {
      place.set(session.id, { session, sockets: 1, stay: undefined });
      return this.#tell('joined', { session, topic, namespace });
    }
    present.stay?.();
    Object.assign(present, { session, sockets: present.sockets + 1, stay: undefined });
  }

  #left(namespace: string, room: string, socket: Socket | undefined): void {
    const session = socket && this.#source.sessionOf(socket);
    if (!session || this.#closed) return;
    // A socket that disconnects leaves its own room first.
    if (room === socket.id) this.#going.add(socket);
    const topic = topicOf(room);
    const present = this.#places.get(placeKey(namespace, topic))?.get(session.id);
    if (!present || !isPlace(room, session)) return;
    present.sockets--;
    if (present.sockets > 0) return;
    const leave = () => this.#leave({ session, topic, namespace });
    if (!this.#going.has(socket) || this.#source.grace === 0) return leave();
    present.stay = this.#environment.clock.setTimeout(leave, this.#source.grace);
  }

  #leave(change: PresenceChange): void {
    const key = placeKey(change.namespace, change.topic);
    const place = this.#places.get(key);
    place?.delete(change.session.id);
    if (place?.size === 0) this.#places.delete(key);
    this.#tell('left', change);
  }

  #place(key: string): Map<string, Present> {
    const place = this.#places.get(key) ?? new Map<string, Present>();
    this.#places.set(key, place);
    return place;
  }

  #tell(kind: Listening['kind'], change: PresenceChange): void {
    // Those who begin to listen meanwhile hear of the next one.
    for (const listening of [...this.#listeners]) {
      if (listening.kind === kind && hears(listening, change)) this.#call(listening, change);
    }
    this.#environment.bus.emit(`presence:${kind}`, change);
  }

  #call({ fn, owner, kind }: Listening, change: PresenceChange): void {
    const failed = (thrown: unknown) => {
      const event = `presence (${kind})`;
      this.#environment.events.emit('listener-failed', { service: owner, event, error: errorOf(thrown) });
    };
    try {
      const pending = fn(change.session, change);
      if (isThenable(pending)) pending.then(undefined, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }
}

function hears({ topic, namespace }: Listening, change: PresenceChange): boolean {
  if (namespace !== change.namespace) return false;
  if (topic === undefined || change.topic === undefined) return topic === change.topic;
  return matchesTopic(topic, change.topic);
}
