// What storage says happened, and how it reads in a log.
import { messageOf } from '../kernel/errors.js';
import type { Wordings } from '../kernel/events.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    'storage-opened': { service: string; file: string; duration: number };
    /** Something that is kept could not be written; it is tried again. */
    'storage-failed': { service: string; error: Error };
  }
}

/** How the events of storage read in a log. */
export const storageWordings: Wordings<'storage-opened' | 'storage-failed'> = {
  'storage-opened': { level: 'info', sentence: (e) => `Storage opened: ${e.file}` },
  'storage-failed': { level: 'error', sentence: (e) => `Storage could not write: ${messageOf(e.error)}` },
};
