// checkServer: whether what createClient() was given can be a server at all. What cannot would look like one that is away.
import { InvalidArgumentError } from '../kernel/errors.js';
import type { ClientOptions } from './client.js';
import type { ClientSocket } from './socket-transport.js';

const METHODS = ['emit', 'on', 'off'] satisfies (keyof ClientSocket)[];

/** @throws SPECTER_INVALID_ARGUMENT */
export function checkServer(url: unknown, { fetch, socket }: ClientOptions): void {
  const where = 'createClient()';
  if (socket) {
    if (METHODS.every((method) => socket[method])) return;
    throw new InvalidArgumentError(where, 'a socket of socket.io-client, as io(url)', socket);
  }
  // A `fetch` that somebody gives has addresses of its own.
  if (typeof url === 'string' && (fetch || isAddress(url))) return;
  throw new InvalidArgumentError(where, 'the address of a server, as http://127.0.0.1:3000', url, JSON.stringify);
}

/** A page has an address, from which the others can go on. `localhost:3000` is none: it reads as a protocol. */
function isAddress(url: string): boolean {
  if (/^\s*https?:/i.test(url)) return URL.canParse?.(url) ?? true;
  return 'location' in globalThis && !/^[\w.-]+:\d/.test(url);
}
