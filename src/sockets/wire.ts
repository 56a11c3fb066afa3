// Wire: one connection of engine.io, which may carry sockets of several namespaces: what waits in it, how fast it talks, how it is cut.
import type { Socket } from 'socket.io';
import { type Release, systemClock } from '../kernel/clock.js';
import { Backlog } from './backlog.js';
import { ConnectionLimitError, RateError } from './errors.js';
import type { FarEnd } from './far-end.js';
import { Incoming, type Message } from './incoming.js';
import type { SocketSettings } from './options.js';
import { Bucket, Throttle } from './throttle.js';

/** A connection of engine.io. */
export type Transport = Socket['conn'];

/** Why the server ended a connection: its client emits too much, takes too little, or sends what is no event too often. */
export type DropReason = 'rate' | 'slow_consumer' | 'flood';

type Limits = Pick<SocketSettings, 'rate' | 'maxWaiting' | 'maxWaitingMessages' | 'maxNamespaces'>;

/** What is known of a connection when it begins. */
interface Beginning extends Limits {
  readonly farEnd: FarEnd;
}

/** What a connection tells of itself. */
export interface WireListener {
  /** It is about to be dropped. */
  dropped(wire: Wire, reason: DropReason): void;
  /** It carries no socket, and must not stay so. */
  idle(wire: Wire): Release;
}

/** What ws has of a websocket. */
export interface RawSocket {
  readonly readyState: number;
  /** Bytes that the network has not taken. */
  readonly bufferedAmount: number;
  pause(): void;
  terminate(): void;
  on(event: 'ping' | 'pong', fn: () => void): void;
  once(event: 'close', fn: () => void): void;
}
/** The `readyState` of a websocket that is open. */
const OPEN = 1;

/** How long a client may take to hear that it is sent away. */
const LAST_WORD = 1_000;

/** Follows one connection, and drops it when it exceeds what it may. */
export class Wire {
  /** Why the server dropped it. */
  dropped: DropReason | undefined;
  /** Those it carries. */
  readonly sockets = new Set<Socket>();
  /** Who is at its other end. */
  readonly farEnd: FarEnd;
  readonly #conn: Transport;
  readonly #limits: Limits;
  readonly #listener: WireListener;
  readonly #incoming: Incoming | undefined;
  #websocket: RawSocket | undefined;
  /** Namespaces that it is in, or on its way into. */
  #namespaces = 0;
  /** How often it may come into one. */
  readonly #entries: Bucket | undefined;
  readonly #throttles = new Map<string, Throttle>();
  #notIdle: Release;
  readonly #held = new Set<() => void>();
  readonly #backlog: Backlog;

  constructor(conn: Transport, limits: Beginning, listener: WireListener) {
    this.#conn = conn;
    this.farEnd = limits.farEnd;
    this.#limits = limits;
    this.#listener = listener;
    this.#notIdle = listener.idle(this);
    this.#backlog = new Backlog(conn, limits);
    const { rate } = limits;
    this.#incoming = rate ? new Incoming(rate, this.#isAsked) : undefined;
    // Each namespace once, and what is more counts as events do: somebody has to say each time who it is.
    this.#entries = rate
      ? new Bucket({ ...rate, burst: rate.burst + limits.maxNamespaces }, systemClock.monotonic())
      : undefined;
    conn.on('packetCreate', this.#sending);
    conn.on('flush', () => this.#backlog.sent());
    if (rate) conn.on('packet', this.#received);
    // engine.io arms a timer right after it has told of this, and would never clear it on a connection that has ended.
    conn.on('upgrading', () => process.nextTick(this.#sentFrame));
    this.watch((conn.transport as unknown as { socket?: RawSocket }).socket);
    conn.once('close', () => this.#ended());
  }

  /** A websocket carries it, or wants to. ws answers pings by itself, also those of a client that does not read the answers. */
  watch(websocket: RawSocket | undefined): void {
    if (websocket?.readyState !== OPEN) return;
    this.#websocket = websocket;
    for (const frame of ['ping', 'pong'] as const) websocket.on(frame, this.#sentFrame);
    websocket.on('ping', () => {
      if (!this.#backlog.takesPong(websocket.bufferedAmount)) this.drop('slow_consumer', 'cut');
    });
  }

  /** Calls `fn` when it ends, or when what this returns is called first. */
  hold(fn: () => void): Release {
    this.#held.add(fn);
    return () => {
      if (this.#held.delete(fn)) fn();
    };
  }

  /** Resolves when it has ended. */
  ended(): Promise<void> {
    if (this.#conn.readyState === 'closed') return Promise.resolve();
    return new Promise((resolve) => void this.hold(resolve));
  }

  /** One of its sockets wants into a namespace. @returns it has left again @throws ConnectionLimitError, RateError */
  enter(): Release {
    const { maxNamespaces } = this.#limits;
    const wait = this.#entries?.take(systemClock.monotonic()) ?? 0;
    if (wait > 0) throw new RateError(wait);
    if (this.#namespaces >= maxNamespaces)
      throw new ConnectionLimitError(maxNamespaces, 'namespaces of one connection');
    this.#namespaces++;
    return () => void this.#namespaces--;
  }

  /** How fast its sockets in a namespace may emit: who leaves and comes back has not emitted less. */
  throttleOf(namespace: string): Throttle {
    const throttle = this.#throttles.get(namespace) ?? new Throttle(this.#limits.rate, systemClock.monotonic());
    this.#throttles.set(namespace, throttle);
    return throttle;
  }

  /** A socket of it is in a namespace. */
  carries(socket: Socket): void {
    this.#notIdle();
    this.sockets.add(socket);
  }

  /** A socket of it has left its namespace. */
  lost(socket: Socket): void {
    this.sockets.delete(socket);
    if (this.sockets.size === 0 && this.#conn.readyState === 'open') this.#notIdle = this.#listener.idle(this);
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
    const { socket = this.#conn } = this.#conn.transport as unknown as { socket?: RawSocket };
    socket.once(
      'close',
      systemClock.setTimeout(() => this.#cut(), LAST_WORD),
    );
  }

  /** It has had its time to hear. One that polls may never come for its last word. */
  #cut(): void {
    this.#websocket?.terminate();
    this.#conn.close(true);
    this.end();
  }

  #ended(): void {
    this.end();
    this.#notIdle();
    for (const fn of this.#held) fn();
    this.#held.clear();
  }

  readonly #sending = (message: Message): void => {
    if (!this.#backlog.takes(message)) this.drop('slow_consumer', 'cut');
  };

  readonly #received = (message?: Message): void => {
    if (this.#incoming?.takes(message) === false) this.drop('flood', 'cut');
  };

  /** What is no message of engine.io. */
  readonly #sentFrame = (): void => this.#received();

  readonly #isAsked = (namespace: string, question: number): boolean => {
    for (const socket of this.sockets)
      if (socket.nsp.name === namespace && pendingAcks(socket).has(question)) return true;
    return false;
  };
}

/** The questions of the server that a socket has not answered, by number. */
export function pendingAcks(socket: Socket): Map<number, unknown> {
  return (socket as unknown as { acks: Map<number, unknown> }).acks;
}
