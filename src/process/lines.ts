// LineSplitter: bytes to lines of text, however they arrive. A long line is cut, and no character of UTF-8 is split.

/** What is told with a line. */
export interface LineInfo {
  /** It was longer than `maxLine`, and this is its beginning. */
  readonly truncated: boolean;
}

export type TakeLine = (line: string, info: LineInfo) => void;

const WHOLE: LineInfo = Object.freeze({ truncated: false });
const CUT: LineInfo = Object.freeze({ truncated: true });
const NEWLINE = 10;
const RETURN = 13;
/** Bytes kept beyond the longest line: enough to see whether a character is cut, and a carriage return. */
const AHEAD = 4;
/** Of one character of UTF-16 in UTF-8. */
const MOST_BYTES = 3;

/** One stream of bytes. A newline byte is never part of another character, so whole lines are decoded at once. */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #take: TakeLine;
  /** The beginning of a line whose end has not come. */
  #held = Buffer.alloc(0);
  #used = 0;

  /** @param maxLine - in bytes */
  constructor(maxLine: number, take: TakeLine) {
    this.#maxLine = maxLine;
    this.#take = take;
  }

  push(chunk: Buffer): void {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) return this.#hold(chunk);
    const from = this.#used > 0 ? first + 1 : 0;
    if (from > 0) {
      this.#hold(chunk.subarray(0, first));
      this.#flush();
    }
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= from) this.#takeLines(chunk.toString('utf8', from, last));
    if (last + 1 < chunk.length) this.#hold(chunk.subarray(last + 1));
  }

  /** The stream has ended: a last line may have no newline. */
  end(): void {
    if (this.#used > 0) this.#flush();
  }

  /** Gives the beginning of a line whose end has not come, and forgets it. */
  takeHeld(): Buffer {
    const held = Buffer.from(this.#held.subarray(0, this.#used));
    this.#used = 0;
    return held;
  }

  #takeLines(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#takeLine(text.slice(from, to));
      from = to + 1;
    }
    this.#takeLine(text.slice(from));
  }

  #takeLine(line: string): void {
    const isLong = line.length * MOST_BYTES > this.#maxLine && Buffer.byteLength(line) > this.#maxLine;
    if (isLong) return this.#takeBytes(Buffer.from(line));
    this.#take(line.charCodeAt(line.length - 1) === RETURN ? line.slice(0, -1) : line, WHOLE);
  }

  #takeBytes(bytes: Buffer): void {
    const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length;
    if (end <= this.#maxLine) this.#take(bytes.toString('utf8', 0, end), WHOLE);
    else this.#take(bytes.toString('utf8', 0, lastCharacterEnd(bytes, this.#maxLine)), CUT);
  }

  /** What goes beyond the longest line is forgotten at once. */
  #hold(bytes: Buffer): void {
    const taken = Math.min(bytes.length, this.#maxLine + AHEAD - this.#used);
    if (taken <= 0) return;
    this.#grow(this.#used + taken);
    bytes.copy(this.#held, this.#used, 0, taken);
    this.#used += taken;
  }

  #grow(size: number): void {
    if (size <= this.#held.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(size, 2 * this.#held.length), this.#maxLine + AHEAD));
    this.#held.copy(larger, 0, 0, this.#used);
    this.#held = larger;
  }

  #flush(): void {
    const bytes = this.#held.subarray(0, this.#used);
    this.#used = 0;
    this.#takeBytes(bytes);
  }
}

/** Where the last whole character ends, at or before `limit`; bytes that are no UTF-8 may be cut anywhere. */
function lastCharacterEnd(bytes: Buffer, limit: number): number {
  for (let end = limit; end > 0 && end > limit - AHEAD; end--) if (!isContinuation(bytes[end])) return end;
  return limit;
}

export function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
