// Backoff: attempt -> delay. Pure, but for the jitter.

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

/** @param attempt - 1 for the first retry */
export function backoffDelay(attempt: number, { min, max, factor, jitter }: Required<BackoffOptions>): number {
  const grown = Math.min(Number.MAX_VALUE, factor ** (attempt - 1));
  const delay = Math.min(max, min * grown);
  return jitter === 0 ? delay : Math.min(max, delay * (1 + jitter * (2 * Math.random() - 1)));
}
