// Tail: the last bytes of a stream, in a fixed amount of memory.
import { isContinuation } from './lines.js';

const NEWLINE = 10;

/** A ring that is made when something first comes in. */
export class Tail {
  readonly #limit: number;
  #ring: Buffer | undefined;
  #at = 0;
  #full = false;

  /** @param limit - bytes that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    const bytes = chunk.length > this.#limit ? chunk.subarray(-this.#limit) : chunk;
    this.#ring ??= Buffer.allocUnsafe(this.#limit);
    const first = bytes.copy(this.#ring, this.#at);
    bytes.copy(this.#ring, 0, first);
    this.#full ||= chunk.length > this.#limit || this.#at + bytes.length > this.#limit;
    this.#at = (this.#at + bytes.length) % this.#limit;
    this.#full ||= this.#at === 0 && bytes.length > 0;
  }

  /** What is kept, from the first whole line on when the beginning is lost. */
  read(): Buffer {
    if (!this.#ring) return Buffer.alloc(0);
    if (!this.#full) return Buffer.from(this.#ring.subarray(0, this.#at));
    return wholeLines(Buffer.concat([this.#ring.subarray(this.#at), this.#ring.subarray(0, this.#at)]));
  }

  /** Gives what is kept, and keeps nothing of it. */
  take(): Buffer {
    const bytes = this.read();
    this.#ring = undefined;
    this.#at = 0;
    this.#full = false;
    return bytes;
  }

  /** The last line that says something, short enough for a message. */
  get lastWords(): string {
    const lines = this.read().toString('utf8').split('\n');
    const last = lines.map((line) => line.replace(CONTROL, ' ').trim()).findLast((line) => line !== '') ?? '';
    return last.slice(0, WORDS);
  }
}

/** Characters of a line that an error repeats. */
const WORDS = 200;
/** Characters that a terminal would obey. */
const CONTROL = /\p{Cc}+/gu;

function wholeLines(bytes: Buffer): Buffer {
  const newline = bytes.indexOf(NEWLINE);
  if (newline >= 0 && newline + 1 < bytes.length) return bytes.subarray(newline + 1);
  let from = 0;
  while (from < 3 && isContinuation(bytes[from])) from += 1;
  return bytes.subarray(from);
}
