// Patience: ends what takes too long, answers that are not given and answers that are not taken. One look at everything, not a timer for each.
import { type Release, systemClock } from '../kernel/clock.js';
import type { Exchange } from './exchange.js';
import type { HttpSettings } from './options.js';

/** How often it is looked at what is under way. */
const LOOK = 500;
/** How finely the silence of a client is measured. */
const STEP = 250;

/** The patience of one server with the requests that are under way. Time is real, whatever the clock of the application says. */
export class Patience {
  readonly #underWay: () => Iterable<Exchange>;
  readonly #handler: number;
  readonly #send: number;
  #armed: Release | undefined;
  #wakes = Number.POSITIVE_INFINITY;

  constructor(underWay: () => Iterable<Exchange>, { handlerTimeout, sendTimeout }: HttpSettings) {
    this.#underWay = underWay;
    this.#handler = handlerTimeout || Number.POSITIVE_INFINITY;
    this.#send = sendTimeout;
  }

  /** One more request has come. */
  begin(exchange: Exchange): void {
    exchange.limit = this.#handler;
    exchange.due = exchange.arrived + this.#handler;
    if (!this.#armed) this.#wakeIn(LOOK, exchange.arrived);
    if (exchange.due < this.#wakes) this.#wakeAt(exchange.due);
  }

  /** Somebody else answers a request on the same server: how long that takes is theirs to say, but not that nobody reads it. */
  beginOther(): void {
    if (!this.#armed) this.#wakeIn(LOOK, systemClock.monotonic());
  }

  /** Another limit holds for a request. @param ms - since it came; 0 is for ever */
  allow(exchange: Exchange, ms: number): void {
    exchange.limit = ms || Number.POSITIVE_INFINITY;
    exchange.due = exchange.arrived + exchange.limit;
    if (exchange.due < this.#wakes) this.#wakeAt(exchange.due);
  }

  /** Looks at nothing any more. */
  close(): void {
    this.#armed?.();
    this.#armed = undefined;
    this.#wakes = Number.POSITIVE_INFINITY;
  }

  #wakeAt(due: number): void {
    const now = systemClock.monotonic();
    this.#armed?.();
    this.#wakeIn(Math.max(0, due - now), now);
  }

  #wakeIn(ms: number, now: number): void {
    this.#wakes = now + ms;
    this.#armed = systemClock.setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const now = systemClock.monotonic();
    let next = now + LOOK;
    let any = false;
    this.close();
    for (const exchange of this.#underWay()) {
      any = true;
      if (exchange.response.headersSent) this.#watchSending(exchange);
      else if (!exchange.ours) continue;
      else if (exchange.due <= now) tooLate(exchange, now);
      else next = Math.min(next, exchange.due);
    }
    if (any && !this.#armed) this.#wakeIn(next - now, now);
  }

  #watchSending(exchange: Exchange): void {
    const { response } = exchange;
    if (this.#send === 0 || exchange.sending || !response.socket || response.writableLength === 0) return;
    exchange.sending = true;
    watchSending(exchange, this.#send);
  }
}

/** While its body is still arriving a request gets the same time again: how long that may take is another limit. */
function tooLate(exchange: Exchange, now: number): void {
  if (exchange.request.complete) exchange.expire();
  else exchange.due = now + (exchange.due - exchange.arrived);
}

/** Ends a connection over which nothing has gone for `limit` milliseconds although something waits. */
function watchSending(exchange: Exchange, limit: number): void {
  const { response } = exchange;
  const step = Math.min(limit, STEP);
  let last = 0;
  let since = 0;
  // Node begins to count anew with every byte that goes, so two calls one step apart are one silence.
  const silent = () => {
    const now = systemClock.monotonic();
    if (now - last > 1.5 * step || response.writableLength === 0) since = now - step;
    last = now;
    if (response.writableLength > 0 && now - since >= limit) exchange.drop();
    else response.socket?.setTimeout(step);
  };
  response.setTimeout(step, silent);
  // Before node's own listener sets what holds until the next request.
  response.prependOnceListener('finish', () => void response.socket?.setTimeout(0));
}
