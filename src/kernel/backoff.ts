// Backoff: attempt -> delay. Pure, but for the jitter.
import { checkDuration } from './clock.js';
import { InvalidOptionError } from './errors.js';

export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  readonly min?: number;
  /** Milliseconds that no retry waits longer than. */
  readonly max?: number;
  /** Each retry waits so many times longer than the one before. */
  readonly factor?: number;
  /** Spread by up to this share in both directions, 0 to 1. */
  readonly jitter?: number;
}

/** Fills in what was not said; who begins with a longer wait than the longest means it. */
export function fillBackoff(defaults: Required<BackoffOptions>, said: BackoffOptions = {}): Required<BackoffOptions> {
  return { ...defaults, max: Math.max(defaults.max, said.min ?? 0), ...said };
}

/** @param attempt - 1 for the first retry */
export function backoffDelay(attempt: number, { min, max, factor, jitter }: Required<BackoffOptions>): number {
  const grown = Math.min(Number.MAX_VALUE, factor ** (attempt - 1));
  const delay = Math.min(max, min * grown);
  return jitter === 0 ? delay : Math.min(max, delay * (1 + jitter * (2 * Math.random() - 1)));
}

/** @param endless - whether nothing else bounds how often it is tried @throws SPECTER_INVALID_ARGUMENT for numbers that would make it spin */
export function checkBackoff(where: string, backoff: Required<BackoffOptions>, endless: boolean): void {
  const { min, max, factor, jitter } = backoff;
  checkDuration(`${where}.min`, min, InvalidOptionError);
  checkDuration(`${where}.max`, max, InvalidOptionError);
  if (!(factor >= 1)) throw new InvalidOptionError(`${where}.factor`, 'a number of at least 1', factor);
  if (!(jitter >= 0 && jitter <= 1)) throw new InvalidOptionError(`${where}.jitter`, 'a share from 0 to 1', jitter);
  for (const side of ['min', 'max'] as const)
    if (endless && backoff[side] < 1)
      throw new InvalidOptionError(`${where}.${side}`, 'at least 1 millisecond, as tries have no end', backoff[side]);
}
