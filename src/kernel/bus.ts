// Bus: typed events inside one application, with owners and priorities.

import { Birth } from './birth.js';
import { checkFunction } from './check-function.js';
import { type Clock, checkDuration, type Release, systemClock } from './clock.js';
import { errorOf, InvalidArgumentError, WaitEndedError, WaitTimeoutError } from './errors.js';
import { Events } from './events.js';
import { homeOf, nameOf, type Within } from './home.js';
import {
  checkedWait,
  checkListenOptions,
  DEFAULT_WAIT,
  type ListenOptions,
  type WaitOptions,
} from './listen-options.js';
import { type Ending, Listener, type ListenerNote, Listeners } from './listener.js';
import { checkOptionKeys } from './option-keys.js';
import { type BusEvent, type StreamOptions, streamOf } from './stream.js';
import { isThenable } from './thenable.js';

/**
 * The events of your application and what they carry. Augment it, and `on` and `emit` are typed; other names carry `unknown`.
 *
 * @example
 * declare module 'specter-runtime' {
 *   interface BusEvents { 'disk:mounted': { path: string } }
 * }
 */
export interface BusEvents {
  'app:ready': undefined;
  'app:draining': undefined;
}

/** The names you have declared, which an editor completes, and any other. */
type EventName = keyof BusEvents | (string & {});

/** What the event of that name carries. */
export type BusData<E> = E extends keyof BusEvents ? BusEvents[E] : unknown;

export interface BusOptions {
  readonly clock?: Clock;
  readonly events?: Events;
  /** A listener that blocks longer than this is reported, in milliseconds. @default 50 */
  readonly slowListener?: number;
  /** Remember the file and line of each listening. @default false */
  readonly births?: boolean;
  /** Owned listeners are called in it. */
  readonly within?: Within | undefined;
}

const KEYS = ['clock', 'events', 'slowListener', 'births', 'within'] satisfies (keyof BusOptions)[];

/** What the bus itself adds when it listens for somebody. */
interface Listening extends ListenOptions {
  readonly given?: unknown;
  readonly ending?: Ending;
}

const DEFAULT_PRIORITY = 100;

/** Publishes events to listeners. A listener that fails stops neither the others nor the emitter. */
export class Bus {
  readonly #listeners = new Map<string, Listeners>();
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #options: BusOptions;

  constructor(options: BusOptions = {}) {
    checkOptionKeys('new Bus()', options, KEYS);
    this.#clock = options.clock ?? systemClock;
    this.#events = options.events ?? new Events(this.#clock);
    this.#options = options;
  }

  /**
   * Calls `fn` at each event of that name.
   *
   * @returns ends the listening
   * @example
   * const release = bus.on('disk:mounted', (disk) => scan(disk), { owner: this });
   */
  on<E extends EventName>(event: E, fn: (data: BusData<E>) => unknown, options: ListenOptions = {}): Release {
    checkListenOptions('bus.on()', options);
    return this.#listen(event, checked('bus.on()', fn), options);
  }

  /** Like `on`, for the next event only. */
  once<E extends EventName>(event: E, fn: (data: BusData<E>) => unknown, options: ListenOptions = {}): Release {
    checkListenOptions('bus.once()', options);
    const call = (data: unknown) => {
      release();
      return fn(data as BusData<E>);
    };
    const release = this.#listen(event, call, { ...options, given: checked('bus.once()', fn) });
    return release;
  }

