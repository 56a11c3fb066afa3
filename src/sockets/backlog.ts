// Backlog: what waits for a client because it does not read, behind that which is being sent.
import { systemClock } from '../kernel/clock.js';
import type { Message } from './incoming.js';
import type { SocketSettings } from './options.js';

/** What engine.io has of a connection. */
interface Waiting {
  readonly transport: { readonly writable: boolean };
  readonly writeBuffer: readonly unknown[];
}

/** Many messages at once are no fault of the client; that it has not read for so long is. */
const PATIENCE = 1_000;

/** Counts what waits in one connection. */
export class Backlog {
  readonly #conn: Waiting;
  readonly #limits: Pick<SocketSettings, 'maxWaiting' | 'maxWaitingMessages'>;
  #size = 0;
  /** Since when nothing has been taken. */
  #since = 0;
  #pongs = 0;

  constructor(conn: unknown, limits: Pick<SocketSettings, 'maxWaiting' | 'maxWaitingMessages'>) {
    this.#conn = conn as Waiting;
    this.#limits = limits;
  }

  /** One more message is about to wait. @returns whether it may */
  takes({ data }: Pick<Message, 'data'>): boolean {
    const size = data === undefined ? 0 : typeof data === 'string' ? data.length : data.byteLength;
    const before = this.#size;
    this.#size += size;
    const { transport, writeBuffer } = this.#conn;
    if (transport.writable) return true;
    if (writeBuffer.length === 0) this.#since = systemClock.monotonic();
    // One large message alone is none too many.
    const isFull = this.#size > this.#limits.maxWaiting && before >= size;
    return !isFull && !this.#isCrowded(writeBuffer.length);
  }

  /** ws has answered a ping, which engine.io knows nothing of. @param buffered - bytes that the network has not taken @returns whether it may wait */
  takesPong(buffered: number): boolean {
    this.#pongs = buffered === 0 ? 0 : this.#pongs + 1;
    return this.#pongs <= this.#limits.maxWaitingMessages;
  }

  /** All that waited is being sent. */
  sent(): void {
    this.#size = 0;
  }

  #isCrowded(waiting: number): boolean {
    return waiting >= this.#limits.maxWaitingMessages && systemClock.monotonic() - this.#since > PATIENCE;
  }
}
