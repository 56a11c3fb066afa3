// Clock: where all of the framework's waiting gets its time from, and the system's own.
import { InvalidArgumentError } from './errors.js';

/** Gives back early what was acquired. Calling it again does nothing. */
export type Release = () => void;

/**
 * The time of an application. Inject it instead of using `setTimeout`, and tests can turn it by hand.
 *
 * @example
 * await clock.sleep(50, { signal });
 */
export abstract class Clock {
  /** Wall time in milliseconds since 1970; it may jump. */
  abstract now(): number;
  /** Milliseconds since some fixed moment; it never jumps. All durations use it. */
  abstract monotonic(): number;
  /**
   * Calls `fn` once after `ms` milliseconds; delays beyond 2^31 ms are exact.
   *
   * @throws SPECTER_INVALID_ARGUMENT when `ms` is not a finite number of at least 0
   */
  abstract setTimeout(fn: () => void, ms: number): Release;

  /** Like `setTimeout`, for the end of a wait: in virtual time it also passes in real time, so that a hang is reported. */
  setDeadline(fn: () => void, ms: number): Release {
    return this.setTimeout(fn, ms);
  }

  /** Waits until the wall clock shows `time`, or may have jumped: look at `now()` again, and wait again if it is early. */
  sleepUntil(time: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.sleep(Math.min(Math.max(0, time - this.now()), LOOK), options);
  }

  /**
   * Waits `ms` milliseconds.
   *
   * @throws the signal's reason when it is aborted before
   */
  sleep(ms: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(signal.reason);
      const release = this.setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      const abort = () => {
        release();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/** The wall clock is looked at that often, so that a jump of it, or a sleep of the machine, is noticed soon. */
const LOOK = 60_000;

/** The host's timers count milliseconds in 32 bits and fire at once beyond that. */
const LONGEST_TIMER = 2 ** 31 - 1;

class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  setTimeout(fn: () => void, ms: number): Release {
    checkDuration('clock.setTimeout()', ms);
    if (ms > LONGEST_TIMER) return this.#setLongTimeout(fn, ms);
    const handle = setTimeout(fn, ms);
    return () => clearTimeout(handle);
  }

  #setLongTimeout(fn: () => void, ms: number): Release {
    const due = this.monotonic() + ms;
    let release: Release;
    const arm = () => {
      const left = due - this.monotonic();
      release = left > LONGEST_TIMER ? this.setTimeout(arm, LONGEST_TIMER) : this.setTimeout(fn, Math.max(0, left));
    };
    arm();
    return () => release();
  }
}

/** The clock on the wall of this machine. */
export const systemClock: Clock = new SystemClock();

/** @param Refusal - for an option that stands in the code, one that shows it @throws SPECTER_INVALID_ARGUMENT when `ms` is not a usable duration */
export function checkDuration(where: string, ms: number, Refusal = InvalidArgumentError): void {
  if (!(Number.isFinite(ms) && ms >= 0)) throw new Refusal(where, 'milliseconds as a finite number of at least 0', ms);
}
