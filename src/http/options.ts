// HttpOptions: how the HTTP door behaves, and what holds when nothing is said.
import type { Context } from 'koa';
import { type Limits, limitsWith } from '../validation/limits.js';
import type { Session } from './guard.js';

/** How the HTTP door behaves. All durations are milliseconds, all sizes bytes. */
export interface HttpOptions {
  /** Answer `<path>/live` and `<path>/ready`; a string is the path. @default true, under `/health` */
  readonly health?: boolean | string;
  /** How long requests in flight may still take when the application stops. @default 10,000 */
  readonly drainTimeout?: number;
  /** Finds out who is calling; undefined when nobody knows. Asked only where a guard or `@Session()` needs it. */
  readonly session?: (ctx: Context) => Session | undefined | Promise<Session | undefined>;
  /** How long a client may take to send its headers. @default 10,000 */
  readonly headersTimeout?: number;
  /** How long a client may take to send its whole request. Raise it for large uploads. @default 30,000 */
  readonly requestTimeout?: number;
  /** How often the two timeouts above are looked at. @default 1,000 */
  readonly connectionsCheckingInterval?: number;
  /** How long an idle connection is kept. Behind a proxy it must exceed the proxy's own. @default 5,000 */
  readonly keepAliveTimeout?: number;
  /** @default 10,000 */
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
}

/** The options with every default filled in. */
export type HttpSettings = Required<Omit<HttpOptions, 'session' | 'limits'>> &
  Pick<HttpOptions, 'session'> & { readonly limits: Limits };

const DEFAULTS = {
  health: true,
  drainTimeout: 10_000,
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
} as const satisfies HttpOptions;

/** Fills in the defaults. */
export function settingsOf(options: HttpOptions): HttpSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given), limits: limitsWith(options.limits) };
}
