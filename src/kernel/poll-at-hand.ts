// PollAtHand: the one poll of a watcher that is under way, whoever still waits for it.
import type { Clock } from './clock.js';
import { errorOf, WaitTimeoutError } from './errors.js';
import type { PollSource, Unchanged } from './watch-source.js';

/** Who asks. */
export interface Asking {
  readonly name: string;
  /** Of the run: aborted when nobody wants an answer any more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly timeout: number | undefined;
  /** Told what went wrong after nobody waited any more. */
  readonly late: (error: Error) => void;
}

interface Pending<T> {
  readonly run: AbortSignal;
  readonly result: Promise<T>;
  readonly abort: (reason: unknown) => void;
  waited: boolean;
}

/** Kept for all runs of a watcher: a poll that outlives its time, or its run, never gets a second one beside it. */
export class PollAtHand<T> {
  #pending: Pending<T | Unchanged> | undefined;

  /** Resolves when no poll of that run is under way. */
  async ended(run: AbortSignal): Promise<void> {
    if (this.#pending?.run === run) await this.#pending.result.catch(() => {});
  }

  /** @throws what the poll threw, SPECTER_WAIT_TIMEOUT when it takes too long, or the reason of the run's end */
  async ask(source: PollSource<T>, asking: Asking): Promise<T | Unchanged> {
    const left = this.#pending;
    if (left && left.run !== asking.signal)
      await within(
        left.result.catch(() => {}),
        'the poll of its last run',
        asking,
      );
    this.#pending ??= this.#begin(source, asking);
    const pending = this.#pending;
    pending.waited = true;
    try {
      return await within(pending.result, 'its poll', asking, pending.abort);
    } finally {
      pending.waited = false;
    }
  }

  #begin(source: PollSource<T>, { signal, late }: Asking): Pending<T | Unchanged> {
    const own = new AbortController();
    const abort = (reason: unknown) => own.abort(reason);
    const end = () => abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const result = Promise.resolve()
      .then(() => source.poll(own.signal))
      .finally(() => {
        signal.removeEventListener('abort', end);
        if (this.#pending === pending) this.#pending = undefined;
      });
    const pending: Pending<T | Unchanged> = { run: signal, result, abort, waited: false };
    result.catch((thrown) => {
      if (!pending.waited && !isConsequence(thrown, own.signal)) late(errorOf(thrown));
    });
    return pending;
  }
}

/** What is thrown only because somebody aborted. */
export function isConsequence(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return thrown === signal.reason || errorOf(thrown).name === 'AbortError';
}

function within<V>(
  work: Promise<V>,
  what: string,
  { name, signal, clock, timeout }: Asking,
  missed: (reason: unknown) => void = () => {},
): Promise<V> {
  return new Promise<V>((resolve, reject) => {
    const late = (limit: number) => {
      const error = new WaitTimeoutError(name, what, limit);
      missed(error);
      reject(error);
    };
    const disarm = timeout === undefined ? () => {} : clock.setTimeout(() => late(timeout), timeout);
    const stop = () => {
      disarm();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    const done = () => {
      disarm();
      signal.removeEventListener('abort', stop);
    };
    work.finally(done).then(resolve, reject);
  });
}
