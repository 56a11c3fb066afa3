// Abort controllers whose signal takes any number of listeners (Node warns of a leak beyond ten), and the wait for an abort.
import type { Release } from './clock.js';

/** Where Node keeps how many listeners a signal may have before it warns; other hosts have no such limit. */
const LIMIT = Object.getOwnPropertySymbols(new AbortController().signal).find(({ description }) =>
  description?.endsWith('maxEventTargetListeners'),
);

/** Every wait of an owner listens to its one signal, so many listeners are no leak. */
export function makeAbort(): AbortController {
  const controller = new AbortController();
  if (LIMIT) Reflect.set(controller.signal, LIMIT, Number.POSITIVE_INFINITY);
  return controller;
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
