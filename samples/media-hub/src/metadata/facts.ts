// Facts: what is found in a file itself, for people to see.
import { extname } from 'node:path/posix';

export interface Facts {
  /** Of a sound. */
  readonly seconds?: number;
  /** Of a picture, in pixels. */
  readonly width?: number;
  readonly height?: number;
  /** The colour that most of a picture has, as `#1b2a4e`. */
  readonly colour?: string;
}

const READABLE = ['.jpeg', '.jpg', '.png', '.svg', '.wav'];

/** Whether files of that name are looked into. */
export function hasFacts(path: string): boolean {
  return READABLE.includes(extname(path).toLowerCase());
}
