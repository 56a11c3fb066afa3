// A JPEG file: segments, of which the one that begins a frame says how large the picture is.
import type { Facts } from './facts.js';
import { demand, type OpenFile } from './open-file.js';

/** SOF0 to SOF15, but DHT, JPG and DAC stand among them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const SHORTEST_SEGMENT = 2;
const MOST_SEGMENTS = 1_000;

export async function readJpeg(file: OpenFile): Promise<Facts> {
  demand((await file.bytes(0, 2)).readUInt16BE(0) === 0xffd8);
  for (let at = 2, segments = 0; segments < MOST_SEGMENTS; segments++) {
    const head = await file.bytes(at, 4);
    const length = head.readUInt16BE(2);
    demand(head[0] === 0xff && length >= SHORTEST_SEGMENT);
    if (isFrame(head.readUInt8(1))) return sizeIn(await file.bytes(at + 4, 5));
    at += 2 + length;
  }
  return {};
}

function sizeIn(frame: Buffer): Facts {
  return { width: frame.readUInt16BE(3), height: frame.readUInt16BE(1) };
}
