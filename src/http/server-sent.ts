// EventStream: an async iterable as server-sent events, no faster than the client reads.
import { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { jsonText } from './json.js';
import { readable } from './readable-error.js';

/** One event with its name or id; any other value is the data of an event without them. */
export interface ServerSentEvent {
  /** The name that clients listen to. @default message */
  readonly event?: string;
  /** What a client that reconnects sends as `Last-Event-ID`. */
  readonly id?: string;
  /** A string as it is, anything else as JSON. */
  readonly data: unknown;
}

interface EventStreamOptions {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly heartbeat: number;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Takes what `return()` of the iterator throws. */
  readonly onFailure: (error: Error) => void;
}

const COMMENT = ':\n\n';

/** Takes one value at a time, when the client has taken the last. `return()` is called whatever ends it early. */
export class EventStream extends Readable {
  /** Settles when the first value is there, or after one turn of the event loop; rejects when the iterator failed by then. */
  readonly begun: Promise<void>;
  readonly #iterator: AsyncIterator<unknown>;
  /** Asks for one value, always in the name of the request: the client may wake the stream from somewhere else. */
  readonly #next: () => Promise<IteratorResult<unknown>>;
  readonly #options: EventStreamOptions;
  readonly #stop = () => this.#endEarly();
  #disarm: Release = () => {};
  #pulling = false;
  #done = false;

  constructor(iterator: AsyncIterator<unknown>, options: EventStreamOptions) {
    super({ highWaterMark: 16_384 });
    this.#iterator = iterator;
    this.#next = AsyncResource.bind(() => iterator.next());
    this.#options = options;
    // The headers go out with the first bytes, and a client waits for them.
    this.push(COMMENT);
    this.#arm();
    if (options.signal.aborted) this.#endEarly();
    else options.signal.addEventListener('abort', this.#stop, { once: true });
    this.begun = Promise.race([this.#pull(), nextTurn()]);
    this.begun.catch(() => {});
  }

  override _read(): void {
    void this.#pull().catch((error) => this.destroy(error));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#release();
    done(error);
  }

  async #pull(): Promise<void> {
    if (this.#pulling || this.#done) return;
    this.#pulling = true;
    try {
      const { value, done } = await this.#next();
      this.#pulling = false;
      if (this.#done) return;
      if (done) this.#end();
      else this.#send(format(value));
    } catch (thrown) {
      this.#pulling = false;
      if (this.#done) return this.#reportLate(thrown);
      this.#leave();
      throw readable(thrown);
    }
  }

  #send(text: string): void {
    this.#arm();
    this.push(text);
  }

  #end(): void {
    this.#leave();
    this.push(null);
  }

  #endEarly(): void {
    this.#release();
    this.push(null);
  }

  /** Nobody wants more: the iterator is told so, once, and not waited for. */
  #release(): void {
    if (this.#done) return;
    this.#leave();
    const report = (thrown: unknown) => this.#reportLate(thrown);
    try {
      void Promise.resolve(this.#iterator.return?.()).catch(report);
    } catch (thrown) {
      report(thrown);
    }
  }

  /** A wait that ended because the client went or the application stops is no failure. */
  #reportLate(thrown: unknown): void {
    const { signal } = this.#options;
    const error = readable(thrown);
    const asked = thrown === signal.reason || error.cause === signal.reason || error.name === 'AbortError';
    if (!(signal.aborted && asked)) this.#options.onFailure(error);
  }

  #leave(): void {
    this.#done = true;
    this.#disarm();
    this.#options.signal.removeEventListener('abort', this.#stop);
  }

  /** A comment after a silence keeps what stands between from closing the connection. */
  #arm(): void {
    this.#disarm();
    this.#disarm = this.#options.clock.setTimeout(() => {
      if (this.readableLength === 0) this.push(COMMENT);
      this.#arm();
    }, this.#options.heartbeat);
  }
}

const FIELDS: ReadonlySet<string> = new Set(['event', 'id', 'data']);

/** One value as the text of one event. @throws SPECTER_INVALID_ARGUMENT when its name or id would end the line */
export function format(value: unknown): string {
  const { event, id, data } = isEvent(value) ? value : { data: value, event: undefined, id: undefined };
  const text = typeof data === 'string' ? data : data === undefined ? 'null' : jsonText(data);
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${field('event', event)}${field('id', id)}${lines.join('')}\n`;
}

function isEvent(value: unknown): value is ServerSentEvent {
  return (
    typeof value === 'object' && value !== null && 'data' in value && Object.keys(value).every((key) => FIELDS.has(key))
  );
}

function field(name: 'event' | 'id', value: unknown): string {
  if (value === undefined) return '';
  if (/[\r\n\0]/.test(String(value)))
    throw new InvalidArgumentError(`${name} of a server-sent event`, 'a text of one line', value);
  return `${name}: ${value}\n`;
}
