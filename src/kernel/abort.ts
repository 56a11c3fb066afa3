// Abort controllers whose signal takes any number of listeners (Node warns of a leak beyond ten), and the wait for an abort.
import type { Release } from './clock.js';

/** Where Node keeps how many listeners a signal may have before it warns; other hosts have no such limit. */
const LIMIT = Object.getOwnPropertySymbols(new AbortController().signal).find(({ description }) =>
  description?.endsWith('maxEventTargetListeners'),
);

/** Every wait of an owner listens to its one signal, so many listeners are no leak. */
export function makeAbort(): AbortController {
  const controller = new AbortController();
  if (LIMIT) (controller.signal as unknown as Record<symbol, number>)[LIMIT] = Number.POSITIVE_INFINITY;
  return controller;
}

/** An abort whose signal, and whose reason, are only made when somebody looks: most scopes are never asked. */
export class LazyAbort {
  #controller: AbortController | undefined;
  #reason: (() => unknown) | undefined;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = makeAbort();
      if (this.#reason) this.#controller.abort(this.#reason());
    }
    return this.#controller.signal;
  }

  /** @param reason - makes the signal's reason; the first abort counts */
  abort(reason: () => unknown): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason());
  }
}

/** Rejects with the reason when the signal aborts; release it when nobody waits any more. */
export function whenAborted(signal: AbortSignal): { promise: Promise<never>; release: Release } {
  let abort = () => {};
  const promise = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  promise.catch(() => {});
  return { promise, release: () => signal.removeEventListener('abort', abort) };
}
