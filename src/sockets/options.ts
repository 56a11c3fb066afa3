// SocketOptions: how the sockets door behaves, and what holds when nothing is said.
import type { ServerOptions, Socket } from 'socket.io';
import type { CorsOptions } from '../http/cors.js';
import type { Session } from '../http/guard.js';
import { type Limits, limitsWith } from '../validation/limits.js';
import type { Origins } from './origins.js';
import { type Rate, rateOf } from './throttle.js';

/**
 * What a client sent when it connected: headers, query, and its `auth` object, in which anything can be. `address`, `secure` and
 * `host` are the client's own also behind proxies that `http.trustProxy` names.
 */
export type Handshake = Omit<Socket['handshake'], 'auth'> & {
  readonly auth: Readonly<Record<string, unknown>>;
  readonly host: string;
};

/** How the sockets door behaves. All durations are milliseconds, all sizes bytes. */
export interface SocketOptions {
  /**
   * Finds out who is connecting, after checking what the client claims; undefined refuses the connection. Several sockets
   * may share one session.
   *
   * @default each socket is a session of its own, with the socket's id
   */
  readonly session?: (handshake: Handshake) => Session | undefined | Promise<Session | undefined>;
  /**
   * Origins whose pages may connect besides those of this server itself: written as in `http.cors.origins`, or `'*'` for all.
   * Clients that are no browsers send no origin and may connect.
   *
   * @default those of `http.cors.origins`, unless it says `'*'`
   */
  readonly origins?: CorsOptions['origins'];
  /** Where the door is on the HTTP server. @default '/socket.io' */
  readonly path?: string;
  /** @default polling, then websocket */
  readonly transports?: readonly ('polling' | 'websocket')[];
  /** The largest message a client may send. @default 102,400 */
  readonly maxHttpBufferSize?: number;
  /** How deep and wide a payload may be. @default depth 32, 1,000 keys, 5,000 items, 20,000 values */
  readonly limits?: Partial<Limits>;
  /** How many events one socket may emit; false for any number. @default 50 a second, 100 at once */
  readonly rate?: Partial<Rate> | false;
  /** How long a connection may take to say which namespace it wants, and to be let in. @default 10,000 */
  readonly connectTimeout?: number;
  /** How long an acknowledgement may take, in both directions: `request()` rejects, and a client gets a 503. @default 10,000 */
  readonly ackTimeout?: number;
  /** @default 25,000 */
  readonly pingInterval?: number;
  /** @default 20,000 */
  readonly pingTimeout?: number;
  /** How many topics one socket can be in. @default 50 */
  readonly maxTopics?: number;
  /** How many namespaces one connection can be in. @default 5 */
  readonly maxNamespaces?: number;
  /** How many sockets of one session a namespace lets in. @default 10 */
  readonly maxSocketsPerSession?: number;
  /** How many connections one address may have. @default 100 */
  readonly maxConnectionsPerAddress?: number;
  /** What may wait for a client that does not read; with more it is cut off. @default 1,048,576 */
  readonly maxWaiting?: number;
  /** How many messages may wait for it, when it has not read for a second. @default 1,000 */
  readonly maxWaitingMessages?: number;
  /** How long a session that has gone still counts as present, as for a page that is loaded again. @default 5,000 */
  readonly presenceGrace?: number;
  /** How long events in flight may still take when the application stops. @default 10,000 */
  readonly drainTimeout?: number;
  /** Over how long the clients are asked to come back when the application stops, each at its own moment. @default 10,000 */
  readonly reconnectSpread?: number;
}

/** The options with every default filled in. */
type Optional = 'session' | 'origins';
export type SocketSettings = Required<Omit<SocketOptions, Optional | 'limits' | 'rate'>> &
  Pick<SocketOptions, Optional> & { readonly limits: Limits; readonly rate: Rate | false };

const DEFAULTS = {
  path: '/socket.io',
  transports: ['polling', 'websocket'],
  maxHttpBufferSize: 102_400,
  connectTimeout: 10_000,
  ackTimeout: 10_000,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxTopics: 50,
  maxNamespaces: 5,
  maxSocketsPerSession: 10,
  maxConnectionsPerAddress: 100,
  maxWaiting: 1_048_576,
  maxWaitingMessages: 1_000,
  presenceGrace: 5_000,
  drainTimeout: 10_000,
  reconnectSpread: 10_000,
} as const satisfies SocketOptions;

/** Every name of an option. */
export const SOCKET_OPTIONS: readonly string[] = [...Object.keys(DEFAULTS), 'session', 'origins', 'limits', 'rate'];

/** Fills in the defaults. */
export function settingsOf(options: SocketOptions): SocketSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const rate = options.rate === false ? false : rateOf(options.rate);
  return { ...DEFAULTS, ...Object.fromEntries(given), rate, limits: limitsWith(options.limits) };
}

/** The same for socket.io. What costs memory or lets strangers in stays off. */
export function socketIoOptions(settings: SocketSettings, { cors }: Origins): Partial<ServerOptions> {
  const { path, transports, maxHttpBufferSize, connectTimeout, pingInterval, pingTimeout } = settings;
  return {
    path,
    transports: [...transports],
    maxHttpBufferSize,
    // Ours comes first, and closes better.
    connectTimeout: connectTimeout + 1_000,
    pingInterval,
    pingTimeout,
    perMessageDeflate: false,
    httpCompression: false,
    allowEIO3: false,
    serveClient: false,
    ...(cors && { cors }),
  };
}
