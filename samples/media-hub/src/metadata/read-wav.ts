// A WAV file: RIFF chunks, of which `fmt ` says how many bytes make a second, and `data` how many there are.
import type { Facts } from './facts.js';
import { demand, type OpenFile } from './open-file.js';

const HEADER = 12;
const CHUNK_HEADER = 8;
/** Bytes a second stand here in the chunk `fmt `. */
const RATE_AT = 8;
/** More chunks before the sound are no file that somebody plays. */
const MOST_CHUNKS = 1_000;

export async function readWav(file: OpenFile): Promise<Facts> {
  const header = await file.bytes(0, HEADER);
  demand(header.toString('latin1', 0, 4) === 'RIFF' && header.toString('latin1', 8, 12) === 'WAVE');
  let rate = 0;
  for (let at = HEADER, chunks = 0; chunks < MOST_CHUNKS; chunks++) {
    const chunk = await file.bytes(at, CHUNK_HEADER);
    const name = chunk.toString('latin1', 0, 4);
    const length = chunk.readUInt32LE(4);
    at += CHUNK_HEADER;
    if (name === 'fmt ') rate = (await file.bytes(at + RATE_AT, 4)).readUInt32LE(0);
    if (name === 'data') return { seconds: secondsOf(Math.min(length, file.size - at), rate) };
    at += length + (length % 2);
  }
  return {};
}

function secondsOf(bytes: number, rate: number): number {
  demand(rate > 0);
  return Math.round((bytes / rate) * 1000) / 1000;
}
