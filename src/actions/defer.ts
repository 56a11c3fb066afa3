// DeferOptions: how the work of an action is done when its caller does not wait for it.
import type { BackoffOptions } from '../kernel/backoff.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { planUnchecked, type QueuePlan } from '../queue/plan.js';

/** How the jobs of a deferred action are done. */
export interface DeferOptions {
  /** How often it is tried; only what is no refusal, a status of 500 and more, is tried again. @default 1 */
  readonly attempts?: number;
  /** How long to wait before each further attempt. @default 1 s, doubled up to 1 h, spread by a fifth */
  readonly backoff?: BackoffOptions;
  /** How many run at once. @default 1 */
  readonly concurrency?: number;
  /** How many may wait; then callers get a 503. @default 10,000 */
  readonly maxSize?: number;
  /** Milliseconds for one attempt; its outcome is a 504 then, and its signal is aborted. @default the timeout of the action */
  readonly timeout?: number;
}

const MAX_SIZE = 10_000;
const KEYS: Readonly<Record<keyof DeferOptions, true>> = {
  attempts: true,
  backoff: true,
  concurrency: true,
  maxSize: true,
  timeout: true,
};
/** The queue forgets a job when it ends: what came of it is kept with the outcomes of all actions. */
const RETAIN = { completed: 0, dead: 0 };

/** @returns undefined for an action whose caller waits @throws SPECTER_INVALID_ARGUMENT */
export function planDefer(
  where: string,
  { defer, timeout }: { readonly defer?: boolean | DeferOptions; readonly timeout?: number },
): QueuePlan | undefined {
  if (!defer) return undefined;
  const given = defer === true ? {} : defer;
  checkOptionKeys(`${where}, defer`, given, Object.keys(KEYS));
  const common = { attempts: 1, maxSize: MAX_SIZE, ...(timeout !== undefined && { timeout }) };
  return planUnchecked(`${where}, defer`, { ...common, ...given, retain: RETAIN });
}
