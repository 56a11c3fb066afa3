// What an application can be told.
import type { ReplayOptions } from './actions/replays.js';
import type { BootMode } from './app/boot-order.js';
import type { GuardLike } from './http/guard.js';
import { checkHttpOptions, type HttpOptions } from './http/options.js';
import { type Clock, checkDuration } from './kernel/clock.js';
import { InvalidArgumentError, InvalidOptionError } from './kernel/errors.js';
import { checkOptionKeys } from './kernel/option-keys.js';
import { checkLogger, type Logger } from './observability/logger.js';
import { checkSocketOptions } from './sockets/check-options.js';
import type { SocketOptions } from './sockets/options.js';
import { originsOf } from './sockets/origins.js';

/** How an application behaves. All durations are milliseconds. */
export interface ApplicationOptions {
  /** Where log lines go: pino, anything with its level methods, or false for nowhere. @default pino on standard output */
  readonly logger?: Logger | false;
  /** Stop at SIGTERM, SIGINT and uncaught errors, and exit then. @default true with `bootstrap`, else false */
  readonly signals?: boolean;
  /** The whole stop may take so long; then the process is ended. Only with `signals`. @default 25,000 */
  readonly shutdownTimeout?: number;
  /** Wait between turning unready and closing the port, for balancers to notice. @default 0 */
  readonly drainDelay?: number;
  readonly http?: HttpOptions;
  readonly sockets?: SocketOptions;
  /** For how long actions know a call that is sent again. */
  readonly actions?: ReplayOptions;
  /** The embedded database. @default data/specter.sqlite, made when something asks for storage */
  readonly storage?: { readonly file?: string };
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Variables for @Config classes, `PORT`, `HOST`, `LOG_LEVEL`, `SPECTER_TIMELINE`. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Guards before everything, on every door. */
  readonly guards?: readonly GuardLike[];
  /** A bus listener that blocks longer than this is reported. @default 50 */
  readonly slowListener?: number;
  /** Say in whose work an uncaught error began, as far as the host can tell. @default true; in production from Node 24 on */
  readonly blame?: boolean;
  /**
   * How services start: each as soon as it can, one by one, or one by one in a random order that the graph allows, which finds
   * dependencies that nobody declared. The variable `SPECTER_BOOT` goes before it. @default parallel
   */
  readonly boot?: BootMode;
  /** Decides the order of `boot: 'shuffle'`. The variable `SPECTER_SEED` goes before it. @default random, one for each process, and printed */
  readonly seed?: number;
}

const KEYS: Readonly<Record<keyof ApplicationOptions, true>> = {
  logger: true, signals: true, shutdownTimeout: true, drainDelay: true, http: true, sockets: true, actions: true, storage: true,
  clock: true, env: true, guards: true, slowListener: true, blame: true, boot: true, seed: true,
}; // biome-ignore format: a list

const STORAGE = { file: true } satisfies Record<keyof NonNullable<ApplicationOptions['storage']>, true>;
const ACTIONS = { window: true, most: true, patience: true } satisfies Record<keyof ReplayOptions, true>;

/** @throws SPECTER_INVALID_ARGUMENT for an option that nobody reads, and for a duration that is none, as `Number(undefined)`: it would only show at the stop */
export function checkOptions(options: ApplicationOptions): void {
  checkOptionKeys('The application', options, Object.keys(KEYS));
  const { shutdownTimeout, drainDelay, slowListener, http, sockets, storage, actions, guards } = options;
  const durations = {
    shutdownTimeout,
    drainDelay,
    slowListener,
    'http.drainTimeout': http?.drainTimeout,
  };
  for (const [name, ms] of Object.entries(durations))
    if (ms !== undefined) checkDuration(`the option ${name}`, ms, InvalidOptionError);
  if (options.logger !== undefined && options.logger !== false) checkLogger(options.logger);
  checkHttpOptions(http ?? {});
  checkSocketOptions(sockets ?? {});
  checkOptionKeys('The option storage', storage ?? {}, Object.keys(STORAGE));
  checkOptionKeys('The option actions', actions ?? {}, Object.keys(ACTIONS));
  if (guards !== undefined && !Array.isArray(guards))
    throw new InvalidArgumentError('the option guards', 'a list of guards, as [signedIn]', guards);
  originsOf(sockets?.origins, http?.cors ?? false);
}
