// Reads one single value: from a text where texts are converted, else as it is.
import type { Check } from './check.js';
import { sentence } from './faults.js';
import { SCALAR_FAULTS, type ScalarKind, scalarFromText, scalarFromValue } from './scalars.js';

/** The value, or undefined when it is not of its kind; the fault is told. */
export function readScalar(kind: ScalarKind, raw: unknown, path: string, check: Check): unknown {
  const told = SCALAR_FAULTS[kind];
  if (!check.convert) {
    const value = scalarFromValue(kind, raw);
    if (value === undefined) check.faults.add(path, told.rule, sentence(path, told.value));
    return value;
  }
  if (Array.isArray(raw)) {
    check.faults.add(path, 'once', sentence(path, 'must be given once'));
    return undefined;
  }
  const value = typeof raw === 'string' ? scalarFromText(kind, raw) : undefined;
  if (value === undefined) check.faults.add(path, told.rule, sentence(path, told.text));
  return value;
}
