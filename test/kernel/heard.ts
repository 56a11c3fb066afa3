// What the tests of this folder share: events that are kept instead of printed, and promises settled by hand.
import { Bus } from '../../src/kernel/bus.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { Events, type LifecycleEvent, type LifecycleEventType } from '../../src/kernel/events.js';
import type { Environment } from '../../src/kernel/home.js';
import { Registry } from '../../src/kernel/registry.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

export interface Heard {
  readonly events: Events;
  readonly log: readonly LifecycleEvent[];
  /** All that was heard of one type. */
  of<T extends LifecycleEventType>(type: T): LifecycleEvent<T>[];
}

/** A hub whose every event is kept. */
export function hear(clock: Clock = systemClock): Heard {
  const events = new Events(clock);
  const log: LifecycleEvent[] = [];
  events.on('*', (event) => void log.push(event));
  return {
    events,
    log,
    of: (type) => log.filter((event) => event.type === type) as never,
  };
}

export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
  break(error: unknown): void;
}

/** A promise that the test settles. */
export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  promise.catch(() => {});
  return { promise, open, break: fail };
}

/** A promise that never settles: whoever waits for it needs a deadline. */
export const never = new Promise<never>(() => {});

/** Lets everything that is ready to run, run. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a promise was rejected with. @throws when it was not */
export async function rejection(
  promise: PromiseLike<unknown>,
): Promise<Error & { code?: string; errors?: readonly Error[] }> {
  try {
    await promise;
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('expected a rejection, but it resolved');
}

/** An environment of its own, with virtual time, whose events are kept. */
export function surround(clock = new ManualClock()): Environment & Heard & { readonly clock: ManualClock } {
  const heard = hear(clock);
  const { events } = heard;
  return { ...heard, clock, bus: new Bus({ clock, events }), registry: new Registry(clock), births: true };
}
