// What the hub plays, and where in it: kept by the server, worked out by whoever looks.
import type { Item } from '../library/item.js';

export type Status = 'idle' | 'playing' | 'paused';

/** As it is kept. While it plays, the position is that of the moment `since`. */
export interface PlaybackState {
  readonly item: Pick<Item, 'id' | 'name' | 'path' | 'kind'> | null;
  readonly status: Status;
  /** Seconds. */
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** As clients see it: with the server's time, since their clocks may be wrong. */
export interface PlaybackView extends PlaybackState {
  readonly now: number;
}

export const IDLE: PlaybackState = { item: null, status: 'idle', position: 0, since: 0 };

/** Where it is at a moment, in seconds. */
export function positionAt({ status, position, since }: PlaybackState, now: number): number {
  return status === 'playing' ? position + Math.max(0, now - since) / 1000 : position;
}
