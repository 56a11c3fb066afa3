// A call over a socket of socket.io-client.
import type { Release } from '../kernel/clock.js';
import type { Outcome } from '../kernel/outcome.js';
import { outcomeOf } from './answer.js';
import type { Sending } from './client.js';
import { NoSocketError, UnreachableError } from './errors.js';

/** As much of a socket as a client needs. */
export interface ClientSocket {
  /** Whether it is connected at this moment. */
  readonly connected?: boolean;
  /** Whether it means to connect again by itself. */
  readonly active?: boolean;
  emit(event: string, ...parameters: unknown[]): unknown;
  on(event: string, listener: (...parameters: unknown[]) => void): unknown;
  off(event: string, listener: (...parameters: unknown[]) => void): unknown;
}

/**
 * Emits the action and waits for its acknowledgement. When the socket is lost before, and means to come back, the call is emitted
 * again then. What is called while it is away is emitted once it is there: a call that was given up by then is never emitted.
 *
 * @throws SPECTER_UNREACHABLE
 */
export function overSocket(
  socket: ClientSocket,
  { id, name, payload, signal }: Sending,
  retries: number,
): Promise<Outcome<unknown>> {
  return new Promise((resolve, reject) => {
    let left = retries;
    let sent = false;
    const end =
      <A>(settle: (value: A) => void) =>
      (value: A) => {
        socket.off('disconnect', lost);
        socket.off('connect', again);
        signal.removeEventListener('abort', abort);
        settle(value);
      };
    const fail = (why: string) => end(reject)(new UnreachableError(name, 'the socket', new Error(why)));
    const lost = () => {
      if (socket.active && left-- > 0) socket.on('connect', again);
      else fail('it disconnected before the answer');
    };
    const again = () => {
      socket.off('connect', again);
      send();
    };
    const abort = () => {
      if (sent) socket.emit('action:cancel', name, { id });
      end(reject)(signal.reason);
    };
    const answered = (answer: unknown) => {
      const outcome = outcomeOf(answer);
      if (outcome) end(resolve)(outcome);
      else fail('its answer is not an outcome');
    };
    const send = () => {
      sent = true;
      socket.emit('action', name, payload === undefined ? null : payload, { id }, answered);
    };
    socket.on('disconnect', lost);
    signal.addEventListener('abort', abort, { once: true });
    // socket.io keeps what is emitted meanwhile, and would send it even after the call was given up.
    if (socket.connected === false) socket.on('connect', again);
    else send();
  });
}

/** Calls `fn` when the server says that this action should be called again. @throws SPECTER_NO_SOCKET */
export function onRefetch(socket: ClientSocket | undefined, name: string, fn: () => void): Release {
  if (!socket) throw new NoSocketError('client.onRefetch()');
  const listener = (told: unknown) => {
    if ((told as { readonly action?: unknown } | undefined)?.action === name) fn();
  };
  socket.on('action:refetch', listener);
  return () => void socket.off('action:refetch', listener);
}
