// Subscriptions: who listens to which event of which namespace, in which order.
import type { Release } from '../kernel/clock.js';
import { times } from '../kernel/counted.js';
import { homeOf } from '../kernel/home.js';
import type { Owner } from '../kernel/scope.js';
import type { Limits } from '../validation/limits.js';
import type { SocketCall } from './call.js';
import { InFlight } from './in-flight.js';
import type { OwnRate } from './throttle.js';

/** Hears one event. What it returns may become the acknowledgement. */
export type SocketListener = (payload: unknown, call: SocketCall) => unknown;

/** Limits of one event. */
export interface OwnLimits {
  /** How many of it one socket may emit; false for any number. @default its share of `sockets.rate` */
  readonly rate?: OwnRate;
  /** How deep and wide its payload may be. @default `sockets.limits` */
  readonly limits?: Partial<Limits>;
  /** How long its acknowledgement may take; false for as long as it takes. @default `sockets.ackTimeout` */
  readonly timeout?: number | false;
}

/** What a subscription is made of. */
export interface Listening {
  readonly event: string;
  readonly namespace: string;
  readonly fn: SocketListener;
  readonly priority: number;
  /** Whose it is, for reports. */
  readonly owner: string;
  /** What holds for this event instead of what holds for the whole door. */
  readonly own?: OwnLimits | undefined;
  /** False where its own work asks the application's guards, and answers for itself while the door drains. */
  readonly guarded: boolean;
}

/** One listener of one event, and how many calls of it are under way. */
export class Subscription {
  readonly listening: Listening;
  /** False as soon as it is removed: an event that is being handed round passes it by. */
  active = true;
  readonly #calls = new InFlight();

  constructor(listening: Listening) {
    this.listening = listening;
  }

  /** Calls the listener; waits only where it does. */
  call(payload: unknown, call: SocketCall): unknown {
    return this.#calls.run(() => this.listening.fn(payload, call));
  }

  /** How many calls are under way. */
  get underWay(): number {
    return this.#calls.count;
  }

  /** Resolves when no call is under way; undefined when none is. */
  settled(): Promise<void> | undefined {
    return this.#calls.settled();
  }
}

/** Lists of subscriptions by namespace and event; each list is replaced, never changed, so an event keeps its snapshot for nothing. */
export class SubscriptionTable {
  readonly #byNamespace = new Map<string, Map<string, readonly Subscription[]>>();
  readonly #away = new Map<string, Map<string, Set<string>>>();

  /** The listeners of an event in order, or undefined when there are none. */
  find(namespace: string, event: unknown): readonly Subscription[] | undefined {
    return this.#byNamespace.get(namespace)?.get(event as string);
  }

  /** Whose calls are under way, as `2 × "say" of ChatHandler`. @param but - whose are left out */
  busy(but?: string): readonly string[] {
    const all = [...this.#byNamespace.values()].flatMap((events) => [...events.values()].flat());
    return all
      .filter(({ underWay, listening: { owner } }) => underWay > 0 && owner !== but)
      .map(({ underWay, listening: { event, owner } }) => times(underWay, `"${event}" of ${owner}`));
  }

  /** Whether somebody who handles the event is stopped for a moment. */
  isAway(namespace: string, event: unknown): boolean {
    return this.#away.get(namespace)?.has(event as string) ?? false;
  }

  add(subscription: Subscription): void {
    const { namespace, event, priority, owner } = subscription.listening;
    const events = inner(this.#byNamespace, namespace, () => new Map<string, readonly Subscription[]>());
    const list = events.get(event) ?? [];
    const at = list.findLastIndex((other) => other.listening.priority <= priority) + 1;
    events.set(event, list.toSpliced(at, 0, subscription));
    this.#isBack(namespace, event, owner);
  }

  remove(subscription: Subscription): void {
    const { namespace, event } = subscription.listening;
    subscription.active = false;
    const events = this.#byNamespace.get(namespace);
    const left = events?.get(event)?.filter((other) => other !== subscription) ?? [];
    if (left.length > 0) events?.set(event, left);
    else events?.delete(event);
  }

  /** Removes it, and remembers that its owner will be back. */
  park(subscription: Subscription): void {
    const { namespace, event, owner } = subscription.listening;
    this.remove(subscription);
    const events = inner(this.#away, namespace, () => new Map<string, Set<string>>());
    inner(events, event, () => new Set<string>()).add(owner);
  }

  #isBack(namespace: string, event: string, owner: string): void {
    const owners = this.#away.get(namespace)?.get(event);
    if (owners?.delete(owner) && owners.size === 0) this.#away.get(namespace)?.delete(event);
  }
}

function inner<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** A limit of an event: what the first of its subscribers says who says anything. */
export function ownLimit<K extends keyof OwnLimits>(
  subscriptions: readonly Subscription[] | undefined,
  name: K,
): OwnLimits[K] {
  if (!subscriptions) return undefined;
  for (const { listening } of subscriptions) {
    const own = listening.own?.[name];
    if (own !== undefined) return own;
  }
  return undefined;
}

interface Held {
  readonly label: string;
  readonly release: Release;
  readonly settled?: () => Promise<void> | undefined;
}

/** Ends with the owner, who waits for the calls under way. */
export function holdFor(owner: Owner, { label, release, settled }: Held): Release {
  const scope = homeOf(owner)?.scope;
  if (!scope) return owner.addCleanup(release);
  const quiesce = () => {
    release();
    return settled?.();
  };
  return scope.hold({ kind: 'listener', label, release, quiesce });
}
