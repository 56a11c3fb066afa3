// Backlog: what waits for a client because it does not read, behind that which is being sent.
import { systemClock } from '../kernel/clock.js';
import type { Message } from './incoming.js';
import type { SocketSettings } from './options.js';

/** Many messages at once are no fault of the client; that it has not read for so long is. */
const PATIENCE = 1_000;

/** Counts what waits in one connection. */
export class Backlog {
  readonly #limits: Pick<SocketSettings, 'maxWaiting' | 'maxWaitingMessages'>;
  #size = 0;
  /** Since when nothing has been taken. */
  #since = 0;
  #pongs = 0;

  constructor(limits: Pick<SocketSettings, 'maxWaiting' | 'maxWaitingMessages'>) {
    this.#limits = limits;
  }

  /** One more message is about to wait. @param waiting - how many do @returns whether it may */
  takes({ data }: Pick<Message, 'data'>, waiting: number): boolean {
    if (waiting === 0) this.#begins();
    const size = data === undefined ? 0 : typeof data === 'string' ? data.length : data.byteLength;
    // One large message alone is none too many.
    const isFull = this.#size >= size && this.#size + size > this.#limits.maxWaiting;
    this.#size += size;
    return !isFull && !this.#isCrowded(waiting);
  }

  /** ws has answered a ping, which engine.io knows nothing of. @param buffered - bytes that the network has not taken @returns whether it may wait */
  takesPong(buffered: number): boolean {
    this.#pongs = buffered === 0 ? 0 : this.#pongs + 1;
    return this.#pongs <= this.#limits.maxWaitingMessages;
  }

  #begins(): void {
    this.#size = 0;
    this.#since = systemClock.monotonic();
  }

  #isCrowded(waiting: number): boolean {
    return waiting >= this.#limits.maxWaitingMessages && systemClock.monotonic() - this.#since > PATIENCE;
  }
}
