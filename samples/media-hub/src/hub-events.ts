// What the hub tells over the bus; importing this file types `emit`, `listen` and `@Listen`.
import type { PlaybackView } from './playback/playback-view.js';

/** One file that came, was written again, or went. */
export interface Change {
  readonly what: 'added' | 'changed' | 'removed';
  readonly id: string;
  readonly path: string;
}

/** What changed in the library at once. */
export interface LibraryChange {
  /** The first hundred of them. */
  readonly changes: readonly Change[];
  /** How many there are. */
  readonly count: number;
}

declare module 'specter-runtime' {
  interface BusEvents {
    'library:changed': LibraryChange;
    'library:checked': { readonly count: number };
    'playback:changed': PlaybackView;
    'statistics:invalidated': undefined;
  }
}
