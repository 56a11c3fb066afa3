// SocketIngress: one dispatcher per event, many subscribers, all removable.
import { setMaxListeners } from 'node:events';
import { type GuardFunction, passGuards } from '../http/guard.js';
import type { Release } from '../kernel/clock.js';
import type { Deadline } from '../kernel/deadline.js';
import { type Environment, nameOf } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Owner } from '../kernel/scope.js';
import { compileGate, type InputType } from '../validation/gate.js';
import { checkStructure, DEFAULT_LIMITS, type Limits, limitsWith } from '../validation/limits.js';
import { guardCall, type Origin, ReceivedEvent } from './call.js';
import { checkedListener } from './checked-listener.js';
import { AwayError, UnansweredEventsError, UnknownEventError } from './errors.js';
import { Failures, type SocketErrorListener } from './failures.js';
import { InFlight } from './in-flight.js';
import { checkListening } from './names.js';
import { checkedOwn } from './own-limits.js';
import { type Handled, Round } from './round.js';
import type { AnyEvent, EventNamed, ListenerOf } from './socket-events.js';
import {
  holdFor,
  type Listening,
  type OwnLimits,
  ownLimit,
  type SocketListener,
  Subscription,
  SubscriptionTable,
} from './subscriptions.js';

/** What happens to a connection itself. Clients cannot emit these: they live in a table of their own. */
export const LIFECYCLE_EVENTS: ReadonlySet<unknown> = new Set(['connection', 'disconnect', 'error']);

export type SocketLifecycleEvent = 'connection' | 'disconnect' | 'error';

export interface SubscribeOptions extends OwnLimits {
  /** Ends the subscription when it stops. */
  readonly owner?: Owner;
  /** Lower goes first; equal ones in order of arrival. @default 100 */
  readonly priority?: number;
  /** @default '/' */
  readonly namespace?: string;
  /** Checks the payload before `fn` sees it. Without it the payload is whatever the client sent. */
  readonly type?: InputType;
}

const KEYS = [
  'owner',
  'priority',
  'namespace',
  'type',
  'rate',
  'limits',
  'timeout',
] satisfies (keyof SubscribeOptions)[];

export const DEFAULT_PRIORITY = 100;
const DEFAULT_NAMESPACE = '/';

/**
 * Hands what clients emit to any number of subscribers, one after the other by priority, and answers the client.
 * The acknowledgement is the last result that is not undefined, else the problem of the first failure.
 *
 * @example
 * class Chat extends Lifecycle {
 *   readonly #ingress = inject(SocketIngress);
 *   protected onStart() { this.#ingress.subscribe('say', (text) => this.say(text), { owner: this, type: String }); }
 *   say(text: unknown) { return { heard: text }; }
 * }
 */
export class SocketIngress {
  /** The application's guards, asked once before the subscribers of an event. */
  guards: readonly GuardFunction[] = [];
  readonly failures: Failures;
  readonly #environment: Environment;
  readonly #openNamespace: (namespace: string) => void;
  readonly #events = new SubscriptionTable();
  readonly #lifecycle = new SubscriptionTable();
  /** The events that are being handled. */
  readonly calls = new InFlight();
  readonly #limits: Limits;
  readonly #leaving = new AbortController();

