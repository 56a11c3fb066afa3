// What an application can say happened, besides what its services say.
import { counted } from '../kernel/counted.js';
import { messageOf } from '../kernel/errors.js';
import type { Level, Wordings } from '../kernel/events.js';
import { repeating } from './boot-order.js';
import { NOTHING_LEFT } from './reasons.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    'app-starting': { services: number };
    'app-shuffled': { seed: number };
    'app-ready': { duration: number; services: number };
    'stop-chain-long': { services: readonly string[]; total: number; limit: number };
    'app-draining': { reason: string };
    /** It did not start, and no service has told why. */
    'app-failed': { error: Error };
    /** `started` is whether it ever was ready. */
    'app-stopped': { duration: number; started?: boolean };
    'app-crashed': { error: Error; service?: string; birth?: string };
    timeline: { text: string };
    restarting: { service: string; error: Error; attempt: number; delay: number };
    restarted: { service: string; attempt: number };
  }
}

type ApplicationEvent =
  | 'app-starting'
  | 'app-shuffled'
  | 'app-ready'
  | 'stop-chain-long'
  | 'app-draining'
  | 'app-failed'
  | 'app-stopped'
  | 'app-crashed'
  | 'timeline'
  | 'restarting'
  | 'restarted';

/** How they read. @param timeline - the level at which timelines are written */
export function applicationWordings(timeline: Level): Wordings<ApplicationEvent> {
  return {
    'app-starting': { level: 'debug', sentence: (e) => `Starting ${counted(e.services, 'service')}` },
    'app-shuffled': {
      level: 'warn',
      sentence: (e) => `Services start one after another in a shuffled order; ${repeating(e.seed)} repeats it`,
    },
    'app-ready': {
      level: 'info',
      sentence: (e) => `Ready after ${Math.round(e.duration)} ms, ${counted(e.services, 'service')}`,
    },
    'stop-chain-long': {
      level: 'warn',
      sentence: ({ services, total, limit }) =>
        `A stop could take ${total} ms if each of ${services.join(' -> ')} used its stopTimeout, but after ${limit} ms (shutdownTimeout) the process is ended. Lower the former or raise the latter`,
    },
    'app-draining': {
      level: (e) => (e.reason === NOTHING_LEFT ? 'warn' : 'info'),
      sentence: (e) => `Stopping: ${e.reason}`,
    },
    'app-failed': { level: 'fatal', sentence: (e) => `Not started: ${messageOf(e.error)}` },
    'app-stopped': {
      level: 'info',
      sentence: (e) =>
        e.started === false ? 'Ended without having started' : `Stopped after ${Math.round(e.duration)} ms`,
    },
    'app-crashed': {
      level: 'fatal',
      sentence: (e) => `Crashed, stopping everything: ${messageOf(e.error)}${blamed(e)}`,
    },
    timeline: { level: timeline, sentence: (e) => e.text },
    restarting: {
      level: 'warn',
      sentence: (e) => `${e.service} and what depends on it restart in ${Math.round(e.delay)} ms (try ${e.attempt})`,
    },
    restarted: { level: 'info', sentence: (e) => `${e.service} is back (try ${e.attempt})` },
  };
}

function blamed({ service, birth }: { readonly service?: string; readonly birth?: string }): string {
  if (service === undefined) return '';
  return ` (uncaught in the work of ${service}${birth === undefined ? '' : `, ${birth}`})`;
}
