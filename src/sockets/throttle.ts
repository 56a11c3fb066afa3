// Throttle: how fast one socket may emit. What is too much is refused; who does not stop is sent away.
import { RateError } from './errors.js';

/** How many events one socket may emit. */
export interface Rate {
  /** Events in the long run: 0.5 is one every two seconds. @default 50 */
  readonly perSecond: number;
  /** Events at once, a whole number. @default what two seconds bring, 100 */
  readonly burst: number;
  /**
   * The violation with which the socket is disconnected. A second in which events are refused is one, and each further burst of
   * refused events within it is one more; ten seconds without a refusal, and all are forgotten. @default 3
   */
  readonly violations: number;
}

/** What one event may have for itself; violations are the socket's. */
export type OwnRate = Partial<Omit<Rate, 'violations'>> | false;

/** The rate that holds when nothing is said. */
export const DEFAULT_RATE: Rate = { perSecond: 50, burst: 100, violations: 3 };

/** What is not said of a rate. Who says only how fast means it: then a burst is what two seconds bring, as it is by default. */
export function rateOf({
  perSecond = DEFAULT_RATE.perSecond,
  burst = Math.max(1, Math.ceil(2 * perSecond)),
  violations = DEFAULT_RATE.violations,
}: Partial<Rate> = {}): Rate {
  return { perSecond, burst, violations };
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
  pass(event: unknown, own: OwnRate | undefined, now: number): void {
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

  #bucketOf(event: string, own: OwnRate, now: number): Bucket | undefined {
    if (own === false) return undefined;
    this.#own ??= new Map();
    const bucket = this.#own.get(event) ?? new Bucket(rateOf(own), now);
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
