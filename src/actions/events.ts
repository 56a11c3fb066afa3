// What actions can say happened, and how it reads in a log.
import { messageOf } from '../kernel/errors.js';
import type { Wordings } from '../kernel/events.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    /** An action has its answer, whatever it is. */
    'action-answered': { service: string; action: string; status: number; duration: number };
    'action-refused': { service: string; action: string; error: Error };
    'action-failed': { service: string; action: string; error: Error };
  }
}

/** The wording of the events of actions. */
export const actionWordings: Wordings<'action-answered' | 'action-refused' | 'action-failed'> = {
  'action-answered': {
    level: 'debug',
    sentence: (e) => `Action ${e.action} answered ${e.status} in ${Math.round(e.duration * 10) / 10} ms`,
  },
  'action-refused': {
    level: 'debug',
    sentence: (e) => `${e.service} refused action ${e.action}: ${messageOf(e.error)}`,
  },
  'action-failed': {
    level: 'error',
    sentence: (e) => `${e.service}: action ${e.action} failed: ${messageOf(e.error)}`,
  },
};
