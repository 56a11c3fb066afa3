// CacheEntries: values that expire, a bound on how many there are, and one computation at a time for each.
import { type Clock, checkDuration } from './clock.js';
import { DestroyedError } from './destroyed.js';
import { errorOf, WaitTimeoutError } from './errors.js';
import { checkOptionKeys } from './option-keys.js';
import { type Linked, Recent } from './recent.js';

/** Computes a value. The signal is aborted when it takes too long. */
export type Factory<T> = (signal: AbortSignal) => T | PromiseLike<T>;

export interface Freshness {
  /** Milliseconds until it expires; 0 is never. @default the cache's own */
  readonly ttl?: number;
}

export interface EntriesOptions<K, V> {
  readonly ttl: number;
  /** Milliseconds after expiry in which the old value is still given, while a new one is computed. */
  readonly stale: number;
  /** How many entries there may be; the one unused for longest goes first. */
  readonly max: number;
  /** Milliseconds a computation may take. */
  readonly timeout: number;
  readonly clock: Clock;
  /** How it is called in errors. */
  readonly label: string;
  /** Is told of a computation that failed while nobody waited for it. */
  readonly report: (error: Error) => void;
  /** Is told of an entry that had to go because there were too many. */
  readonly evicted: (key: K, value: V) => void;
}

interface Entry<K, V> extends Linked<K> {
  readonly value: V;
  /** Wall time at which it came. */
  readonly at: number;
  /** Monotonic time at which it expires. */
  readonly expires: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** The engine under caches. No computation ever holds up another one. */
export class CacheEntries<K, V> {
  readonly #options: EntriesOptions<K, V>;
  readonly #entries: Recent<K, Entry<K, V>>;
  readonly #flights = new Map<K, Promise<V>>();
  /** Ends one computation each. */
  readonly #running = new Set<(why: Error) => void>();
  #closed = false;

  constructor(options: EntriesOptions<K, V>) {
    checkDuration(`ttl of ${options.label}`, options.ttl);
    checkDuration(`staleWhileRevalidate of ${options.label}`, options.stale);
    checkDuration(`timeout of ${options.label}`, options.timeout);
    this.#options = options;
    this.#entries = new Recent(options.max);
  }

  /** How many there are, expired ones included that nobody has asked for since. */
  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key, unless it has expired. */
  find(key: K): Entry<K, V> | undefined {
    const entry = this.#entries.find(key);
    if (!entry) return undefined;
    const over = entry.expires === NEVER ? -1 : this.#options.clock.monotonic() - entry.expires;
    if (over < 0) {
      this.#entries.use(entry);
      return entry;
    }
    if (over >= this.#options.stale) this.#entries.delete(key);
    return undefined;
  }

  /** Keeps a value. A computation under way does not take its place. */
  put(key: K, value: V, freshness: Freshness = {}): void {
    if (this.#closed) throw this.#ended();
    const { ttl = this.#options.ttl } = this.#checked(freshness);
    checkDuration(`ttl of ${this.#options.label}`, ttl);
    this.drop(key);
    if (value === undefined) return;
    const { clock, evicted } = this.#options;
    const expires = ttl === 0 ? NEVER : clock.monotonic() + ttl;
    const at = clock.now();
    const gone = this.#entries.put({ key, value, at, expires, older: undefined, newer: undefined });
    if (gone) evicted(gone.key, gone.value);
  }

  /** The value of a key, or what `factory` makes. Whoever asks meanwhile gets the same promise. */
  compute(key: K, factory: Factory<V>, freshness: Freshness = {}): Promise<V> {
    const found = this.find(key);
    if (found) return Promise.resolve(found.value);
    const stale = this.#entries.find(key);
    const flight = this.#flights.get(key) ?? this.#launch(key, factory, { freshness, alone: stale !== undefined });
    return stale ? Promise.resolve(stale.value) : flight;
  }

  /** Forgets one key. A computation under way still answers those who wait for it. */
  drop(key: K): void {
    this.#entries.delete(key);
    this.#flights.delete(key);
  }

  /** Forgets all keys. */
  clear(): void {
    this.#entries.clear();
    this.#flights.clear();
  }

  /** Ends the computations under way and refuses more. */
  close(): void {
    this.#closed = true;
    this.clear();
    for (const abandon of this.#running) abandon(this.#ended());
  }

  #launch(key: K, factory: Factory<V>, { freshness, alone }: { freshness: Freshness; alone: boolean }): Promise<V> {
    const { ttl } = this.#checked(freshness);
    if (ttl !== undefined) checkDuration(`ttl of ${this.#options.label}`, ttl);
    const flight: Promise<V> = this.#run(factory).then(
      (value) => {
        if (this.#land(key, flight)) this.put(key, value, freshness);
        return value;
      },
      (error) => {
        this.#land(key, flight);
        throw error;
      },
    );
    if (alone) flight.catch((error) => this.#options.report(errorOf(error)));
    this.#flights.set(key, flight);
    return flight;
  }

  #checked(freshness: Freshness): Freshness {
    checkOptionKeys(this.#options.label, freshness, ['ttl']);
    return freshness;
  }

  /** Whether a computation was still the one for its key. */
  #land(key: K, flight: Promise<V>): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }

  /** Starts in the next microtask, when the flight is known: a factory may ask for other keys, and of any cache. */
  #run(factory: Factory<V>): Promise<V> {
    if (this.#closed) return Promise.reject(this.#ended());
    const { clock, timeout, label } = this.#options;
    const abort = new AbortController();
    return new Promise<V>((resolve, reject) => {
      const abandon = (why: Error) => {
        reject(why);
        abort.abort(why);
        end();
      };
      const late = () =>
        new WaitTimeoutError(label, 'its factory', timeout, 'A factory that waits for its own key never ends.');
      const disarm = clock.setDeadline(() => abandon(late()), timeout);
      const end = () => {
        disarm();
        this.#running.delete(abandon);
      };
      this.#running.add(abandon);
      Promise.resolve()
        .then(() => factory(abort.signal))
        .then(resolve, reject)
        .finally(end);
    });
  }

  #ended(): DestroyedError {
    return new DestroyedError(this.#options.label);
  }
}
