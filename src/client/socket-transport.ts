// A call over a socket of socket.io-client.
import type { Release } from '../kernel/clock.js';
import type { Outcome } from '../kernel/outcome.js';
import { outcomeOf } from './answer.js';
import type { Sending } from './client.js';
import { NoSocketError, UnreachableError } from './errors.js';

/** As much of a socket as a client needs. */
export interface ClientSocket {
  emit(event: string, ...parameters: unknown[]): unknown;
  on(event: string, listener: (...parameters: unknown[]) => void): unknown;
  off(event: string, listener: (...parameters: unknown[]) => void): unknown;
}

/** Emits the action and waits for its acknowledgement. @throws SPECTER_UNREACHABLE */
export function overSocket(socket: ClientSocket, { name, payload, signal }: Sending): Promise<Outcome<unknown>> {
  return new Promise((resolve, reject) => {
    const end =
      <A>(settle: (value: A) => void) =>
      (value: A) => {
        socket.off('disconnect', lost);
        signal.removeEventListener('abort', abort);
        settle(value);
      };
    const fail = end(reject);
    const lost = () => fail(new UnreachableError(name, 'the socket', new Error('it disconnected before the answer')));
    const abort = () => fail(signal.reason);
    const answered = (answer: unknown) => {
      const outcome = outcomeOf(answer);
      if (outcome) end(resolve)(outcome);
      else fail(new UnreachableError(name, 'the socket', new Error('its answer is not an outcome')));
    };
    socket.on('disconnect', lost);
    signal.addEventListener('abort', abort, { once: true });
    socket.emit('action', name, payload === undefined ? null : payload, answered);
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
