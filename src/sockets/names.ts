// Names: which events and namespaces there can be.
import { InvalidArgumentError } from '../kernel/errors.js';

/** The events that socket.io keeps for itself, and what to do instead: no client can emit them, and no server. */
export const RESERVED: ReadonlyMap<unknown, string> = new Map([
  ['connect', "Use @On('connection')."],
  ['connect_error', 'It only exists at the client.'],
  ['disconnecting', "Use @On('disconnect')."],
  ['newListener', 'Choose another name.'],
  ['removeListener', 'Choose another name.'],
]);

/** @throws SPECTER_INVALID_ARGUMENT for a namespace that no client can connect to */
export function checkNamespace(where: string, namespace: string): void {
  if (!namespace.startsWith('/'))
    throw new InvalidArgumentError(where, 'a namespace that begins with a slash', namespace);
}
