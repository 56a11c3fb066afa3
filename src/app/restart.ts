// RestartOptions: when and how often a service is restarted.
import type { BackoffOptions } from '../kernel/backoff.js';

/** When and how often a service is restarted. */
export interface RestartOptions {
  /** `'failure'`: after `fail()`, a critical task that rejects, a watcher that gives up. `'never'`: it is only reported. @default 'never' */
  readonly on?: 'failure' | 'never';
  /** More restarts than this within `within` stop the application. @default 5 */
  readonly maxRestarts?: number;
  /** Milliseconds over which restarts are counted. @default 60,000 */
  readonly within?: number;
  /** How long to wait before each. @default 100 ms, doubled up to 30 s, spread by a fifth */
  readonly backoff?: BackoffOptions;
}
