// LifecycleOptions: what a lifecycle says of itself to super(), and whether it can hold.
import type { Bus } from './bus.js';
import type { Clock } from './clock.js';
import { IgnoredOptionsError } from './errors.js';
import { checkOptionKeys } from './option-keys.js';
import type { Runner } from './runner.js';

export interface LifecycleOptions {
  /** @default the class name */
  readonly name?: string;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default a bus of its own */
  readonly bus?: Bus;
  /** Milliseconds for `onStart`. @default 15,000 */
  readonly startTimeout?: number;
  /** Milliseconds for `onStop`, and again for releasing what it owns. @default 5,000 */
  readonly stopTimeout?: number;
}

const KEYS = ['name', 'clock', 'bus', 'startTimeout', 'stopTimeout'] satisfies (keyof LifecycleOptions)[];

/** @throws SPECTER_INVALID_ARGUMENT for one that nobody reads */
export function checkLifecycleOptions(className: string, options: LifecycleOptions): void {
  if (areOptions(options)) checkOptionKeys(`super() of ${className}`, options, KEYS);
}

/** Its decorator and its application have said all of this before: what differs would hold nowhere. */
export function refuseIgnored(runner: Runner, options: LifecycleOptions): void {
  if (!areOptions(options)) return;
  const { name, startTimeout, stopTimeout, environment } = runner;
  const used: Record<string, unknown> = { ...environment, name, startTimeout, stopTimeout };
  const ignored = Object.entries(options).flatMap(([key, value]) => ((value ?? used[key]) === used[key] ? [] : [key]));
  if (ignored.length > 0) throw new IgnoredOptionsError(name, ignored);
}

/** A class without a constructor hands on what it was given: then this is no options, but some dependency. */
function areOptions(options: object): boolean {
  return Object.getPrototypeOf(options) === Object.prototype;
}
