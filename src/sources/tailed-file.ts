// TailedFile: one opened file, read from a place on; knows when it was written anew.
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError, unlessAbsent } from './errors.js';
import { LineCutter } from './line-cutter.js';

/** Where somebody was in a file. */
export interface FilePlace {
  readonly file: string;
  readonly position: number;
  /** What stood before it: a file that was written anew has something else there. */
  readonly mark: Buffer;
}

const CHUNK = 65_536;
const MARK = 64;
/** Names in a folder among which a file is looked for. */
const MOST = 1_000;

/** Which file it is, whatever its name is by now. */
const identityOf = ({ dev, ino }: { dev: bigint; ino: bigint }) => `${dev}:${ino}`;

/** One file. Close it. */
export class TailedFile {
  readonly #handle: FileHandle;
  readonly #identity: string;
  readonly #maxLine: number;
  #cutter: LineCutter;
  /** Bytes that were read, and bytes whose lines were told. */
  #read: number;
  #told: number;
  #mark: Buffer;

  private constructor(handle: FileHandle, { identity, maxLine }: { identity: string; maxLine: number }) {
    this.#handle = handle;
    this.#identity = identity;
    this.#maxLine = maxLine;
    this.#cutter = new LineCutter(maxLine);
    this.#read = 0;
    this.#told = 0;
    this.#mark = Buffer.alloc(0);
  }

  /** Opens what has that name now, if anything has. @throws SPECTER_SOURCE when it is no file */
  static async open(path: string, maxLine: number): Promise<TailedFile | undefined> {
    const before = await unlessAbsent(stat(path));
    if (!before) return undefined;
    // Opening a pipe would wait for whoever writes to it.
    if (!before.isFile()) throw new SourceError(`tailFile('${path}')`, 'is not a file. Name a file.');
    const handle = await unlessAbsent(open(path, 'r'));
    if (!handle) return undefined;
    try {
      const identity = identityOf(await handle.stat({ bigint: true }));
      return new TailedFile(handle, { identity, maxLine });
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Opens the file in which somebody was, under whatever name it has in that folder by now. */
  static async find(place: FilePlace, folder: string, maxLine: number): Promise<TailedFile | undefined> {
    const { file, mark } = place;
    for (const name of ((await unlessAbsent(readdir(folder))) ?? []).slice(0, MOST)) {
      const path = join(folder, name);
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      if (!stats?.isFile() || identityOf(stats) !== file || mark.length === 0) continue;
      const found = await TailedFile.open(path, maxLine);
      // Numbers are given again: a file with other content is a stranger's.
      if (await found?.resume(place)) return found;
      await found?.close();
    }
    return undefined;
  }

  /** Whether this is the file of that place. */
  is({ file }: FilePlace): boolean {
    return file === this.#identity;
  }

  /** Goes to where it was left, if this is that file and nobody has written it anew. */
  async resume({ file, position, mark }: FilePlace): Promise<boolean> {
    if (file !== this.#identity || !(await this.#at(position - mark.length, mark.length)).equals(mark)) return false;
    this.#moveTo(position, mark);
    return true;
  }

  /** Goes to the beginning of its last line. */
  async toEnd(): Promise<void> {
    const { size } = await this.#handle.stat();
    const tail = await this.#at(Math.max(0, size - this.#maxLine), Math.min(size, this.#maxLine));
    const newline = tail.lastIndexOf(10);
    const position = newline < 0 ? size : size - tail.length + newline + 1;
    this.#moveTo(position, await this.#before(position));
  }

  /** Where it is, for `resume()`. */
  async place(): Promise<FilePlace> {
    const mark = await this.#before(this.#told).catch(() => Buffer.alloc(0));
    return { file: this.#identity, position: this.#told, mark };
  }

  /** Whether another file, in which something stands already, has its name. */
  async isSucceeded(path: string): Promise<boolean> {
    const now = await unlessAbsent(stat(path, { bigint: true }));
    return now !== undefined && now.size > 0n && identityOf(now) !== this.#identity;
  }

  /** The lines up to its end as it is now, or until the signal aborts: what was not told then is told another time. */
  async *lines(signal: AbortSignal): AsyncGenerator<string, void> {
    if (await this.#isWrittenAnew()) {
      yield* this.rest();
      this.#moveTo(0, Buffer.alloc(0));
    }
    for (let chunk = await this.#next(); chunk.length > 0; chunk = await this.#next()) {
      for (const { text, bytes } of this.#cutter.push(chunk)) {
        if (signal.aborted) return;
        this.#told += bytes;
        yield text;
      }
    }
  }

  /** A last line that has no line break, when nothing will come after it. */
  *rest(): Generator<string, void> {
    const rest = this.#cutter.rest();
    if (!rest) return;
    this.#told += rest.bytes;
    yield rest.text;
  }

  async #isWrittenAnew(): Promise<boolean> {
    const { size } = await this.#handle.stat();
    if (size < this.#read) return true;
    if (size === this.#read || this.#mark.length === 0) return false;
    return !(await this.#at(this.#read - this.#mark.length, this.#mark.length)).equals(this.#mark);
  }

  async #next(): Promise<Buffer> {
    const chunk = await this.#at(this.#read, CHUNK);
    this.#read += chunk.length;
    this.#mark = Buffer.from(
      chunk.length >= MARK ? chunk.subarray(-MARK) : Buffer.concat([this.#mark, chunk]).subarray(-MARK),
    );
    return chunk;
  }

  #before(position: number): Promise<Buffer> {
    const length = Math.min(MARK, position);
    return this.#at(position - length, length);
  }

  async #at(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    if (length === 0) return buffer;
    const { bytesRead } = await this.#handle.read(buffer, 0, length, Math.max(0, position));
    return buffer.subarray(0, bytesRead);
  }

  #moveTo(position: number, mark: Buffer): void {
    this.#cutter = new LineCutter(this.#maxLine);
    this.#read = position;
    this.#told = position;
    this.#mark = mark;
  }
}
