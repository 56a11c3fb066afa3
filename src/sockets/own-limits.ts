// What one event says of its own limits: checked where it is said, not when somebody emits it.
import { InvalidArgumentError } from '../kernel/errors.js';
import { areSizes, beyondHard, HARD_LIMITS_TEXT } from '../validation/limits.js';
import type { OwnLimits } from './subscriptions.js';
import { isRate } from './throttle.js';

/**
 * The limits among some options; undefined when there are none.
 *
 * @throws SPECTER_INVALID_ARGUMENT for one that cannot be
 */
export function checkedOwn(where: string, { rate, limits, timeout }: OwnLimits): OwnLimits | undefined {
  if (rate === undefined && limits === undefined && timeout === undefined) return undefined;
  check(
    `${where}, rate`,
    rate === undefined || rate === false || isRate(rate),
    '{ perSecond, burst } with numbers of at least 1, or false',
    rate,
  );
  const sound = areSizes(limits) && beyondHard(limits).length === 0;
  check(`${where}, limits`, sound, `whole numbers up to ${HARD_LIMITS_TEXT}`, limits);
  const lasts = timeout === undefined || timeout === false || (Number.isFinite(timeout) && timeout > 0);
  check(`${where}, timeout`, lasts, 'milliseconds above 0, or false', timeout);
  return {
    ...(rate === undefined ? {} : { rate }),
    ...(limits === undefined ? {} : { limits }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function check(where: string, right: boolean, expected: string, given: unknown): void {
  if (!right) throw new InvalidArgumentError(where, expected, given);
}
