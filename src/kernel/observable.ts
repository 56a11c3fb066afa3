// Observable: a frozen value that is replaced by merging, and those who want to know.

import { tellOnce } from './batch.js';
import { checkFunction } from './check-function.js';
import type { Release } from './clock.js';
import { guarded } from './guarded.js';
import type { Home } from './home.js';
import { checkOptionKeys } from './option-keys.js';
import type { Owner } from './scope.js';

export interface StateSubscription {
  /** Call at once with the present value. @default false */
  readonly immediate?: boolean;
  /** Ends the subscription when it stops. */
  readonly owner?: Owner;
}

interface Subscriber<State> {
  readonly fn: (slice: unknown) => unknown;
  readonly select: (state: Readonly<State>) => unknown;
  last: unknown;
}

/** The state of one instance: shallow merges, notification after the merge, none when nothing changed. */
export class Observable<State extends object, Self> {
  #value: Readonly<State>;
  readonly #self: Self;
  readonly #home: Home;
  readonly #subscribers = new Set<Subscriber<State>>();

  constructor(initial: State, self: Self, home: Home) {
    this.#value = Object.freeze({ ...initial });
    this.#self = self;
    this.#home = home;
  }

  get value(): Readonly<State> {
    return this.#value;
  }

  merge(partial: Partial<State>): void {
    const keys = Object.keys(partial) as (keyof State)[];
    if (keys.every((key) => Object.is(partial[key], this.#value[key]) && key in this.#value)) return;
    this.#value = Object.freeze({ ...this.#value, ...partial });
    tellOnce(this.#tellAll);
  }

  subscribe(
    fn: (slice: never, self: Self) => void,
    options: StateSubscription & { selector?: (state: Readonly<State>) => unknown },
  ): Release {
    checkFunction(`${this.#home.name}.subscribe()`, fn);
    checkOptionKeys(`${this.#home.name}.subscribe()`, options, ['selector', 'immediate', 'owner']);
    const select = options.selector ?? ((state: Readonly<State>) => state);
    const call = fn as (slice: unknown, self: Self) => unknown;
    const subscriber: Subscriber<State> = { fn: (slice) => call(slice, this.#self), select, last: select(this.#value) };
    this.#subscribers.add(subscriber);
    if (options.immediate) this.#guard(() => subscriber.fn(subscriber.last));
    const release = () => void this.#subscribers.delete(subscriber);
    return options.owner ? options.owner.addCleanup(release) : release;
  }

  readonly #tellAll = (): void => {
    for (const subscriber of [...this.#subscribers]) this.#tell(subscriber);
  };

  /** A change made by a subscriber has told the others already; they are not told twice. */
  #tell(subscriber: Subscriber<State>): void {
    this.#guard(() => {
      const slice = subscriber.select(this.#value);
      if (!this.#subscribers.has(subscriber) || Object.is(slice, subscriber.last)) return undefined;
      subscriber.last = slice;
      return subscriber.fn(slice);
    });
  }

  #guard(call: () => unknown): void {
    const { name: service, environment } = this.#home;
    guarded(call, (error) => environment.events.emit('listener-failed', { service, event: 'state', error }));
  }
}
