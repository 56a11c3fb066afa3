// Whether a rate and the limits of a payload are ones: an error names the part that is wrong.
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { areSizes, beyondHard, HARD_LIMITS, HARD_LIMITS_TEXT, type Limits } from '../validation/limits.js';
import type { Rate } from './throttle.js';

/** How a part is called in an error: `rate.burst` may be `rate.burst of ChatHandler.say`. */
export type Named = (part: string) => string;

interface Rule {
  readonly holds: (value: unknown) => boolean;
  readonly wanted: string;
}

const COUNT: Rule = { holds: isCount, wanted: 'a whole number of at least 1' };

const RATE: Readonly<Record<keyof Rate, Rule>> = {
  perSecond: { holds: (value) => Number.isFinite(value) && (value as number) > 0, wanted: 'a number above 0' },
  burst: COUNT,
  violations: COUNT,
};

/** The whole rate of a door. */
export const RATE_KEYS = Object.keys(RATE) as readonly (keyof Rate)[];

/** @param keys - what it may say @throws SPECTER_INVALID_ARGUMENT */
export function checkRate(named: Named, rate: unknown, keys: readonly (keyof Rate)[]): void {
  if (rate === undefined || rate === false) return;
  const wanted = `{ ${keys.join(', ')} }, or false for any number`;
  if (typeof rate !== 'object' || rate === null) throw new InvalidArgumentError(named('rate'), wanted, rate);
  checkOptionKeys(named('rate'), rate, keys);
  for (const key of keys) check(named(`rate.${key}`), RATE[key], (rate as Partial<Rate>)[key]);
}

/** @throws SPECTER_INVALID_ARGUMENT */
export function checkLimits(named: Named, limits: Partial<Limits> | undefined): void {
  if (limits === undefined) return;
  checkOptionKeys(named('limits'), limits, Object.keys(HARD_LIMITS));
  for (const [key, value] of Object.entries(limits)) {
    const sound = areSizes({ [key]: value }) && beyondHard({ [key]: value }).length === 0;
    if (!sound)
      throw new InvalidArgumentError(named(`limits.${key}`), `whole numbers up to ${HARD_LIMITS_TEXT}`, value);
  }
}

/** Whether it is a whole number of at least 1. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function check(where: string, { holds, wanted }: Rule, value: unknown): void {
  if (value !== undefined && !holds(value)) throw new InvalidArgumentError(where, wanted, value);
}
