// guarded: calls what is not ours, so that its failing, at once or later, is told and stops nobody.
import { errorOf } from './errors.js';
import { isThenable } from './thenable.js';

/** Calls it; what it throws, or what its promise rejects with, goes to `report`. */
export function guarded(call: () => unknown, report: (error: Error) => void): void {
  try {
    const result = call();
    if (isThenable(result)) result.then(undefined, (thrown) => report(errorOf(thrown)));
  } catch (thrown) {
    report(errorOf(thrown));
  }
}
