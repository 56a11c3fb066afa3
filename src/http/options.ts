// HttpOptions: how the HTTP door behaves, and what holds when nothing is said.
import type { TlsOptions } from 'node:tls';
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { areSizes, beyondHard, HARD_LIMITS, HARD_LIMITS_TEXT, type Limits, limitsWith } from '../validation/limits.js';
import { checkServerOptions } from './check-options.js';
import { type CompressionOptions, compressionOf } from './compression.js';
import { checkKeys } from './cookie-keys.js';
import { type CorsOptions, corsOf } from './cors.js';
import type { Session } from './guard.js';
import type { TrustProxy } from './proxy.js';
import { type SecurityHeaders, securityHeadersOf } from './security-headers.js';

/** How the HTTP door behaves. All durations are milliseconds, all sizes bytes. */
export interface HttpOptions {
  /** Answer `<path>/live` and `<path>/ready`; a string is the path. @default true, under `/health` */
  readonly health?: boolean | string;
  /** How long requests in flight may still take when the application stops. @default 10,000 */
  readonly drainTimeout?: number;
  /** Finds out who is calling; undefined when nobody knows. Asked only where a guard or `@Session()` needs it. */
  readonly session?: (ctx: Context) => Session | undefined | Promise<Session | undefined>;
  /** How long a method may take to answer; then 503. 0 is for ever; one method differs with `@HandlerTimeout`. @default 30,000 */
  readonly handlerTimeout?: number;
  /** How long a client may take nothing of its response while more waits; then it is dropped. 0 is for ever. @default 30,000 */
  readonly sendTimeout?: number;
  /** Requests answered at once, without event streams and health checks; more are refused with 503. @default 1,000 */
  readonly maxInFlight?: number;
  /** How long a request may have to wait for its turn; whose turn would come later is refused with 503, at once. 0 is for ever. @default 500 */
  readonly maxLag?: number;
  /**
   * Whose `X-Forwarded-*` and `X-Request-Id` headers are believed: a number of proxies, or their addresses: `10.0.0.0/8`, `loopback`, `private`.
   * @default false: nobody's
   */
  readonly trustProxy?: TrustProxy;
  /** Names under which requests are answered, as `example.org` or `*.example.org`; others are 421. @default any */
  readonly allowedHosts?: readonly string[];
  /** Other hosts that `redirect()` may lead to, as `example.org` or `*.example.org`. @default none */
  readonly redirectHosts?: readonly string[];
  /**
   * Sign cookies with the first of these and take those that any of them has signed; at least 32 bytes each. To change the key
   * put the new one in front, and take the old one away when its cookies have ended.
   *
   * @default none: cookies are not signed
   */
  readonly cookieKeys?: readonly string[];
  /** Speak TLS: `key` and `cert` or what else `node:tls` takes. @default none */
  readonly tls?: TlsOptions;
  /** Who may connect to a socket in the file system. @default 0o660: its user and its group */
  readonly socketMode?: number;
  /** How long a client may take to send its headers. @default 10,000 */
  readonly headersTimeout?: number;
  /** How long a client may take to send its whole request. Raise it for large uploads. @default 30,000 */
  readonly requestTimeout?: number;
  /** How often the two timeouts above are looked at. @default 1,000 */
  readonly connectionsCheckingInterval?: number;
  /** How long an idle connection is kept. Behind a proxy it must exceed the proxy's own. @default 5,000 */
  readonly keepAliveTimeout?: number;
  /** @default 10,000, or 512 fewer than the files the process may open */
  readonly maxConnections?: number;
  /** All headers together. @default 16,384 */
  readonly maxHeaderSize?: number;
  /** How many headers. @default 100 */
  readonly maxHeaders?: number;
  /** Path and query together. @default 8,192 */
  readonly maxUrlLength?: number;
  /** Names in a query. @default 100 */
  readonly maxQueryParameters?: number;
  /** A JSON body. @default 1,048,576 */
  readonly bodyLimit?: number;
  /** How deep and wide a body may be. @default depth 32, 1,000 keys, 5,000 items, 20,000 values */
  readonly limits?: Partial<Limits>;
  /** Silence after which an event stream sends a comment, so that nothing between closes it. @default 15,000 */
  readonly heartbeat?: number;
  /** Stands before the path of every route, as `/api`; not before health checks, nor a controller that is `unprefixed`. @default none */
  readonly prefix?: string;
  /** Whose pages may read the answers. @default false: no page of another origin */
  readonly cors?: CorsOptions | false;
  /** Changes to the headers that protect browsers: a value, or `false` for none of that name; `false` alone for none at all. @default the four of the page about them */
  readonly securityHeaders?: SecurityHeaders | false;
  /** Compress text for clients that take it. Not for answers that hold a secret beside something that a stranger can choose. @default false */
  readonly compression?: CompressionOptions | boolean;
  /** Give JSON, text and bytes a weak `ETag`, and answer 304 to who has it already. @default false */
  readonly etag?: boolean;
  /** Log each request at `info` instead of `debug`; health checks stay at `debug`. @default false */
  readonly log?: boolean;
}

