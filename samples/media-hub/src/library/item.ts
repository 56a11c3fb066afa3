// Item: one file of the library, as clients see it.
import type { Kind } from './kind.js';

/** A checksum is waited for, known, or cannot be had because the file cannot be read. */
export type ItemState = 'waiting' | 'ready' | 'unreadable';

export interface Item {
  /** Made from the path: the same after a restart, and after the file was away. */
  readonly id: string;
  /** Inside the media folder, with slashes. */
  readonly path: string;
  readonly name: string;
  readonly kind: Kind;
  /** Its media type, as `audio/wav`. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
  readonly state: ItemState;
  /** SHA-256, in hexadecimal. */
  readonly checksum?: string;
  /** Why it cannot be read. */
  readonly error?: string;
  /** How many files have this content; 1 while that is not known. */
  readonly copies: number;
}
