// Load: how much is under way at once, whose turn it is when there is more than time for it, and whether one more is too much.
import { setImmediate as inNextRound } from 'node:timers';
import { type Release, systemClock } from '../kernel/clock.js';
import type { Events } from '../kernel/events.js';
import { Unavailable } from './errors.js';
import { ClientGoneError, type Exchange } from './exchange.js';
import type { HttpSettings } from './options.js';

/** How long requests are begun in one round of the event loop before it is looked who else has come. */
const SLICE = 10;
/** The same for those that have waited: those who are refused must hear of it soon. */
const SHORT_SLICE = 2;
/** No more of these are begun before the next look: their work may only come after they have waited for something. */
const AT_ONCE = 8;
/** So many looks back the pace is measured, and so many it takes to know one. */
const LOOKS = 16;
const FEWEST = 4;
/** One line a second at most: what is too much already must not become more by being told. */
const CALM = 1_000;

/**
 * The load of one server. Time is real, whatever the clock of the application says.
 *
 * Requests are begun at once, as long as the round of the event loop is short; in a long one they wait for their turn in a later
 * one. So everyone is seen soon, and whose turn would only come after `maxLag` is told at once, not when it has come.
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
  readonly #longest: number;
  readonly #events: Events;
  readonly #waiting: (() => void)[] = [];
  /** When the present round began to take requests, and how many have come in it. */
  #begun = 0;
  #came = 0;
  /** When those who wait were last looked at, and how many were begun. */
  #looked = 0;
  #started = 0;
  /** The latest looks: milliseconds until the next one, and how many were begun. */
  readonly #looks: { readonly ms: number; readonly started: number }[] = [];
  /** Milliseconds from the begin of one request to that of the next, while some wait; 0 until it is known. */
  #pace = 0;
  #refused = 0;
  #told = Number.NEGATIVE_INFINITY;
  #telling: Release | undefined;

  constructor({ maxInFlight, maxLag }: Pick<HttpSettings, 'maxInFlight' | 'maxLag'>, events: Events) {
    this.#most = maxInFlight;
    this.#longest = maxLag === 0 ? Number.POSITIVE_INFINITY : maxLag;
    this.#events = events;
  }

  /** One more request. @param now - real monotonic milliseconds */
  enter(now: number): void {
    this.busy++;
    if (this.#came++ > 0) return;
    this.#begun = now;
    inNextRound(this.#endRound);
  }

  /** @param now - when the request entered. @returns whether it has to wait for its turn. @throws Unavailable when there is too much to do */
  check(now: number): boolean {
    const behind = this.#waiting.length;
    const late = now - this.#begun > SLICE;
    if (this.busy > this.#most || behind * this.#pace > this.#longest) this.#refuse(now);
    return late || behind > 0;
  }

  /** Begins `work` when it is the turn of its request, unless its client has gone or has been answered in its place. */
  wait(exchange: Exchange, work: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          if (exchange.response.destroyed) throw new ClientGoneError();
          resolve(exchange.expired ? undefined : work());
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
  }

  /** Tells nothing any more. */
  close(): void {
    this.#telling?.();
    this.#telling = undefined;
  }

  readonly #endRound = (): void => {
    this.#came = 0;
    if (this.#started === 0) this.#serve();
  };

  readonly #serve = (): void => {
    const now = systemClock.monotonic();
    if (this.#started > 0) this.#learn(now - this.#looked, this.#started);
    this.#looked = now;
    this.#started = 0;
    while (this.#waiting.length > 0 && this.#started < AT_ONCE) {
      (this.#waiting.shift() as () => void)();
      this.#started++;
      if (systemClock.monotonic() - now >= SHORT_SLICE) break;
    }
    if (this.#started > 0) inNextRound(this.#serve);
  };

  /** Without the longest look: one long computation is no overload. */
  #learn(ms: number, started: number): void {
    if (this.#looks.push({ ms, started }) > LOOKS) this.#looks.shift();
    let [time, count, longest] = [0, 0, this.#looks[0] as { ms: number; started: number }];
    for (const look of this.#looks) {
      time += look.ms;
      count += look.started;
      if (look.ms > longest.ms) longest = look;
    }
    this.#pace = this.#looks.length < FEWEST ? 0 : (time - longest.ms) / (count - longest.started);
  }

  #refuse(now: number): never {
    this.#refused++;
    const pause = Math.max(0, this.#told + CALM - now);
    this.#telling ??= systemClock.setTimeout(() => this.#tell(), pause);
    throw this.#refusal;
  }

  #tell(): void {
    this.#telling = undefined;
    this.#told = systemClock.monotonic();
    this.#events.emit('http-overloaded', { service: 'http', refused: this.#refused, busy: this.busy });
    this.#refused = 0;
  }
}
