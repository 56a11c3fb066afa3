// Source: what the ready-made streams have in common: what they are, whose time they live by, how they wait.
import { type Clock, checkDuration, systemClock } from '../kernel/clock.js';
import { InvalidOptionError } from '../kernel/errors.js';
import { homeOf } from '../kernel/home.js';

/** Opens a stream that ends with the signal: for `@Stream()` on a field, for `createWatcher({ stream })`, or for `for await`. It remembers where it was when it is opened again. */
export type Source<T> = (signal: AbortSignal) => AsyncIterableIterator<T>;

/** Given, or of the instance whose field is being initialised, or the system's. */
export function clockFor(given: Clock | undefined): Clock {
  return given ?? homeOf(undefined)?.environment.clock ?? systemClock;
}

/** @throws SPECTER_INVALID_ARGUMENT for times that would make it spin */
export function checkInterval(where: string, ms: number, least = 1): void {
  checkDuration(where, ms, InvalidOptionError);
  if (ms < least) throw new InvalidOptionError(where, `at least ${least} milliseconds`, ms);
}

/** Wakes one who waits. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Until it rings, that time has passed, or the signal aborts. @returns whether to go on */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      signal.addEventListener('abort', this.#wake, { once: true });
      await clock.sleep(ms, { signal: woken.signal }).catch(() => {});
      signal.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#rung = false;
    return !signal.aborted;
  }
}
