// Throttle: how fast one socket may emit. What is too much is refused; who does not stop is sent away.
import { RateError } from './errors.js';

/** How many events one socket may emit. */
export interface Rate {
  /** In the long run. @default 50 */
  readonly perSecond: number;
  /** At once. @default 100 */
  readonly burst: number;
  /** How often it may be exceeded before the socket is disconnected. One second of it counts once, and so does each further burst. @default 3 */
  readonly violations: number;
}

/** The rate that holds when nothing is said. */
export const DEFAULT_RATE: Rate = { perSecond: 50, burst: 100, violations: 3 };

/** Whether it is one: what nobody reads would silently leave the default. */
export function isRate(rate: unknown): boolean {
  if (typeof rate !== 'object' || rate === null) return false;
  return Object.entries(rate).every(([name, value]) => Object.hasOwn(DEFAULT_RATE, name) && value >= 1);
}

/** Violations are forgotten after so long without one. */
const FORGET = 10_000;
const SECOND = 1_000;

/** Fills with time up to a burst, and is emptied by one with each event. */
export class Bucket {
  readonly #rate: Pick<Rate, 'perSecond' | 'burst'>;
  #left: number;
  #at: number;

  constructor(rate: Pick<Rate, 'perSecond' | 'burst'>, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** @returns 0 when there was one to take, else the milliseconds until there is */
  take(now: number): number {
    const { perSecond, burst } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / SECOND);
    this.#at = now;
    if (this.#left < 1) return Math.ceil(((1 - this.#left) * SECOND) / perSecond);
    this.#left--;
    return 0;
  }
}

/** The rate of the sockets that one connection has in a namespace, and of those of their events that have one of their own. */
export class Throttle {
  readonly #rate: Rate | false;
  readonly #common: Bucket | undefined;
  /** Made at the first need: most events have none. */
  #own: Map<string, Bucket> | undefined;
  #violations = 0;
  #began = 0;
  #refused = 0;
  #latest = 0;

  constructor(rate: Rate | false, now: number) {
    this.#rate = rate;
    this.#common = rate ? new Bucket(rate, now) : undefined;
  }

  /**
   * Lets one event pass.
   *
   * @param own - the rate that the event has for itself; false for any number
   * @throws RateError when it is too much
   */
  pass(event: unknown, own: Partial<Rate> | false | undefined, now: number): void {
    const bucket = own === undefined ? this.#common : this.#bucketOf(String(event), own, now);
    const wait = bucket?.take(now) ?? 0;
    if (wait === 0) return;
    this.#refuse(now);
    throw new RateError(wait);
  }

  /** Whether the rate has been exceeded as often as it may be. */
  get spent(): boolean {
    return this.#rate !== false && this.#violations >= this.#rate.violations;
  }

  #bucketOf(event: string, own: Partial<Rate> | false, now: number): Bucket | undefined {
    if (own === false) return undefined;
    this.#own ??= new Map();
    const bucket = this.#own.get(event) ?? new Bucket({ ...DEFAULT_RATE, ...own }, now);
    this.#own.set(event, bucket);
    return bucket;
  }

  #refuse(now: number): void {
    if (now - this.#latest > FORGET) this.#violations = 0;
    this.#latest = now;
    this.#refused++;
    const { burst } = this.#rate || DEFAULT_RATE;
    const goesOn = this.#violations > 0 && now - this.#began < SECOND && this.#refused <= burst;
    if (goesOn) return;
    this.#violations++;
    this.#began = now;
    this.#refused = 1;
  }
}
