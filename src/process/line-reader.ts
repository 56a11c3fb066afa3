// LineReader: the lines of a stream for one `for await`, which holds the process up when it reads too slowly.
import type { Release } from '../kernel/clock.js';

/** Bytes that wait for a reader before the process is held up. */
export const QUEUE = 1_048_576;
/** A process that is ending must not be held up: so many bytes wait then, and what comes on top is lost. */
const LAST_QUEUE = 8 * QUEUE;
/** What a line costs besides its text. */
const LINE_COST = 64;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What its stream gives it. */
export interface LineSource {
  /** There is room again. */
  readonly drained: () => void;
  /** It reads no more. */
  readonly release: Release;
}

/** One reader. */
export class LineReader implements AsyncIterableIterator<string> {
  readonly #source: LineSource;
  #queue: string[] = [];
  #head = 0;
  #size = 0;
  readonly #waiting: ((result: IteratorResult<string>) => void)[] = [];
  #ended = false;

  constructor(source: LineSource) {
    this.#source = source;
  }

  get full(): boolean {
    return this.#size > QUEUE;
  }

  take(line: string): void {
    const reader = this.#waiting.shift();
    if (reader) return reader({ done: false, value: line });
    if (this.#size > LAST_QUEUE || this.#ended) return;
    this.#queue.push(line);
    this.#size += line.length + LINE_COST;
  }

  next(): Promise<IteratorResult<string>> {
    if (this.#head < this.#queue.length) return Promise.resolve({ done: false, value: this.#shift() });
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the reading, and forgets what nobody has read. */
  return(): Promise<IteratorResult<string>> {
    this.#queue = [];
    this.#head = 0;
    this.#size = 0;
    this.end();
    return Promise.resolve(END);
  }

  /** Nothing more comes; what has come can still be read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#source.release();
    for (const reader of this.#waiting.splice(0)) reader(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #shift(): string {
    const line = this.#queue[this.#head] as string;
    this.#head += 1;
    const wasFull = this.full;
    this.#size -= line.length + LINE_COST;
    // Half of it at once: taking each from the front of a long array would copy the rest each time.
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (wasFull && !this.full) this.#source.drained();
    return line;
  }
}
