// Wire: one connection of engine.io, which may carry sockets of several namespaces: what waits in it, how fast it talks, how it is cut.
import type { Socket } from 'socket.io';
import { type Release, systemClock } from '../kernel/clock.js';
import { Backlog } from './backlog.js';
import { ConnectionLimitError, RateError } from './errors.js';
import type { FarEnd } from './far-end.js';
import { isCountedElsewhere, type Message } from './incoming.js';
import type { SocketSettings } from './options.js';
import { pendingAcks } from './pending-acks.js';
import { hearFrames, OPEN, type RawSocket } from './raw-socket.js';
import { Bucket, type Rate, Throttle } from './throttle.js';

/** A connection of engine.io. */
export type Transport = Socket['conn'];

/** Why the server ended a connection: its client emits too much, takes too little, sends what is no event too often, or too much in one message. */
export type DropReason = 'rate' | 'slow_consumer' | 'flood' | 'too_large';

/** What one connection may have, and how fast it may talk. */
export interface WireLimits
  extends Pick<SocketSettings, 'rate' | 'maxWaiting' | 'maxWaitingMessages' | 'maxNamespaces' | 'maxHttpBufferSize'> {
  /** Messages that are no events; undefined for any number. */
  readonly messages: Pace | undefined;
}

type Pace = Pick<Rate, 'perSecond' | 'burst'>;

/** What a connection tells of itself. */
export interface WireListener {
  readonly limits: WireLimits;
  /** It is about to be dropped. @param limit - in words, where the reason leaves it open */
  dropped(wire: Wire, reason: DropReason, limit?: string): void;
  /** It carries no socket, and must not stay so. */
  idle(wire: Wire): Release;
}

/** What engine.io has of a connection. */
interface Waiting {
  readonly transport: { readonly writable: boolean; readonly socket?: RawSocket };
  readonly writeBuffer: readonly unknown[];
}

const NONE: readonly never[] = [];

/** How long a client may take to hear that it is sent away. */
const LAST_WORD = 1_000;

/** Follows one connection, and drops it when it exceeds what it may. */
export class Wire {
  /** Why the server dropped it. */
  dropped: DropReason | undefined;
  /** Those it carries, which is one as a rule: each change makes a new list. */
  sockets: readonly Socket[] = NONE;
  /** Who is at its other end. */
  readonly farEnd: FarEnd;
  readonly #conn: Transport;
  readonly #listener: WireListener;
  /** Namespaces that it is in, or on its way into. */
  #namespaces = 0;
  /** How often it has been on its way into one. */
  #entered = 0;
  /** Set while it carries nobody. */
  #notIdle: Release | undefined;
  // What follows is made at the first need.
  #messages: Bucket | undefined;
  #entries: Bucket | undefined;
  #throttles: Map<string, Throttle> | undefined;
  #held: Set<() => void> | undefined;
  #backlog: Backlog | undefined;
  #websocket: RawSocket | undefined;

  constructor(conn: Transport, farEnd: FarEnd, listener: WireListener) {
    this.#conn = conn;
    this.farEnd = farEnd;
    this.#listener = listener;
    this.#notIdle = listener.idle(this);
    this.watch((conn as unknown as Waiting).transport.socket);
  }

  /** A websocket carries it, or wants to. */
  watch(websocket: RawSocket | undefined): void {
    if (websocket?.readyState !== OPEN) return;
    this.#websocket = websocket;
    hearFrames(websocket, this);
  }

