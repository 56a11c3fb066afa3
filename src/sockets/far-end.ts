// FarEnd: who is at the other end of a connection, as its first request and the proxies that are trusted say.
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Proxies } from '../http/proxy.js';

/** Who is at the other end of a connection. */
export interface FarEnd {
  readonly address: string;
  readonly secure: boolean;
  /** The host that the client has asked for. */
  readonly host: string;
}

/** Asked once, while the first request is there: later its own connection may have gone, and with it who it came from. */
export function farEndOf(request: IncomingMessage, proxies: Proxies | undefined): FarEnd {
  const { socket, headers } = request;
  const protocol = proxies?.protocol(request);
  return {
    address: proxies?.addresses(request)[0] ?? socket.remoteAddress ?? '',
    secure: protocol ? protocol === 'https' : socket instanceof TLSSocket,
    host: proxies?.host(request) ?? headers.host ?? '',
  };
}
