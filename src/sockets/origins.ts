// Origins: whose pages may connect: those of this server, those that `sockets.origins` lists, else those that `http.cors` lists.
import type { ServerOptions } from 'socket.io';
import { type CorsOptions, originMatcher } from '../http/cors.js';
import type { SocketOptions } from './options.js';

/** Whose pages may connect to one door. */
export interface Origins {
  /** @param host - what the client has asked for: pages that came from there may connect */
  allows(origin: string | undefined, host: string): boolean;
  /** The same for socket.io, which tells browsers of it; undefined when there is nothing to tell. */
  readonly cors: ServerOptions['cors'] | undefined;
}

/**
 * What both options come to. `'*'` of CORS is not taken over: over HTTP it keeps cookies out, and a websocket always brings them.
 *
 * @throws SPECTER_INVALID_ARGUMENT for an origin that no browser sends
 */
export function originsOf(own: SocketOptions['origins'], cors: CorsOptions | false): Origins {
  const inherited = cors === false || cors.origins === '*' ? undefined : cors;
  const origins = own ?? inherited?.origins;
  if (origins === undefined) return { allows: isOwn, cors: undefined };
  if (origins === '*') return { allows: () => true, cors: { origin: '*' } };
  const listed = originMatcher(origins, own ? 'the option sockets.origins' : 'the option http.cors.origins');
  const credentials = own !== undefined || inherited?.credentials === true;
  return {
    allows: (origin, host) => isOwn(origin, host) || listed(origin as string),
    cors: { origin: (origin, tell) => tell(null, origin !== undefined && listed(origin)), credentials },
  };
}

/** A browser always names the origin of a page that opens a websocket or asks another site. It leaves out a port that goes without saying, which a proxy may say. */
function isOwn(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host: page } = new URL(origin);
  const here = `${protocol}//${host}`;
  return URL.canParse(here) && new URL(here).host === page;
}
