// What one event says of its own limits: checked where it is said, not when somebody emits it.
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkLimits, checkRate } from './limit-checks.js';
import type { OwnLimits } from './subscriptions.js';

/**
 * The limits among some options; undefined when there are none.
 *
 * @param where - who says it, as `ChatHandler.say`
 * @throws SPECTER_INVALID_ARGUMENT for one that cannot be
 */
export function checkedOwn(where: string, { rate, limits, timeout }: OwnLimits): OwnLimits | undefined {
  if (rate === undefined && limits === undefined && timeout === undefined) return undefined;
  const named = (part: string) => `${part} of ${where}`;
  checkRate(named, rate, ['perSecond', 'burst']);
  checkLimits(named, limits);
  const lasts = timeout === undefined || timeout === false || (Number.isFinite(timeout) && timeout > 0);
  if (!lasts) throw new InvalidArgumentError(named('timeout'), 'milliseconds above 0, or false', timeout);
  return {
    ...(rate === undefined ? {} : { rate }),
    ...(limits === undefined ? {} : { limits }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}
