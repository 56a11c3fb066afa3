// Subscribers: who wants to know about which place of a state, found by that place.
import type { Release } from './clock.js';
import { childOf } from './levels.js';

/** One that wants to know. */
interface Subscriber {
  readonly fn: (value: unknown) => void;
  /** The value of this moment, frozen. */
  readonly take: () => unknown;
  /** Set when it can only be found out by looking. */
  readonly selects: boolean;
  /** What it was told last, or for one place what was there before the changes to be told; the same value is not told. */
  last: unknown;
  /** The change it was last told about. */
  seen: number;
  live: boolean;
}

/** One place, and the places below it, as far as somebody asked for them. */
class Place {
  readonly here = new Set<Subscriber>();
  readonly below = new Map<string, Place>();
}

/** A level that changed inside is told, whatever else happens to it. */
const LEVEL = Symbol('a level');

/** Calls a subscriber so that its failing stays its own. */
export type Guard = (call: () => unknown) => void;

/** A change costs what the subscribers of the changed places cost; the others are not looked at. */
export class Subscribers {
  readonly #root = new Place();
  readonly #selectors = new Set<Subscriber>();
  readonly #guard: Guard;
  /** What each held before the first change; `LEVEL` when something inside of it changed. */
  #due = new Map<Subscriber, unknown>();
  #change = 0;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  /** Adds one that is told when what is at `keys`, or below, changes. */
  addPath(keys: readonly string[], fn: (value: unknown) => void, take: () => unknown): Release {
    const subscriber: Subscriber = { fn, take, selects: false, last: undefined, seen: this.#change, live: true };
    this.#place(keys).here.add(subscriber);
    return () => {
      subscriber.live = false;
      this.#forget(subscriber, keys);
    };
  }

  /** Adds one that is told when what it selects is another value than before. */
  addSelector(fn: (value: unknown) => void, take: () => unknown): Release {
    const subscriber: Subscriber = { fn, take, selects: true, last: take(), seen: this.#change, live: true };
    this.#selectors.add(subscriber);
    return () => {
      subscriber.live = false;
      this.#selectors.delete(subscriber);
    };
  }

  /** Notes that one place holds another value: it, all above it, and those below whose value differs. */
  touch(keys: readonly string[], before: unknown, after: unknown): void {
    let place: Place | undefined = this.#root;
    for (const key of keys) {
      for (const subscriber of place.here) this.#due.set(subscriber, LEVEL);
      place = place.below.get(key);
      if (!place) return;
    }
    this.#compare(place, before, after);
  }

  /** Tells those whom the noted changes concern. One that was told by a change made meanwhile is not told twice. */
  deliver(): void {
    this.#change += 1;
    const change = this.#change;
    if (this.#due.size === 0 && this.#selectors.size === 0) return;
    for (const [subscriber, before] of this.#due) subscriber.last = before;
    const due = [...this.#due.keys(), ...this.#selectors];
    this.#due = new Map();
    for (const subscriber of due) if (subscriber.live && subscriber.seen < change) this.#tell(subscriber);
  }

  /** Forgets everybody. */
  clear(): void {
    for (const subscriber of this.#selectors) subscriber.live = false;
    this.#selectors.clear();
    this.#end(this.#root);
  }

  #tell(subscriber: Subscriber): void {
    this.#guard(() => {
      const value = subscriber.take();
      const { last } = subscriber;
      subscriber.last = subscriber.selects ? value : LEVEL;
      if (Object.is(value, last)) return undefined;
      subscriber.seen = this.#change;
      return subscriber.fn(value);
    });
  }

  #compare(place: Place, before: unknown, after: unknown): void {
    if (Object.is(before, after)) return;
    for (const subscriber of place.here) if (!this.#due.has(subscriber)) this.#due.set(subscriber, before);
    for (const [key, below] of place.below) this.#compare(below, childOf(before, key), childOf(after, key));
  }

  #place(keys: readonly string[]): Place {
    let place = this.#root;
    for (const key of keys) {
      const below = place.below.get(key) ?? new Place();
      place.below.set(key, below);
      place = below;
    }
    return place;
  }

  /** Places that nobody asks for any more go, too. */
  #forget(subscriber: Subscriber, keys: readonly string[], place = this.#root): void {
    const [key, ...rest] = keys;
    if (key === undefined) {
      place.here.delete(subscriber);
      return;
    }
    const below = place.below.get(key);
    if (!below) return;
    this.#forget(subscriber, rest, below);
    if (below.here.size === 0 && below.below.size === 0) place.below.delete(key);
  }

  #end(place: Place): void {
    for (const subscriber of place.here) subscriber.live = false;
    for (const below of place.below.values()) this.#end(below);
    place.here.clear();
    place.below.clear();
  }
}
