// within(): something that is given up when its time is over, or when its caller does.
import { checkDuration, type Release, systemClock } from '../kernel/clock.js';
import { WaitTimeoutError } from '../kernel/errors.js';

/** Milliseconds for which a call that was lost is sent again: the server keeps its answer for longer, so that it runs once. */
export const AGAIN_FOR = 120_000;

/** What is waited for, and for how long. */
export interface Limits {
  readonly name: string;
  /** Milliseconds; undefined for as long as it takes. */
  readonly ms: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @param work - may end its own time limit with `relax` @throws SPECTER_WAIT_TIMEOUT, or the signal's reason */
export async function within<T>(
  { name, ms, signal }: Limits,
  work: (signal: AbortSignal, relax: Release) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  if (ms !== undefined) checkDuration(`timeout of ${name}`, ms);
  const abort = new AbortController();
  const cancel = () => abort.abort(signal?.reason);
  const late = () => abort.abort(new WaitTimeoutError('The client', `an answer of ${name}`, ms as number));
  const relax = ms === undefined ? () => {} : systemClock.setTimeout(late, ms);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await work(abort.signal, relax);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    relax();
    signal?.removeEventListener('abort', cancel);
  }
}
