// Incoming: what a connection sends besides events, which have a rate of their own: as much of it as may be.
import { systemClock } from '../kernel/clock.js';
import { Bucket, type Rate } from './throttle.js';

/** A message of engine.io. */
export interface Message {
  readonly type: string;
  readonly data?: string | { readonly byteLength: number };
}

/** Messages to one event: acknowledgements, heartbeats and the like. */
const MESSAGES_PER_EVENT = 20;
/** What events of socket.io begin with, without and with attachments. */
const EVENT = /^[25]/;
/** An acknowledgement: its attachments, its namespace, and the number of the question. */
const ACK = /^[36](?:\d+-)?(?:(\/[^,]*),)?(\d+)/;

/** Counts what one connection sends. */
export class Incoming {
  readonly #bucket: Bucket;
  readonly #isAsked: (namespace: string, question: number) => boolean;

  /** @param isAsked - whether the server waits for the answer to a question */
  constructor(rate: Rate, isAsked: (namespace: string, question: number) => boolean) {
    const { perSecond, burst } = rate;
    const most = { perSecond: perSecond * MESSAGES_PER_EVENT, burst: burst * MESSAGES_PER_EVENT };
    this.#bucket = new Bucket(most, systemClock.monotonic());
    this.#isAsked = isAsked;
  }

  /** Whether it may send one more message, or one more frame that is none. */
  takes(message?: Message): boolean {
    return (message && this.#isCountedElsewhere(message)) || this.#bucket.take(systemClock.monotonic()) === 0;
  }

  /** Events have a rate of their own; and however many answers the server has asked for, they may come. */
  #isCountedElsewhere({ type, data }: Message): boolean {
    if (type !== 'message' || data === undefined) return false;
    // An attachment: the decoder takes it only after an event or an answer that has announced it, ten at most.
    if (typeof data !== 'string' || EVENT.test(data)) return true;
    const [, namespace = '/', question] = ACK.exec(data) ?? [];
    return question !== undefined && this.#isAsked(namespace, Number(question));
  }
}
