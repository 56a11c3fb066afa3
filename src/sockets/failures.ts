// Failures: tells what went wrong while an event was handled: to the log, with the owner's name, and to those who asked for it.

import { checkFunction } from '../kernel/check-function.js';
import type { Release } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { isThenable } from '../kernel/thenable.js';
import type { SocketCall } from './call.js';
import { isFailure, shortened } from './errors.js';

/** Whose failure it was, and at which event. */
export interface SocketFailure {
  /** The name of the subscriber's owner. */
  readonly owner: string;
  readonly call: SocketCall;
}

export type SocketErrorListener = (error: Error, failure: SocketFailure) => unknown;

const blamed = new WeakMap<Error, string>();

/** Says whose failure an error is, where the one who calls is not the one to blame. */
export function blame(thrown: unknown, owner: string): Error {
  const error = errorOf(thrown);
  blamed.set(error, owner);
  return error;
}

/** Tells the failures of one sockets door. */
export class Failures {
  readonly #environment: Environment;
  readonly #listeners = new Set<SocketErrorListener>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Calls `fn` with every failure of a subscriber. */
  listen(fn: SocketErrorListener): Release {
    checkFunction('ingress.onError()', fn);
    const listener: SocketErrorListener = (error, failure) => fn(error, failure);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A subscriber failed. */
  report(error: Error, subscriber: string, call: SocketCall): void {
    const owner = blamed.get(error) ?? subscriber;
    this.tell(owner, { socket: call.socket.id, what: `event ${shortened(call.event)}` }, error);
    for (const listener of [...this.#listeners]) this.#ask(listener, error, { owner, call });
  }

  /** Something was refused, or failed, which is the application's own fault. */
  tell(service: string, about: { socket: string; what: string }, error: Error): void {
    this.#environment.events.emit(isFailure(error) ? 'socket-failed' : 'socket-refused', { service, ...about, error });
  }

  #ask(listener: SocketErrorListener, error: Error, failure: SocketFailure): void {
    const failed = (thrown: unknown) => {
      this.#environment.events.emit('listener-failed', {
        service: 'sockets',
        event: 'onError',
        error: errorOf(thrown),
      });
    };
    try {
      const pending = listener(error, failure);
      if (isThenable(pending)) pending.then(undefined, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }
}
