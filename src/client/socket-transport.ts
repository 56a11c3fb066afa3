// A call over a socket of socket.io-client.
import { type Release, systemClock } from '../kernel/clock.js';
import { outcomeOf } from './answer.js';
import type { Door } from './client.js';
import { NoSocketError, UnreachableError } from './errors.js';
import { messageSize } from './message-size.js';
import { Outcome } from './outcome.js';
import { AGAIN_FOR } from './within.js';

/** As much of a socket as a client needs. */
export interface ClientSocket {
  /** Whether it is connected at this moment. */
  readonly connected?: boolean;
  /** Whether it means to connect again by itself. */
  readonly active?: boolean;
  /** Its manager, from which it is known how large a message may be. */
  readonly io?: { readonly engine?: object };
  emit(event: string, ...parameters: unknown[]): unknown;
  on(event: string, listener: (...parameters: unknown[]) => void): unknown;
  off(event: string, listener: (...parameters: unknown[]) => void): unknown;
}

/** Milliseconds until a job is asked for again, although the server has not said that it has ended. */
const LOOK = 30_000;

/** What the server has said when the connection was made: how many bytes it takes in one message. A larger one ends the connection. */
interface Engine {
  readonly _maxPayload?: number;
}

/** One event, and how long its acknowledgement is waited for. */
interface Question {
  readonly name: string;
  /** The event and its values. */
  readonly values: readonly [string, ...unknown[]];
  readonly signal: AbortSignal;
  /** What tells the server that nobody waits any more. What needs it is not sent again when the server may have forgotten it. */
  readonly withdrawal?: readonly [string, ...unknown[]];
  readonly retries: number;
}

/** The way over a socket. */
export function socketDoor(socket: ClientSocket, retries: number): Door {
  return {
    pause: LOOK,
    call: ({ id, name, payload, signal }) =>
      ask(socket, {
        name,
        // JSON has no way to say that there is nothing.
        values: ['action', name, payload ?? null, payload === undefined ? { id, empty: true } : { id }],
        signal,
        withdrawal: ['action:cancel', name, { id }],
        retries,
      }),
    job: async (id, cancels, signal) => {
      if (!socket.connected && !socket.active) throw unreachable(`job ${id}`, 'it is disconnected');
      const values = [cancels ? 'action:job:cancel' : 'action:job', id] as const;
      return ask(socket, { name: `job ${id}`, values, signal, retries: Number.POSITIVE_INFINITY });
    },
    on: (event, listener) => listen(socket, { [event]: listener }),
  };
}

/**
 * Emits an event and waits for its acknowledgement. When the socket is lost before, and means to come back, it is emitted again
 * then. What is asked while it is away is emitted once it is there: a call that was given up by then is never emitted.
 *
 * @throws SPECTER_UNREACHABLE
 */
function ask(socket: ClientSocket, { name, values, signal, withdrawal, retries }: Question): Promise<Outcome<unknown>> {
  return new Promise((resolve, reject) => {
    let left = retries;
    let lostAt: number | undefined;
    let sent = false;
    const end =
      <A>(settle: (value: A) => void) =>
      (value: A) => {
        release();
        signal.removeEventListener('abort', abort);
        settle(value);
      };
    const fail = (why: string) => end(reject)(unreachable(name, why));
    const lost = () => {
      lostAt = systemClock.monotonic();
      if (!socket.active || !(left-- > 0)) fail('it disconnected before the answer');
    };
    const refused = (error: unknown) => {
      if (socket.active === false) fail((error as Error).message);
    };
    const abort = () => {
      if (withdrawal && sent) socket.emit(...withdrawal);
      end(reject)(socket.connected === false ? unreachable(name, 'it is disconnected') : signal.reason);
    };
    const answered = (answer: unknown) => {
      const outcome = outcomeOf(answer);
      if (outcome) end(resolve)(outcome);
      else fail('its answer is not an outcome');
    };
    const again = () => {
      if (withdrawal && lostAt && systemClock.monotonic() - lostAt > AGAIN_FOR) fail('it was away for too long');
      else send();
    };
    const send = () => {
      try {
        const { _maxPayload: most = 0 } = (socket.io?.engine ?? {}) as Engine;
        if (most > 0 && messageSize(values) > most) return end(resolve)(tooLarge(most));
        sent = true;
        socket.emit(...values, answered);
      } catch (error) {
        end(reject)(error);
      }
    };
    if (signal.aborted) return reject(signal.reason);
    const release = listen(socket, { connect: again, disconnect: lost, connect_error: refused });
    signal.addEventListener('abort', abort, { once: true });
    // socket.io keeps what is emitted while it is away, and would send it even after the call was given up.
    if (socket.connected !== false) send();
  });
}

/** As the server says it over HTTP. */
function tooLarge(most: number): Outcome<unknown> {
  const detail = `A message to this server has at most ${most} bytes. Send it over HTTP.`;
  const title = 'Payload Too Large';
  return Outcome.failure({ type: 'about:blank', title, status: 413, detail, code: 'SPECTER_BODY_TOO_LARGE' });
}

function unreachable(name: string, why: string): UnreachableError {
  return new UnreachableError(name, 'the socket', new Error(why));
}

/** Calls `fn` when the server says that this action should be called again. @throws SPECTER_NO_SOCKET */
export function onRefetch(socket: ClientSocket | undefined, name: string, fn: () => void): Release {
  if (!socket) throw new NoSocketError('client.onRefetch()');
  const listener = (told: unknown) => {
    if ((told as { readonly action?: unknown } | undefined)?.action === name) fn();
  };
  return listen(socket, { 'action:refetch': listener });
}

function listen(socket: ClientSocket, listeners: Readonly<Record<string, (told: unknown) => void>>): Release {
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
  };
}
