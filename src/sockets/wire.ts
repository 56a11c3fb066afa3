// Wire: one connection of engine.io, which may carry sockets of several namespaces: what waits in it, how fast it talks, how it is cut.
import type { Socket } from 'socket.io';
import { type Release, systemClock } from '../kernel/clock.js';
import { ConnectionLimitError, RateError } from './errors.js';
import type { FarEnd } from './far-end.js';
import { isCountedElsewhere, type Message } from './incoming.js';
import type { SocketSettings } from './options.js';
import { Bucket, type Rate, Throttle } from './throttle.js';

/** A connection of engine.io. */
export type Transport = Socket['conn'];

/** Why the server ended a connection: its client emits too much, takes too little, or sends what is no event too often. */
export type DropReason = 'rate' | 'slow_consumer' | 'flood';

/** What one connection may have, and how fast it may talk. */
export interface WireLimits
  extends Pick<SocketSettings, 'rate' | 'maxWaiting' | 'maxWaitingMessages' | 'maxNamespaces'> {
  /** Messages that are no events; undefined for any number. */
  readonly messages: Pace | undefined;
  /** How often it may come into a namespace; undefined for any number. */
  readonly entries: Pace | undefined;
}

type Pace = Pick<Rate, 'perSecond' | 'burst'>;

/** What a connection tells of itself. */
export interface WireListener {
  readonly limits: WireLimits;
  /** It is about to be dropped. */
  dropped(wire: Wire, reason: DropReason): void;
  /** It carries no socket, and must not stay so. */
  idle(wire: Wire): Release;
}

/** What engine.io and ws have of a connection and of a websocket. */
interface Waiting {
  readonly transport: { readonly writable: boolean };
  readonly writeBuffer: readonly unknown[];
}
interface RawSocket {
  pause(): void;
  terminate(): void;
  once(event: 'close', fn: () => void): void;
}

const NONE: readonly never[] = [];

/** How long a client may take to hear that it is sent away. */
const LAST_WORD = 1_000;
/** Many messages at once are no fault of the client; that it has not read for so long is. */
const PATIENCE = 1_000;

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
  /** Set while it carries nobody. */
  #notIdle: Release | undefined;
  // What follows is made at the first need.
  #messages: Bucket | undefined;
  #entries: Bucket | undefined;
  #throttles: Map<string, Throttle> | undefined;
  #held: Set<() => void> | undefined;
  /** What waits behind that which is being sent, and since when nothing has been taken. */
  #waiting = 0;
  #since = 0;

  constructor(conn: Transport, farEnd: FarEnd, listener: WireListener) {
    this.#conn = conn;
    this.farEnd = farEnd;
    this.#listener = listener;
    this.#notIdle = listener.idle(this);
  }

  /** Calls `fn` when it ends, or when what this returns is called first. */
  hold(fn: () => void): Release {
    this.#held ??= new Set();
    this.#held.add(fn);
    return () => {
      if (this.#held?.delete(fn)) fn();
    };
  }

  /** One of its sockets wants into a namespace. @throws ConnectionLimitError, RateError */
  enter(): void {
    const { maxNamespaces, entries } = this.#listener.limits;
    const now = systemClock.monotonic();
    if (entries) this.#entries ??= new Bucket(entries, now);
    const wait = this.#entries?.take(now) ?? 0;
    if (wait > 0) throw new RateError(wait);
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
    const { socket } = this.#conn.transport as unknown as { socket?: RawSocket };
    const [first] = this.sockets;
    if (how === 'told' && first) first.disconnect(true);
    else this.#conn.close(true);
    if (how === 'cut') return socket?.terminate();
    if (!socket) return;
    // What it goes on sending is not even read.
    socket.pause();
    socket.once(
      'close',
      systemClock.setTimeout(() => socket.terminate(), LAST_WORD),
    );
  }

  /** It has ended, with all its sockets. */
  ended(): void {
    this.end();
    this.#stir();
    for (const fn of this.#held ?? NONE) fn();
    this.#held = undefined;
  }

  /** It sends a message, at once or after those that wait. */
  sending({ data }: Message): void {
    const { transport, writeBuffer } = this.#conn as unknown as Waiting;
    if (transport.writable) return;
    if (writeBuffer.length === 0) this.#beginsToWait();
    const size = data === undefined ? 0 : typeof data === 'string' ? data.length : data.byteLength;
    // One large message alone is none too many.
    const isFull = this.#waiting >= size && this.#waiting + size > this.#listener.limits.maxWaiting;
    this.#waiting += size;
    if (isFull || this.#isCrowded(writeBuffer.length)) this.drop('slow_consumer', 'cut');
  }

  /** Its client has sent a message. */
  received(message: Message): void {
    const { messages } = this.#listener.limits;
    if (!messages || isCountedElsewhere(message, this)) return;
    const now = systemClock.monotonic();
    this.#messages ??= new Bucket(messages, now);
    if (this.#messages.take(now)) this.drop('flood', 'cut');
  }

  /** Whether the server waits for the answer to a question. */
  isAsked(namespace: string, question: number): boolean {
    return this.sockets.some((socket) => socket.nsp.name === namespace && pendingAcks(socket).has(question));
  }

  #beginsToWait(): void {
    this.#waiting = 0;
    this.#since = systemClock.monotonic();
  }

  #stir(): void {
    this.#notIdle?.();
    this.#notIdle = undefined;
  }

  #isCrowded(waiting: number): boolean {
    return waiting >= this.#listener.limits.maxWaitingMessages && systemClock.monotonic() - this.#since > PATIENCE;
  }
}

/** The questions of the server that a socket has not answered, by number. */
export function pendingAcks(socket: Socket): Map<number, unknown> {
  return (socket as unknown as { acks: Map<number, unknown> }).acks;
}
