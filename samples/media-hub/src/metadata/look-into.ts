// Looks into a file for its facts. One that is not what its name says has none.
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Facts } from './facts.js';
import { MalformedError, OpenFile } from './open-file.js';
import { readJpeg } from './read-jpeg.js';
import { readPng } from './read-png.js';
import { readSvg } from './read-svg.js';
import { readWav } from './read-wav.js';

type Reader = (file: OpenFile) => Promise<Facts>;

const READERS: Readonly<Record<string, Reader>> = {
  '.jpeg': readJpeg,
  '.jpg': readJpeg,
  '.png': readPng,
  '.svg': readSvg,
  '.wav': readWav,
};

/** @throws what the system says when it cannot be read */
export async function lookInto(path: string): Promise<Facts> {
  const read = READERS[extname(path).toLowerCase()];
  if (!read) return {};
  const handle = await open(path);
  try {
    return await read(new OpenFile(handle, (await handle.stat()).size));
  } catch (error) {
    if (error instanceof MalformedError) return {};
    throw error;
  } finally {
    await handle.close();
  }
}
