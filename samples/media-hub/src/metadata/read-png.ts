// A PNG file: how large it is, and of the usual kinds also the colour that most of it has.
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { mostColour } from './colour.js';
import type { Facts } from './facts.js';
import { demand, type OpenFile } from './open-file.js';

const SIGNATURE = '89504e470d0a1a0a';
const HEADER = 33;
/** Of larger ones, in bytes of the file and in pixels, only the size is told. */
const LARGE = 8_000_000;
const inflated = promisify(inflate);

/** Bytes of a pixel, by the number of its kind: red, green and blue; and the same with a transparency. */
const KINDS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

export async function readPng(file: OpenFile): Promise<Facts> {
  const header = await file.bytes(0, HEADER);
  demand(header.toString('hex', 0, 8) === SIGNATURE && header.toString('latin1', 12, 16) === 'IHDR');
  const [width, height] = [header.readUInt32BE(16), header.readUInt32BE(20)];
  const [bits, kind, interlaced] = [header[24], header.readUInt8(25), header[28]];
  const depth = KINDS[kind];
  const large = width * height > LARGE || file.size > LARGE;
  if (!depth || bits !== 8 || interlaced || large) return { width, height };
  const colour = mostColour(await rowsOf(await file.beginning(LARGE), (width * depth + 1) * height), { width, depth });
  return { width, height, ...(colour && { colour }) };
}

/** The rows as they were before they were compressed, each with the number of its filter in front. */
async function rowsOf(bytes: Buffer, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') pieces.push(bytes.subarray(at + 8, at + 8 + size));
    at += size + 12;
  }
  const rows = await inflated(Buffer.concat(pieces), { maxOutputLength: length }).catch(() => undefined);
  demand(rows?.length === length);
  return rows as Buffer;
}
