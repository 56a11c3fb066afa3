// ListenOptions and WaitOptions: how one listens to events, and waits for them.
import { checkOptionKeys } from './option-keys.js';
import type { Owner } from './scope.js';

export interface ListenOptions {
  /** Ends the listening when it stops. */
  readonly owner?: Owner;
  /** Lower goes first; equal ones in order of arrival. @default 100 */
  readonly priority?: number;
}

export interface WaitOptions {
  /** Milliseconds until it rejects. @default 10,000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** How long a wait may take when nothing is said. */
export const DEFAULT_WAIT = 10_000;

const LISTEN = ['owner', 'priority'] satisfies (keyof ListenOptions)[];
const WAIT = ['timeout', 'signal'] satisfies (keyof WaitOptions)[];

/** @throws SPECTER_INVALID_ARGUMENT for one that nobody reads */
export function checkListenOptions(where: string, options: ListenOptions): void {
  checkOptionKeys(where, options, LISTEN);
}

/** The options themselves. @throws SPECTER_INVALID_ARGUMENT for one that nobody reads */
export function checkedWait(where: string, options: WaitOptions): WaitOptions {
  checkOptionKeys(where, options, WAIT);
  return options;
}
