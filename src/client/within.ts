// within(): something that is given up when its time is over, or when its caller does.
import { type Release, systemClock } from '../kernel/clock.js';
import { WaitTimeoutError } from '../kernel/errors.js';

interface Limits {
  readonly name: string;
  /** Milliseconds; undefined for as long as it takes. */
  readonly ms: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @param work - may end its own time limit with `relax` @throws SPECTER_WAIT_TIMEOUT, or the signal's reason */
export async function within<T>(
  { name, ms, signal }: Limits,
  work: (signal: AbortSignal, relax: Release) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const abort = new AbortController();
  const cancel = () => abort.abort(signal?.reason);
  const late = () => abort.abort(new WaitTimeoutError('The client', `an answer of ${name}`, ms as number));
  const relax = ms === undefined ? () => {} : systemClock.setTimeout(late, ms);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await work(abort.signal, relax);
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    relax();
    signal?.removeEventListener('abort', cancel);
  }
}
