// The alarm rules: each looks at a window of the latest values of one device.
import type { Kind } from '../devices/facts.js';

export interface AlarmRule {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** How far back it looks, in milliseconds. */
  readonly window: number;
  /** With fewer values than that it says nothing. */
  readonly least: number;
  /** The oldest value first. */
  readonly holds: (values: readonly number[]) => boolean;
}

const MINUTE = 60_000;

/** One hot value may be a lamp that was switched on beside it; five minutes of them are a fire, or the summer. */
export const RULES: readonly AlarmRule[] = [
  { name: 'too warm', kinds: ['thermometer'], window: 5 * MINUTE, least: 3, holds: (values) => mean(values) > 30 },
  { name: 'frost', kinds: ['thermometer'], window: 5 * MINUTE, least: 3, holds: (values) => mean(values) < 3 },
  { name: 'falls', kinds: ['pressure'], window: 30 * MINUTE, least: 5, holds: (values) => rise(values) < -10 },
  { name: 'stuck', kinds: ['humidity'], window: 60 * MINUTE, least: 30, holds: (values) => spread(values) === 0 },
];

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rise(values: readonly number[]): number {
  return (values.at(-1) ?? 0) - (values[0] ?? 0);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
