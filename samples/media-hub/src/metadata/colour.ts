// The colour that most of a picture has, from the filtered rows of a PNG.
import { demand } from './open-file.js';

interface Shape {
  /** Pixels. */
  readonly width: number;
  /** Bytes of a pixel: red, green, blue, and maybe how opaque it is. */
  readonly depth: number;
}

/** Pixels of about the same colour, and the sum of each channel. */
interface Heap {
  count: number;
  red: number;
  green: number;
  blue: number;
}

/** The three highest bits of each channel: what agrees in them is about the same colour. */
const ABOUT = 0xe0e0e0;
const OPAQUE = 128;

/** What each filter has taken away from a byte: what was to be expected there from its neighbours. */
const FILTERS: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  nearest,
];

/** The middle of the colours in the largest heap; undefined when all is transparent. */
export function mostColour(rows: Buffer, { width, depth }: Shape): string | undefined {
  const heaps = new Map<number, Heap>();
  const length = width * depth;
  let above: Uint8Array = new Uint8Array(length);
  for (let at = 0; at < rows.length; at += length + 1) {
    const row = rows.subarray(at + 1, at + 1 + length);
    unfilter(row, { filter: rows.readUInt8(at), above, depth });
    for (let x = 0; x < length; x += depth) {
      if (depth === 3 || row.readUInt8(x + 3) >= OPAQUE) heap(heaps, row.readUIntBE(x, 3));
    }
    above = row;
  }
  const [most] = [...heaps.values()].sort((a, b) => b.count - a.count);
  return most && `#${[most.red, most.green, most.blue].map((sum) => hex(sum / most.count)).join('')}`;
}

function heap(heaps: Map<number, Heap>, colour: number): void {
  const key = colour & ABOUT;
  let heap = heaps.get(key);
  if (!heap) heaps.set(key, (heap = { count: 0, red: 0, green: 0, blue: 0 }));
  heap.count++;
  heap.red += colour >> 16;
  heap.green += (colour >> 8) & 255;
  heap.blue += colour & 255;
}

/** Puts back, in place, what the filter took away. */
function unfilter(row: Buffer, { filter, above, depth }: { filter: number; above: Uint8Array; depth: number }): void {
  const expected = FILTERS[filter];
  demand(expected !== undefined);
  for (let x = 0; x < row.length; x++) {
    const [left, corner] = x < depth ? [0, 0] : [row[x - depth]!, above[x - depth]!];
    row[x] = row[x]! + expected(left, above[x]!, corner);
  }
}

/** Paeth's choice. */
function nearest(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [l, u, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (l <= u && l <= c) return left;
  return u <= c ? up : corner;
}

function hex(shade: number): string {
  return Math.round(shade).toString(16).padStart(2, '0');
}
