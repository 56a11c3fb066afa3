// What observability itself says happened, and how it reads in a log.
import { messageOf } from '../kernel/errors.js';
import type { Wordings } from '../kernel/events.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    /** systemd could not be told something; said once, however often it is tried. */
    'notify-failed': { error: Error };
  }
}

/** How it reads in a log. */
export const systemdWordings: Wordings<'notify-failed'> = {
  'notify-failed': { level: 'warn', sentence: (e) => messageOf(e.error) },
};