  /** Ends every listening of `fn` to that event. Prefer the release that `on` returned. */
  off(event: string, fn: (data: never) => unknown): void {
    for (const listener of this.#listening(event)) if (listener.given === fn) listener.end();
  }

  /** Calls the listeners of this moment in order; a promise that one returns is not awaited. */
  emit<E extends EventName>(event: E, data?: BusData<E>): void {
    for (const listener of this.#listening(event)) this.#call(event, listener, data);
  }

  /** Like `emit`; resolves when all that the listeners returned has settled. */
  async emitAsync<E extends EventName>(event: E, data?: BusData<E>): Promise<void> {
    await Promise.all(this.#listening(event).map((listener) => this.#call(event, listener, data)));
  }

  /**
   * Resolves with the data of the next event of that name.
   *
   * @throws SPECTER_WAIT_TIMEOUT after `timeout` milliseconds, SPECTER_WAIT_ENDED when the event is cleared, or the signal's reason
   */
  waitFor<E extends EventName>(event: E, options: WaitOptions = {}): Promise<BusData<E>> {
    const { timeout = DEFAULT_WAIT, signal } = checkedWait('bus.waitFor()', options);
    checkDuration('bus.waitFor()', timeout);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const end =
        <A>(settle: (value: A) => void) =>
        (value: A) => {
          forget();
          disarm();
          signal?.removeEventListener('abort', abort);
          settle(value);
        };
      const abort = () => end(reject)(signal?.reason);
      const cleared = () =>
        end(reject)(new WaitEndedError('bus.waitFor()', `event "${event}"`, 'its listeners were cleared'));
      const forget = this.#listen(event, end(resolve as (data: unknown) => void), {
        ending: { cleared, passing: true },
      });
      const disarm = this.#clock.setDeadline(
        () => end(reject)(new WaitTimeoutError('bus.waitFor()', `event "${event}"`, timeout)),
        timeout,
      );
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /**
   * The events of that name from now on, to be read one after the other. With a list of names each value says which.
   *
   * @returns ends with its owner or signal, and when its reader leaves the loop
   * @throws SPECTER_TOO_SLOW into the reader that lets more than `limit` wait, SPECTER_INVALID_ARGUMENT
   * @example
   * for await (const disk of bus.stream('disk:mounted', { owner: this })) await scan(disk);
   */
  stream<E extends EventName>(event: E, options?: StreamOptions): AsyncIterableIterator<BusData<E>>;
  stream<const E extends EventName>(events: readonly E[], options?: StreamOptions): AsyncIterableIterator<BusEvent<E>>;
  stream(events: string | readonly string[], options: StreamOptions = {}): AsyncIterableIterator<never> {
    return streamOf(events, options, (event, fn, end) =>
      this.#listen(event, fn, { ...options, ending: { cleared: end } }),
    );
  }

  /** Ends all listening to one event, or to all; whoever waits for one is rejected. */
  clear(event?: string): void {
    const events = event === undefined ? [...this.#listeners.keys()] : [event];
    for (const listener of events.flatMap((name) => this.#listening(name))) {
      listener.end();
      listener.ending?.cleared();
    }
  }

  hasListeners(event: string): boolean {
    return this.listenerCount(event) > 0;
  }

  /** How many listen to one event, or to all. */
  listenerCount(event?: string): number {
    if (event !== undefined) return this.#listeners.get(event)?.size ?? 0;
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Everyone who listens at this moment; not who waits for one event, since that ends by itself. */
  listeners(): readonly ListenerNote[] {
    return [...this.#listeners].flatMap(([event, { snapshot }]) =>
      snapshot
        .filter(({ ending }) => !ending?.passing)
        .map(({ owner, birth }) => ({ event, owner, birth: birth?.place })),
    );
  }

  #listen(
    event: string,
    fn: Listener['fn'],
    { owner, given = fn, priority = DEFAULT_PRIORITY, ending }: Listening,
  ): Release {
    if (Number.isNaN(priority)) throw new InvalidArgumentError('priority of a listener', 'a number', priority);
    const { births, within } = this.#options;
    const birth = births ? new Birth() : undefined;
    const home = owner && homeOf(owner);
    const name = home?.name ?? nameOf(owner) ?? 'bus';
    const listener = new Listener(this.#listOf(event), {
      fn: within && owner ? (data) => within(name, () => fn(data), birth) : fn,
      given,
      priority,
      owner: name,
      birth,
      ending,
    });
    if (home) listener.heldBy(home.scope);
    else if (owner) listener.endedBy(owner);
    return () => listener.end();
  }

  #listOf(event: string): Listeners {
    const known = this.#listeners.get(event);
    if (known) return known;
    const listeners = new Listeners(event, () => this.#listeners.delete(event));
    this.#listeners.set(event, listeners);
    return listeners;
  }

  #listening(event: string): readonly Listener[] {
    return this.#listeners.get(event)?.snapshot ?? [];
  }

  #call(event: string, listener: Listener, data: unknown): PromiseLike<unknown> | undefined {
    const begun = performance.now();
    try {
      const result = listener.fn(data);
      if (isThenable(result)) return result.then(undefined, (error) => this.#failed(event, listener, error));
    } catch (error) {
      this.#failed(event, listener, error);
    } finally {
      this.#checkSpeed(event, listener, performance.now() - begun);
    }
    return undefined;
  }

  #failed(event: string, listener: Listener, thrown: unknown): void {
    this.#events.emit('listener-failed', { service: listener.owner, event, error: errorOf(thrown) });
  }

  /** Real time: whoever blocks, blocks the thread, whatever the application's clock says. */
  #checkSpeed(event: string, { owner: service }: Listener, duration: number): void {
    if (duration > (this.#options.slowListener ?? 50)) this.#events.emit('slow-listener', { service, event, duration });
  }
}

function checked(where: string, fn: unknown): Listener['fn'] {
  checkFunction(where, fn);
  return fn as Listener['fn'];
}