/** The options with every default filled in. */
type Optional = 'session' | 'allowedHosts' | 'redirectHosts' | 'cookieKeys' | 'tls';
export type HttpSettings = Required<Omit<HttpOptions, Optional | 'limits'>> &
  Pick<HttpOptions, Optional> & { readonly limits: Limits };

const DEFAULTS = {
  health: true,
  drainTimeout: 10_000,
  handlerTimeout: 30_000,
  sendTimeout: 30_000,
  maxInFlight: 1_000,
  maxLag: 500,
  trustProxy: false,
  socketMode: 0o660,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxConnections: 10_000,
  maxHeaderSize: 16_384,
  maxHeaders: 100,
  maxUrlLength: 8_192,
  maxQueryParameters: 100,
  bodyLimit: 1_048_576,
  heartbeat: 15_000,
  prefix: '',
  cors: false,
  securityHeaders: {},
  compression: false,
  etag: false,
  log: false,
} as const satisfies HttpOptions;

const KEYS = {
  health: true, drainTimeout: true, session: true, handlerTimeout: true, sendTimeout: true, maxInFlight: true, maxLag: true,
  trustProxy: true, allowedHosts: true, redirectHosts: true, cookieKeys: true, tls: true, socketMode: true,
  headersTimeout: true, requestTimeout: true, connectionsCheckingInterval: true, keepAliveTimeout: true,
  maxConnections: true, maxHeaderSize: true, maxHeaders: true, maxUrlLength: true, maxQueryParameters: true,
  bodyLimit: true, limits: true, heartbeat: true, prefix: true, cors: true, securityHeaders: true, compression: true,
  etag: true, log: true,
} satisfies Record<keyof HttpOptions, true>; // biome-ignore format: a list

/** @throws SPECTER_INVALID_ARGUMENT for what cannot be, and what nobody reads, before anything is constructed */
export function checkHttpOptions(options: HttpOptions): void {
  checkOptionKeys('The option http', options, Object.keys(KEYS));
  const settings = settingsOf(options);
  checkServerOptions(settings);
  if (options.cookieKeys !== undefined) checkKeys('the option http.cookieKeys', options.cookieKeys);
  checkLimits(options.limits);
  const { prefix, cors, securityHeaders, compression } = settings;
  corsOf(cors);
  securityHeadersOf(securityHeaders);
  compressionOf(compression);
  if (!/^(?:\/[\w.~-]+)*\/?$/.test(`/${prefix.replace(/^\//, '')}`))
    throw new InvalidArgumentError('the option http.prefix', 'fixed parts, as /api', prefix);
}

function checkLimits(limits: HttpOptions['limits'] = {}): void {
  checkOptionKeys('The option http.limits', limits, Object.keys(HARD_LIMITS));
  if (areSizes(limits) && beyondHard(limits).length === 0) return;
  const most = `whole numbers up to ${HARD_LIMITS_TEXT} (one method takes more with \`unsafe\` of its @Body)`;
  throw new InvalidArgumentError('the option http.limits', most, limits);
}

/** Fills in the defaults. */
export function settingsOf(options: HttpOptions): HttpSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: HttpSettings = { ...DEFAULTS, ...Object.fromEntries(given), limits: limitsWith(options.limits) };
  // Who shortens the whole means its parts as well.
  const most = settings.requestTimeout || Number.POSITIVE_INFINITY;
  const headersTimeout = options.headersTimeout ?? Math.min(DEFAULTS.headersTimeout, most);
  return { ...settings, headersTimeout };
}
