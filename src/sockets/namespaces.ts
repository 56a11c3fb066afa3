// namespaceIn: the namespace that somebody names, among those that are open.
import type { Namespace, Server } from 'socket.io';
import { UnknownNamespaceError } from './errors.js';

/** What socket.io knows: the namespaces that are open, and what opens further ones. */
interface Opened {
  readonly _nsps: ReadonlyMap<string, Namespace>;
  readonly parentNsps: ReadonlyMap<unknown, unknown>;
}

/** @throws SPECTER_INVALID_ARGUMENT for one that nobody has opened: of itself, socket.io would open it, and let clients in */
export function namespaceIn(server: Server, where: string, name: string): Namespace | undefined {
  const io = server as unknown as Opened;
  const known = io._nsps.get(name);
  // Those that are made for whoever asks for one of their names go when nobody is left in them.
  if (known || io.parentNsps.size > 0) return known;
  throw new UnknownNamespaceError(where, name, [...io._nsps.keys()]);
}
