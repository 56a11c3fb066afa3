// Batch: several changes of state, told once when all of them are made.
import { InvalidArgumentError } from './errors.js';
import { isThenable } from './thenable.js';

/** Tells what has changed since the last time; does nothing when that was told meanwhile. */
export type Tell = () => void;

/** Who has to be told when the batch under way ends. Synchronous, so applications never mix. */
let waiting: Set<Tell> | undefined;

/** Lets the batch under way tell it in the end; without one it is told at once. */
export function tellOnce(tell: Tell): void {
  if (waiting) waiting.add(tell);
  else tell();
}

/**
 * Makes several changes and tells the subscribers once, when the outermost batch ends: of stores, models and the state of
 * a `Lifecycle`. Whoever reads meanwhile reads the new values. A throw goes on to the caller; what was changed before it
 * stays changed and is told. For all or nothing use `update`.
 *
 * @param change - makes the changes before it returns
 * @returns what `change` returns
 * @throws SPECTER_INVALID_ARGUMENT when `change` is asynchronous; an `async` function is not even begun
 * @example
 * const cart = createStore('cart', { items: 0, total: 0 });
 * cart.subscribe(({ items, total }) => console.log(items, total)); // called once
 * batch(() => {
 *   cart.set({ items: 1 });
 *   cart.set({ total: 20 });
 * });
 */
export function batch<R>(change: () => R): R {
  if (typeof change !== 'function' || change.constructor.name === 'AsyncFunction') throw notNow(change);
  if (waiting) return now(change());
  const told = new Set<Tell>();
  waiting = told;
  try {
    return now(change());
  } finally {
    waiting = undefined;
    for (const tell of told) tell();
  }
}

function now<R>(result: R): R {
  if (isThenable(result)) throw notNow(result);
  return result;
}

function notNow(got: unknown): InvalidArgumentError {
  return new InvalidArgumentError('batch()', 'a function that makes its changes before it returns, not async', got);
}
