// safely(): runs one step of a check and collects what it throws, so that all faults come out together.
import { errorOf } from '../kernel/errors.js';

/** What the step gives; nothing when it throws, and then `faults` has why. */
export function safely<T>(step: () => readonly T[], faults: Error[]): readonly T[] {
  try {
    return step();
  } catch (thrown) {
    faults.push(...(thrown instanceof AggregateError ? (thrown.errors as Error[]) : [errorOf(thrown)]));
    return [];
  }
}
