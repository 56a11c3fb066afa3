// CallSignal: the AbortSignal of one call, which follows several others and ends with the call.
import type { Release } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import { isConsequence } from '../kernel/poll-at-hand.js';

/** Aborted as soon as one of the signals that it follows is, or by `abort`. */
export class CallSignal {
  readonly #abort = new AbortController();
  readonly #releases: Release[];

  constructor(followed: readonly AbortSignal[]) {
    this.#releases = followed.map((signal) => follow(signal, (reason) => this.abort(reason)));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** What was thrown, or why it was: Node says `AbortError` for whatever a signal has ended. */
  seen(thrown: unknown): Error {
    return isConsequence(thrown, this.signal) ? errorOf(this.signal.reason) : errorOf(thrown);
  }

  /** Follows nobody any more: the signals of a door outlive every call. */
  end(): void {
    for (const release of this.#releases.splice(0)) release();
  }
}

/** Calls `fn` with the reason when a signal is aborted, or at once when it is already. */
export function follow(signal: AbortSignal, fn: (reason: Error) => void): Release {
  const aborted = () => fn(signal.reason);
  if (signal.aborted) aborted();
  signal.addEventListener('abort', aborted, { once: true });
  return () => signal.removeEventListener('abort', aborted);
}
