// within(): a wait that somebody else ends, with a deadline and a signal.
import { whenAborted } from '../kernel/abort.js';
import { type Clock, checkDuration, type Release } from '../kernel/clock.js';

/** How long to wait. */
export interface WaitLimits {
  readonly clock: Clock;
  /** Milliseconds; undefined for as long as it takes. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Makes the error of a wait that took too long. */
  readonly missed: (ms: number) => Error;
  /** Called when nobody waits any more. */
  readonly ended?: () => void;
}

/** Settles as `work` does, unless the time is up or the signal aborts before. A rejection that nobody handles is no uncaught error. */
export function within<T>(work: Promise<T>, limits: WaitLimits): Promise<T> {
  const limited = race(work, limits);
  limited.catch(() => {});
  return limited;
}

async function race<T>(work: Promise<T>, { clock, timeout, signal, missed, ended }: WaitLimits): Promise<T> {
  const releases: Release[] = ended ? [ended] : [];
  try {
    work.catch(() => {});
    const waits = [work];
    if (timeout !== undefined) waits.push(deadline(timeout));
    if (signal) waits.push(abort(signal));
    return await Promise.race(waits);
  } finally {
    for (const release of releases) release();
  }

  function deadline(ms: number): Promise<never> {
    checkDuration('timeout', ms);
    return new Promise((_, reject) => {
      releases.push(clock.setDeadline(() => reject(missed(ms)), ms));
    });
  }

  function abort(given: AbortSignal): Promise<never> {
    const aborted = whenAborted(given);
    releases.push(aborted.release);
    return aborted.promise;
  }
}
