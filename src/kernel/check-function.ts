// checkFunction: who gives no function would only hear of it when it is called, if ever.
import { InvalidArgumentError } from './errors.js';

/** @param where - as `bus.on()` @throws SPECTER_INVALID_ARGUMENT for anything else */
export function checkFunction(where: string, fn: unknown): void {
  if (typeof fn !== 'function') throw new InvalidArgumentError(where, 'a function', fn);
}