  /** @param openNamespace - told of each namespace that somebody listens in */
  constructor(
    environment: Environment,
    openNamespace: (namespace: string) => void = () => {},
    limits: Limits = DEFAULT_LIMITS,
  ) {
    this.#environment = environment;
    this.#openNamespace = openNamespace;
    this.#limits = limits;
    this.failures = new Failures(environment);
    setMaxListeners(Number.POSITIVE_INFINITY, this.#leaving.signal);
  }

  /** Aborted when the door takes nothing more from clients. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** How many events are being handled at this moment. */
  get inFlight(): number {
    return this.calls.count;
  }

  /** Whose events are being handled, as `2 × "say" of ChatHandler`. @param but - whose are left out */
  underWay(but?: string): readonly string[] {
    return [this.#lifecycle, this.#events].flatMap((table) => table.busy(but));
  }

  /**
   * Calls `fn` at each event of that name, from every socket of the namespace. `connection`, `disconnect` and `error` tell
   * what happens to a socket itself; their payload is the socket, the reason, or the error.
   *
   * @returns ends the subscription, on sockets that are connected, too
   * @throws SPECTER_UNTYPED_INPUT when `type` cannot be checked at run time; SPECTER_INVALID_ARGUMENT for what nobody would ever hear
   */
  subscribe<E extends AnyEvent>(event: EventNamed<E>, fn: ListenerOf<E>, options: SubscribeOptions = {}): Release {
    checkOptionKeys('ingress.subscribe()', options, KEYS);
    const { owner, priority = DEFAULT_PRIORITY, namespace = DEFAULT_NAMESPACE, type } = options;
    const where = `socket event "${event}"`;
    checkListening('ingress.subscribe()', { event, namespace, fn });
    const subscription = this.add({
      event,
      namespace,
      fn: type === undefined ? fn : checkedListener(fn, compileGate(type, { in: 'payload', where, counted: true })),
      priority,
      owner: nameOf(owner) ?? 'sockets',
      own: checkedOwn(where, options),
      guarded: true,
    });
    const remove = () => this.#table(event).remove(subscription);
    const settled = () => subscription.settled();
    const release = owner ? holdFor(owner, { label: where, release: remove, settled }) : remove;
    given.set(subscription, { fn, release });
    return release;
  }

  /** Ends every subscription of `fn` to that event. Prefer the release that `subscribe` returned. */
  unsubscribe(event: string, fn: SocketListener, options: { namespace?: string } = {}): void {
    checkOptionKeys('ingress.unsubscribe()', options, ['namespace']);
    for (const subscription of this.#table(event).find(options.namespace ?? DEFAULT_NAMESPACE, event) ?? []) {
      const { fn: known, release } = given.get(subscription) ?? {};
      if (known === fn) release?.();
    }
  }

  /** How many subscribers an event has. */
  listenerCount(event: string, options: { namespace?: string } = {}): number {
    checkOptionKeys('ingress.listenerCount()', options, ['namespace']);
    return this.#table(event).find(options.namespace ?? DEFAULT_NAMESPACE, event)?.length ?? 0;
  }

  /** A limit that an event has for itself. */
  ownLimit<K extends keyof OwnLimits>(namespace: string, event: unknown, name: K): OwnLimits[K] {
    return ownLimit(this.#events.find(namespace, event), name);
  }

  /** Whether an event that clients emit is handled here, or will be again in a moment. */
  serves(namespace: string, event: unknown): boolean {
    return this.#events.find(namespace, event) !== undefined || this.#events.isAway(namespace, event);
  }

  /**
   * Hands an event to its subscribers as if the client had emitted it.
   *
   * @returns what the acknowledgement would get
   * @throws the first failure when nobody had a result; SPECTER_EVENT_UNKNOWN when nobody listens
   */
  async dispatch(event: string, payload: unknown, from: Origin): Promise<unknown> {
    const { value, failure } = await this.handle(event, [payload], from);
    if (value === undefined && failure) throw failure;
    return value;
  }

  /** Calls `fn` with every failure of a subscriber, and whose it was. */
  onError(fn: SocketErrorListener, options: { owner?: Owner } = {}): Release {
    checkOptionKeys('ingress.onError()', options, ['owner']);
    const release = this.failures.listen(fn);
    return options.owner ? holdFor(options.owner, { label: 'socket errors', release }) : release;
  }

  /** Adds a listener that its role parks while it is stopped. */
  add(listening: Listening): Subscription {
    const subscription = new Subscription(listening);
    this.#table(listening.event).add(subscription);
    this.#openNamespace(listening.namespace);
    return subscription;
  }

  /** Takes a listener away while its owner is stopped: until it is back, its event answers 503. */
  park(subscription: Subscription): void {
    this.#table(subscription.listening.event).park(subscription);
  }

  /** Tells the subscribers of a lifecycle event. Never rejects. */
  async happened(event: SocketLifecycleEvent, data: unknown, from: Origin): Promise<void> {
    const subscriptions = this.#lifecycle.find(from.namespace, event);
    if (!subscriptions) return;
    const round = new Round(subscriptions, new ReceivedEvent(from, event, [data]), this.failures);
    await this.calls.run(() => round.go());
  }

  /** Takes nothing more from clients, and resolves when what is being handled has been answered, or the time is up, which is reported. */
  async drain(deadline: Deadline): Promise<void> {
    this.#leaving.abort(new AwayError());
    const missed = () => new UnansweredEventsError(this.inFlight, this.#events.busy(), deadline.ms);
    const report = (error: Error) => this.#environment.events.emit('release-failed', { service: 'sockets', error });
    await deadline.wait(this.calls.settled() ?? Promise.resolve(), missed).catch(report);
  }

  /**
   * Asks the guards and calls the subscribers; waits only where they do.
   *
   * @throws what keeps the event from being handed round at all
   */
  handle(event: unknown, args: readonly unknown[], from: Origin): Handled | Promise<Handled> {
    const subscriptions = this.#events.find(from.namespace, event);
    const guarded = subscriptions?.some(({ listening }) => listening.guarded) ?? true;
    if (guarded && this.leaving.aborted) throw new AwayError();
    if (!subscriptions) throw this.#events.isAway(from.namespace, event) ? new AwayError() : new UnknownEventError();
    if (guarded) this.#checkStructure(args, ownLimit(subscriptions, 'limits'));
    const call = new ReceivedEvent(from, event as string, args);
    const round = new Round(subscriptions, call, this.failures);
    if (!guarded || this.guards.length === 0) return round.go();
    const asking = guardCall('event', from, { event: call.event, payload: args[0] });
    return passGuards(this.guards, asking).then(() => {
      // Whoever has heard that the socket has gone hears nothing more of it.
      from.signal.throwIfAborted();
      return round.go();
    });
  }

  /** A scalar has no structure, but for a number that is none. */
  #checkStructure(args: readonly unknown[], own: Partial<Limits> | undefined): void {
    for (const arg of args) {
      if (typeof arg === 'string' || arg === undefined) continue;
      checkStructure(arg, own ? limitsWith(own, this.#limits) : this.#limits, 'payload');
    }
  }

  #table(event: string): SubscriptionTable {
    return LIFECYCLE_EVENTS.has(event) ? this.#lifecycle : this.#events;
  }
}

/** The functions as they were given, and their ends, for those who take them away by naming them. */
const given = new WeakMap<Subscription, { readonly fn: SocketListener; readonly release: Release }>();
