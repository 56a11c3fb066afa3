// OpenFile: a file that is read here and there, and never beyond its end.
import type { FileHandle } from 'node:fs/promises';

/** The file is not what its name says, or is cut short. */
export class MalformedError extends Error {}

export class OpenFile {
  constructor(
    private readonly handle: FileHandle,
    /** Bytes. */
    readonly size: number,
  ) {}

  /** @throws MalformedError when the file ends before */
  async bytes(from: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.handle.read(bytes, 0, length, from);
    demand(bytesRead === length);
    return bytes;
  }

  /** The first bytes; fewer when the file has no more. */
  async beginning(most: number): Promise<Buffer> {
    return this.bytes(0, Math.min(most, this.size));
  }
}

/** @throws MalformedError unless it is so */
export function demand(isSo: boolean): asserts isSo {
  if (!isSo) throw new MalformedError('the file is not what its name says');
}
