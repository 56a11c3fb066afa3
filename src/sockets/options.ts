// SocketOptions: how the sockets door behaves, and what holds when nothing is said.
import type { ServerOptions, Socket } from 'socket.io';
import type { CorsOptions } from '../http/cors.js';
import type { Session } from '../http/guard.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Origins } from './origins.js';

/**
 * What a client sent when it connected: headers, query, and its `auth` object. `address`, `secure` and `host` are the client's own
 * also behind proxies that `http.trustProxy` names.
 */
export type Handshake = Socket['handshake'] & { readonly host: string };

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
  /** How long a connection may take to say which namespace it wants, and to be let in. @default 10,000 */
  readonly connectTimeout?: number;
  /** @default 25,000 */
  readonly pingInterval?: number;
  /** @default 20,000 */
  readonly pingTimeout?: number;
  /** How many topics one socket can be in. @default 50 */
  readonly maxTopics?: number;
  /** How long events in flight may still take when the application stops. @default 10,000 */
  readonly drainTimeout?: number;
}

/** The options with every default filled in. */
export type SocketSettings = Required<Omit<SocketOptions, 'session' | 'origins'>> &
  Pick<SocketOptions, 'session' | 'origins'>;

const DEFAULTS = {
  path: '/socket.io',
  transports: ['polling', 'websocket'],
  maxHttpBufferSize: 102_400,
  connectTimeout: 10_000,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxTopics: 50,
  drainTimeout: 10_000,
} as const satisfies SocketOptions;

const KEYS = {
  session: true, origins: true, path: true, transports: true, maxHttpBufferSize: true, connectTimeout: true,
  pingInterval: true, pingTimeout: true, maxTopics: true, drainTimeout: true,
} satisfies Record<keyof SocketOptions, true>; // biome-ignore format: a list

/** @throws SPECTER_INVALID_ARGUMENT for an option that nobody reads, and a session that is no function */
export function checkSocketOptions(options: SocketOptions): void {
  checkOptionKeys('The option sockets', options, Object.keys(KEYS));
  if (options.session !== undefined && typeof options.session !== 'function')
    throw new InvalidArgumentError('the option sockets.session', 'a function of the handshake', options.session);
}

/** Fills in the defaults. */
export function settingsOf(options: SocketOptions): SocketSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
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
