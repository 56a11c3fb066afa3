// SocketCall: one event of one client, as the server's listeners see it, and as guards do.
import { setMaxListeners } from 'node:events';
import type { Socket } from 'socket.io';
import type { Call, Session } from '../http/guard.js';
import type { Release } from '../kernel/clock.js';
import type { Throttle } from './throttle.js';
import type { Wire } from './wire.js';

/** Where events come from: one connected socket. */
export interface Origin {
  readonly socket: Socket;
  readonly session: Session;
  readonly namespace: string;
  /** Aborted when the socket has gone. */
  readonly signal: AbortSignal;
}

/** One event of one client. */
export interface SocketCall extends Origin {
  readonly event: string;
  /** All values that came with the event; the first one is the payload. */
  readonly args: readonly unknown[];
}

/** What a socket's events come in by. */
export interface Line {
  readonly wire: Wire;
  /** Gives back the place that it has taken in its session. */
  readonly seat: Release | undefined;
}

/** A socket that was let in. */
export class Connection implements Origin {
  /** How fast it emits. Made at its first event: many only listen. */
  throttle: Throttle | undefined;
  readonly wire: Wire;
  readonly #seat: Release | undefined;
  #gone: AbortController | undefined;
  #reason: Error | undefined;
  #ends: Set<() => void> | undefined;

  constructor(
    readonly socket: Socket,
    readonly session: Session,
    { wire, seat }: Line,
  ) {
    this.wire = wire;
    this.#seat = seat;
  }

  get namespace(): string {
    return this.socket.nsp.name;
  }

  /** Made at the first need: most events need none. */
  get signal(): AbortSignal {
    this.#gone ??= this.#open();
    return this.#gone.signal;
  }

  /** Calls `fn` when the socket has gone. Cheaper than its signal, where thousands wait. */
  onEnd(fn: () => void): Release {
    this.#ends ??= new Set();
    this.#ends.add(fn);
    return () => void this.#ends?.delete(fn);
  }

  /** The socket has gone. */
  end(reason: Error): void {
    this.#reason = reason;
    this.#gone?.abort(reason);
    for (const fn of this.#ends ?? []) fn();
    this.#ends = undefined;
    this.#seat?.();
  }

  #open(): AbortController {
    const gone = new AbortController();
    // Everything under way for the socket listens to it, and Node takes more than ten listeners for a leak.
    setMaxListeners(Number.POSITIVE_INFINITY, gone.signal);
    if (this.#reason) gone.abort(this.#reason);
    return gone;
  }
}

/** An event from somewhere. */
export class ReceivedEvent implements SocketCall {
  readonly #from: Origin;

  constructor(
    from: Origin,
    readonly event: string,
    readonly args: readonly unknown[],
  ) {
    this.#from = from;
  }

  get socket(): Socket {
    return this.#from.socket;
  }

  get session(): Session {
    return this.#from.session;
  }

  get namespace(): string {
    return this.#from.namespace;
  }

  get signal(): AbortSignal {
    return this.#from.signal;
  }
}

/** What guards see of an event, a topic, an action or a connection over a socket. */
export function guardCall(
  kind: Call['kind'],
  from: Pick<Origin, 'socket' | 'session'>,
  details: Partial<Call> = {},
): Call {
  const { headers, query, address } = from.socket.handshake;
  return {
    kind,
    headers,
    query,
    ip: address,
    session: from.session,
    payload: undefined,
    socket: from.socket,
    ...details,
  };
}
