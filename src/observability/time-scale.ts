// A scale of time: how durations read, and where the ticks of an axis are.

/** Three digits that tell, in the unit that fits: `4.2 ms`, `412 ms`, `1.20 s`, `1 min 05 s`. */
export function durationText(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** One mark on an axis. */
export interface Tick {
  /** Milliseconds. */
  readonly at: number;
  readonly label: string;
}

/** Round times from 0 to `total`, in steps of 1, 2 or 5 of a unit. @param most - about how many fit */
export function ticksOf(total: number, most: number): readonly Tick[] {
  if (!(total > 0)) return [{ at: 0, label: '0' }];
  const { size, unit } = UNITS.find((one) => total >= one.size) ?? { size: 1, unit: 'ms' };
  const step = niceStep(total / size / Math.max(most, 1));
  const count = Math.floor(total / size / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => {
    const value = Number((i * step).toPrecision(12));
    return { at: value * size, label: i === 0 ? '0' : `${value} ${unit}` };
  });
}

const UNITS = [
  { size: 60_000, unit: 'min' },
  { size: 1_000, unit: 's' },
];

/** The least of 1, 2, 5, 10, ... that is not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
