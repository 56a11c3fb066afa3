// LineCutter: bytes of a file to lines of text, with how many bytes each line took.

/** One line, without its line break. */
export interface Cut {
  readonly text: string;
  /** Bytes of the file, the line break and what was left out included. */
  readonly bytes: number;
}

const NEWLINE = 10;
const RETURN = 13;

/** A newline byte is never part of another character of UTF-8, so whole lines are decoded at once. */
export class LineCutter {
  readonly #maxLine: number;
  #held: Buffer[] = [];
  /** Bytes kept, and bytes seen, of the line whose end has not come. */
  #kept = 0;
  #seen = 0;

  /** @param maxLine - bytes; what a line has more is left out */
  constructor(maxLine: number) {
    this.#maxLine = maxLine;
  }

  /** The lines that end in this chunk. The chunk must not change afterwards. */
  *push(chunk: Buffer): Generator<Cut, void> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end));
      from = end + 1;
      yield this.#cut(1);
    }
    this.#hold(chunk.subarray(from));
  }

  /** The line at the very end, which has no line break. */
  rest(): Cut | undefined {
    return this.#seen > 0 ? this.#cut(0) : undefined;
  }

  #hold(part: Buffer): void {
    this.#seen += part.length;
    // One byte more shows whether a character is cut.
    const room = this.#maxLine + 1 - this.#kept;
    if (room <= 0 || part.length === 0) return;
    this.#held.push(part.subarray(0, room));
    this.#kept += Math.min(room, part.length);
  }

  #cut(ending: number): Cut {
    const whole = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const bytes = this.#seen + ending;
    this.#held = [];
    this.#kept = 0;
    this.#seen = 0;
    return { text: whole.toString('utf8', 0, lengthOf(whole, this.#maxLine)), bytes };
  }
}

/** How much of a line is shown: never half a character, and no carriage return at its end. */
function lengthOf(line: Buffer, maxLine: number): number {
  if (line.length <= maxLine) return line.at(-1) === RETURN ? line.length - 1 : line.length;
  let end = maxLine;
  while (end > 0 && ((line[end] as number) & 0xc0) === 0x80) end--;
  return end;
}
