// Names: which events and namespaces there can be.
import { checkFunction } from '../kernel/check-function.js';
import { InvalidArgumentError, InvalidOptionError } from '../kernel/errors.js';
import type { Listening } from './subscriptions.js';

/** The events that socket.io keeps for itself, and what to do instead: no client can emit them, and no server. */
export const RESERVED: ReadonlyMap<unknown, string> = new Map([
  ['connect', "Use @On('connection')."],
  ['connect_error', 'It only exists at the client.'],
  ['disconnecting', "Use @On('disconnect')."],
  ['newListener', 'Choose another name.'],
  ['removeListener', 'Choose another name.'],
]);

/** What happens to a socket that is in; it may have gone when it is told. */
export const PARTING: ReadonlySet<string> = new Set(['disconnect', 'error']);

/** @throws SPECTER_INVALID_ARGUMENT for what is no function, and for an event or a namespace that no client can reach */
export function checkListening(
  where: string,
  { event, namespace, fn }: Pick<Listening, 'event' | 'namespace' | 'fn'>,
): void {
  if (typeof event !== 'string' || event === '') throw new InvalidArgumentError(where, 'the name of an event', event);
  if (RESERVED.has(event))
    throw new InvalidOptionError(where, 'an event that socket.io does not keep for itself', event);
  if (typeof namespace !== 'string' || !namespace.startsWith('/'))
    throw new InvalidOptionError(where, "a namespace that begins with a slash, as '/chat'", namespace);
  checkFunction(`${where} of "${event}"`, fn);
}
