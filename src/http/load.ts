// Load: how much is under way at once and how late everything is, and whether one more request is too much.
import { type Release, systemClock } from '../kernel/clock.js';
import type { Events } from '../kernel/events.js';
import { Unavailable } from './errors.js';
import type { HttpSettings } from './options.js';

/** How often it is looked whether the event loop comes round, while there are requests. */
const BEAT = 50;
/** How often, while requests are refused. */
const QUICK_BEAT = 1;
/** The least that one round of the event loop may take before requests are refused, however long the overload lasts. */
const SHORTEST_ROUND = 20;
/** As long must no request have been refused for the overload to be over. */
const CALM = 1_000;

/**
 * The load of one server. Time is real, whatever the clock of the application says.
 *
 * A request that is seen late in a round of the event loop has waited at least so long. Rounds may take `maxLag`; while
 * requests must be refused each round may take a quarter of the last, so that those which are refused hear of it soon.
 */
export class Load {
  /** Requests that are worked on; event streams are not work. */
  busy = 0;
  /** One for all: an error costs time to make, of which there is too little. */
  readonly #refusal = new Unavailable('The server has too much to do at the moment; try again shortly.', {
    code: 'SPECTER_OVERLOADED',
    headers: { 'Retry-After': '1' },
  });
  readonly #most: number;
  readonly #lag: number;
  readonly #events: Events;
  #allowed: number;
  /** When the present round of the event loop began, as far as is known. */
  #beat = 0;
  #armed: Release | undefined;
  #entered = false;
  #refusedInRound = false;
  #lastRefused = 0;
  #refused = 0;
  #told = 0;

  constructor({ maxInFlight, maxLag }: Pick<HttpSettings, 'maxInFlight' | 'maxLag'>, events: Events) {
    this.#most = maxInFlight;
    this.#lag = maxLag === 0 ? Number.POSITIVE_INFINITY : maxLag;
    this.#allowed = this.#lag;
    this.#events = events;
  }

  /** One more request. @param now - real monotonic milliseconds */
  enter(now: number): void {
    this.busy++;
    this.#entered = true;
    if (this.#armed) return;
    this.#beat = now;
    this.#arm(BEAT);
  }

  /** @param now - when the request entered. @throws Unavailable when there is too much to do */
  check(now: number): void {
    if (this.busy <= this.#most && now - this.#beat <= this.#allowed) return;
    if (now - this.#beat > this.#allowed) this.#refusedInRound = true;
    this.#lastRefused = now;
    this.#refused++;
    throw this.#refusal;
  }

  /** Looks at the time no more. */
  close(): void {
    this.#armed?.();
    this.#armed = undefined;
  }

  #arm(ms: number): void {
    this.#armed = systemClock.setTimeout(() => this.#round(), ms);
  }

  #round(): void {
    const now = systemClock.monotonic();
    this.#beat = now;
    this.#tell(now);
    if (this.#refusedInRound) this.#allowed = Math.max(Math.min(SHORTEST_ROUND, this.#lag), this.#allowed / 4);
    else if (now - this.#lastRefused > CALM) this.#allowed = this.#lag;
    this.#refusedInRound = false;
    const tight = this.#allowed < this.#lag;
    this.#armed = undefined;
    if (this.#entered || tight || this.busy > 0 || this.#refused > 0) this.#arm(tight ? QUICK_BEAT : BEAT);
    this.#entered = false;
  }

  /** One line a second at most: what is too much already must not become more by being told. */
  #tell(now: number): void {
    if (this.#refused === 0 || now - this.#told < CALM) return;
    this.#told = now;
    this.#events.emit('http-overloaded', { service: 'http', refused: this.#refused, busy: this.busy });
    this.#refused = 0;
  }
}
