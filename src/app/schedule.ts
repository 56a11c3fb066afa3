// When a declared method is called: what a decorator says, or where its instance has it, and what is wrong with that.
import { type ErrorCode, SpecterError } from '../kernel/errors.js';
import { literalOf } from '../kernel/kind-of.js';

/** What a declaration needs, or where its instance has it, as `(self: Mirror) => self.config.every`. Read at each start. */
export type Setting<V, Self> = V | ((self: Self) => V);

/** A decorator has no usable time. Never says a value that came from an instance. */
export class ScheduleError extends SpecterError {
  constructor(where: string, what: string) {
    super('SPECTER_INVALID_ARGUMENT' satisfies ErrorCode, `${where}: ${what}.`);
  }
}

/** One decorator on one method. */
export interface Scheduled {
  /** As `@Interval`. */
  readonly by: string;
  /** The least number of milliseconds. @default 0 */
  readonly least?: number;
}

/** What stands in the decorator itself shows at boot. @param where - the class and the method */
export function checkDuration(ms: Setting<number, never>, { by, least = 0 }: Scheduled, where: string): undefined {
  if (typeof ms === 'function' || isDuration(ms, least)) return;
  throw new ScheduleError(`${by} on ${where}`, `${expected(least)}, got ${literalOf(ms)}`);
}

/** What an instance says shows at its start only. */
export function durationOf(
  ms: Setting<number, never>,
  { by, least = 0 }: Scheduled,
  at: { readonly self: object; readonly method: string | symbol },
): number {
  const said = settingOf(ms, at.self);
  if (!isDuration(said, least)) throw new ScheduleError(readFrom(by, at), expected(least));
  return said;
}

/** For an error about what an instance says. */
export function readFrom(
  by: string,
  { self, method }: { readonly self: object; readonly method: string | symbol },
): string {
  return `${by} of ${self.constructor.name}.${String(method)}, read from the instance at the start`;
}

/** The value itself, or what the instance says. */
export function settingOf<V extends number | string>(setting: Setting<V, never>, self: object): V {
  return typeof setting === 'function' ? setting(self as never) : setting;
}

function isDuration(ms: unknown, least: number): boolean {
  return Number.isFinite(ms) && (ms as number) >= least;
}

function expected(least: number): string {
  return `expected milliseconds as a finite number of at least ${least}`;
}