  /** Calls `fn` when it ends, or when what this returns is called first. */
  hold(fn: () => void): Release {
    this.#held ??= new Set();
    this.#held.add(fn);
    return () => {
      if (this.#held?.delete(fn)) fn();
    };
  }

  /** Resolves when it has ended. */
  gone(): Promise<void> {
    if (this.#conn.readyState === 'closed') return Promise.resolve();
    return new Promise((resolve) => void this.hold(resolve));
  }

  /** One of its sockets wants into a namespace. @throws ConnectionLimitError, RateError */
  enter(): void {
    const { maxNamespaces, rate } = this.#listener.limits;
    // Each namespace once, and what is more counts as events do: somebody has to say each time who it is.
    if (rate && this.#entered++ >= maxNamespaces) {
      const now = systemClock.monotonic();
      this.#entries ??= new Bucket(rate, now);
      const wait = this.#entries.take(now);
      if (wait > 0) throw new RateError(wait);
    }
    if (this.#namespaces >= maxNamespaces)
      throw new ConnectionLimitError(maxNamespaces, 'namespaces of one connection');
    this.#namespaces++;
  }

  /** It is not, or no longer, in a namespace. */
  leave(): void {
    this.#namespaces--;
  }

  /** How fast its sockets in a namespace may emit: who leaves and comes back has not emitted less. */
  throttleOf(namespace: string): Throttle {
    this.#throttles ??= new Map();
    const throttle =
      this.#throttles.get(namespace) ?? new Throttle(this.#listener.limits.rate, systemClock.monotonic());
    this.#throttles.set(namespace, throttle);
    return throttle;
  }

  /** A socket of it is in a namespace. */
  carries(socket: Socket): void {
    this.#stir();
    this.sockets = this.sockets.concat(socket);
  }

  /** A socket of it has left its namespace. */
  lost(socket: Socket): void {
    this.leave();
    this.sockets = this.sockets.filter((other) => other !== socket);
    if (this.sockets.length === 0 && this.#conn.readyState === 'open') this.#notIdle = this.#listener.idle(this);
  }

  /** engine.io would wait half a minute for a polling client to come and hear that it is closed. */
  end(): void {
    const transport = this.#conn.transport as unknown as { shouldClose?: (() => void) | null };
    const { shouldClose } = transport;
    transport.shouldClose = null;
    shouldClose?.();
  }

  /** Ends it without a reason of its own. */
  close(): void {
    this.#conn.close(true);
  }

  /**
   * Ends it with all its sockets.
   *
   * @param how - `cut` at once, with all that waits; `told` after a word that makes the client stay away
   */
  drop(reason: DropReason, how: 'cut' | 'told'): void {
    if (this.dropped) return;
    this.dropped = reason;
    this.#listener.dropped(this, reason);
    const [first] = this.sockets;
    if (how === 'told' && first) first.disconnect(true);
    else this.#conn.close(true);
    if (how === 'cut') return this.#websocket?.terminate();
    // What it goes on sending is not even read.
    this.#websocket?.pause();
    const { socket = this.#conn } = (this.#conn as unknown as Waiting).transport;
    socket.once(
      'close',
      systemClock.setTimeout(() => this.#cut(), LAST_WORD),
    );
  }

  /** A message of it is larger than it may be, for which those below end it. @param limit - which one, in words */
  exceeded(
    limit = `a message has more than ${this.#listener.limits.maxHttpBufferSize} bytes, sockets.maxHttpBufferSize`,
  ): void {
    if (this.dropped) return;
    this.dropped = 'too_large';
    this.#listener.dropped(this, this.dropped, limit);
  }

  /** It has had its time to hear. One that polls may never come for its last word. */
  #cut(): void {
    this.#websocket?.terminate();
    this.#conn.close(true);
    this.end();
  }

  /** It has ended, with all its sockets. */
  ended(): void {
    this.end();
    this.#stir();
    for (const fn of this.#held ?? NONE) fn();
    this.#held = undefined;
  }

  /** It sends a message, at once or after those that wait. */
  sending(message: Message): void {
    const { transport, writeBuffer } = this.#conn as unknown as Waiting;
    if (transport.writable) return;
    this.#backlog ??= new Backlog(this.#listener.limits);
    if (!this.#backlog.takes(message, writeBuffer.length)) this.drop('slow_consumer', 'cut');
  }

  /** Its client has sent a message, or a frame that is none. */
  received(message?: Message): void {
    const { messages } = this.#listener.limits;
    if (!messages || (message && isCountedElsewhere(message, this))) return;
    const now = systemClock.monotonic();
    this.#messages ??= new Bucket(messages, now);
    if (this.#messages.take(now)) this.drop('flood', 'cut');
  }

  /** Whether the server waits for the answer to a question. */
  isAsked(namespace: string, question: number): boolean {
    return this.sockets.some((socket) => socket.nsp.name === namespace && pendingAcks(socket).has(question));
  }

  /** ws answers by itself, also a client that does not read the answers. */
  pinged({ bufferedAmount }: RawSocket): void {
    this.received();
    this.#backlog ??= new Backlog(this.#listener.limits);
    if (!this.#backlog.takesPong(bufferedAmount)) this.drop('slow_consumer', 'cut');
  }

  #stir(): void {
    this.#notIdle?.();
    this.#notIdle = undefined;
  }
}
