// Statistics: many readings in a few numbers.
import type { Reading } from './reading.js';

export interface Statistics {
  readonly readings: number;
  readonly least: number | null;
  readonly most: number | null;
  readonly mean: number | null;
}

export function statisticsOf(readings: readonly Reading[]): Statistics {
  if (readings.length === 0) return { readings: 0, least: null, most: null, mean: null };
  const values = readings.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { readings: values.length, least: Math.min(...values), most: Math.max(...values), mean };
}
