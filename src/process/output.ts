// Output: what one stream of a process says, for any number of listeners, over any number of its runs.
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Release } from '../kernel/clock.js';
import { LineReader } from './line-reader.js';
import { LineSplitter, type TakeLine } from './lines.js';
import { Tail } from './tail.js';

/** Bytes of unread output that are kept for who comes late. */
const UNREAD = 65_536;
/** Bytes that are looked at for the last words. */
const LAST = 2_048;

/** Takes chunks as they come. */
export interface ChunkTaker {
  push(chunk: Buffer): void;
  /** One run of the process has said everything. */
  end(): void;
}

/** Reads always, unless a reader of lines has too much to read already: an unread pipe would stop the process. */
export class Output {
  readonly #unread = new Tail(UNREAD);
  readonly #last = new Tail(LAST);
  readonly #chunks = new Set<ChunkTaker>();
  /** A list is replaced, never changed: a line that is being told keeps its snapshot for nothing. */
  #lines: readonly TakeLine[] = [];
  readonly #taps = new Set<ChunkTaker>();
  readonly #readers = new Set<LineReader>();
  readonly #splitter: LineSplitter;
  #stream: Readable | undefined;
  /** Set while the process is ending. */
  #draining = false;
  #over = false;
  #catchingUp: Promise<void> | undefined;

  constructor(maxLine: number) {
    this.#splitter = new LineSplitter(maxLine, (line, info) => {
      const takers = this.#lines;
      for (let i = 0; i < takers.length; i++) (takers[i] as TakeLine)(line, info);
    });
  }

  /** A new run of the process. */
  connect(stream: Readable): void {
    this.#stream = stream;
    this.#draining = false;
    this.#over = false;
    this.#last.take();
    // What was cut off by its end has an `end` all the same; there is nobody to tell of an error of reading.
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.once('close', () => this.#ended(stream));
    this.#regulate();
  }

  /** The last line that it said. */
  get lastWords(): string {
    return this.#last.lastWords;
  }

  /** Calls with each line. The first to come gets what was kept. */
  onLine(take: TakeLine): Release {
    const own: TakeLine = (line, info) => take(line, info);
    this.#lines = [...this.#lines, own];
    this.#catchUp();
    return () => {
      const left = this.#lines.filter((other) => other !== own);
      const isLast = left.length === 0 && this.#lines.length > 0;
      this.#lines = left;
      if (isLast) this.#keepHeld();
    };
  }

  onChunk(take: ChunkTaker): Release {
    this.#chunks.add(take);
    this.#catchUp();
    return () => void this.#chunks.delete(take);
  }

  /** Looks at everything, and counts as no reader. */
  tap(tap: ChunkTaker): Release {
    this.#taps.add(tap);
    return () => void this.#taps.delete(tap);
  }

  /** @param signal - ends the reading */
  read(signal: AbortSignal | undefined): LineReader {
    let release = () => {};
    const end = () => reader.end();
    const reader: LineReader = new LineReader({
      drained: () => this.#regulate(),
      release: () => {
        release();
        signal?.removeEventListener('abort', end);
        this.#readers.delete(reader);
        this.#regulate();
      },
    });
    this.#readers.add(reader);
    release = this.onLine((line) => reader.take(line));
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    else if (this.#over) void this.#catchingUp?.then(end);
    return reader;
  }

  /** The process is ending: nobody holds it up any more. */
  drain(): void {
    this.#draining = true;
    this.#regulate();
  }

  /** Reads no more of this run, whoever still holds its end of the pipe. */
  cut(): void {
    this.#stream?.destroy();
  }

  /** No run follows: whoever reads has come to the end. */
  end(): void {
    this.#over = true;
    this.endReaders();
  }

  endReaders(): void {
    const readers = [...this.#readers];
    const end = () => {
      for (const reader of readers) reader.end();
    };
    if (this.#catchingUp) void this.#catchingUp.then(end);
    else end();
  }

  get #isHeard(): boolean {
    return this.#lines.length > 0 || this.#chunks.size > 0;
  }

  /** A line that has begun belongs to who comes next. */
  #keepHeld(): void {
    const held = this.#splitter.takeHeld();
    if (!this.#isHeard && held.length > 0) this.#unread.push(held);
  }

  #take(chunk: Buffer): void {
    this.#last.push(chunk);
    for (const tap of this.#taps) tap.push(chunk);
    if (this.#isHeard && !this.#catchingUp) this.#tell(chunk);
    else this.#unread.push(chunk);
  }

  #tell(chunk: Buffer): void {
    for (const taker of this.#chunks) taker.push(chunk);
    if (this.#lines.length > 0) this.#splitter.push(chunk);
    if (this.#readers.size > 0) this.#regulate();
  }

  /** A little later, so that all who come at the same moment get it, and each has its release by then. */
  #catchUp(): void {
    this.#catchingUp ??= Promise.resolve().then(() => {
      this.#catchingUp = undefined;
      if (!this.#isHeard) return;
      const kept = this.#unread.take();
      if (kept.length > 0) this.#tell(kept);
      // Nothing will complete its last line.
      if (kept.length > 0 && (!this.#stream || this.#stream.closed)) this.#tellEnd();
    });
  }

  #ended(stream: Readable): void {
    if (stream !== this.#stream) return;
    for (const tap of this.#taps) tap.end();
    if (!this.#catchingUp) this.#tellEnd();
  }

  #tellEnd(): void {
    this.#splitter.end();
    for (const taker of this.#chunks) taker.end();
  }

  #regulate(): void {
    const stream = this.#stream;
    if (!stream || stream.destroyed) return;
    const full = !this.#draining && [...this.#readers].some((reader) => reader.full);
    if (full) stream.pause();
    else if (stream.isPaused()) stream.resume();
  }
}

/** Chunks as text, in which no character is split. */
export class TextChunks implements ChunkTaker {
  readonly #take: (text: string) => void;
  #decoder = new StringDecoder('utf8');

  constructor(take: (text: string) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    if (text !== '') this.#take(text);
  }

  end(): void {
    const text = this.#decoder.end();
    this.#decoder = new StringDecoder('utf8');
    if (text !== '') this.#take(text);
  }
}
