// Round: one event on its way through its subscribers.
import { errorOf } from '../kernel/errors.js';
import { isThenable } from '../kernel/thenable.js';
import { resultOf } from './ack.js';
import type { SocketCall } from './call.js';
import { AwayError } from './errors.js';
import type { Failures } from './failures.js';
import type { Subscription } from './subscriptions.js';

/** What has come of an event. */
export interface Handled {
  /** The last result that is not undefined. */
  readonly value: unknown;
  /** The first; it has been reported. */
  readonly failure: Error | undefined;
  /** Its value cannot be sent: that is a failure of whose it is. */
  refuse(error: Error): void;
}

/** Calls the subscribers of one event in their order; one that fails stops nobody else. */
export class Round implements Handled {
  value: unknown;
  failure: Error | undefined;
  readonly #subscriptions: readonly Subscription[];
  readonly #call: SocketCall;
  readonly #failures: Failures;
  #at = 0;
  /** Whose the value is. */
  #by: Subscription | undefined;

  constructor(subscriptions: readonly Subscription[], call: SocketCall, failures: Failures) {
    this.#subscriptions = subscriptions;
    this.#call = call;
    this.#failures = failures;
  }

  /** Goes on; waits only for subscribers that take time, so that the others are answered at once. Never throws. */
  go(): Handled | Promise<Handled> {
    for (; this.#at < this.#subscriptions.length; this.#at++) {
      const subscription = this.#subscriptions[this.#at] as Subscription;
      try {
        if (!subscription.active) throw new AwayError();
        const returned = subscription.call(this.#call.args[0], this.#call);
        if (isThenable(returned)) return this.#goLater(subscription, returned);
        this.#take(subscription, returned);
      } catch (thrown) {
        this.#fail(subscription, thrown);
      }
    }
    return this;
  }

  async #goLater(subscription: Subscription, pending: PromiseLike<unknown>): Promise<Handled> {
    try {
      this.#take(subscription, await pending);
    } catch (thrown) {
      this.#fail(subscription, thrown);
    }
    this.#at++;
    return this.go();
  }

  refuse(error: Error): void {
    this.#report(this.#by as Subscription, error);
  }

  #take(subscription: Subscription, returned: unknown): void {
    const result = resultOf(returned);
    if (result === undefined) return;
    this.value = result;
    this.#by = subscription;
  }

  #fail(subscription: Subscription, thrown: unknown): void {
    const error = errorOf(thrown);
    this.failure ??= error;
    this.#report(subscription, error);
  }

  #report({ listening: { owner } }: Subscription, error: Error): void {
    this.#failures.report(error, owner, this.#call);
  }
}
