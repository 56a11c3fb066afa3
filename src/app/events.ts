// What an application can say happened, besides what its services say.
import { counted, listed } from '../kernel/counted.js';
import { messageOf } from '../kernel/errors.js';
import type { Level, Wordings } from '../kernel/events.js';
import { repeating } from './boot-order.js';
import { NOTHING_LEFT } from './reasons.js';

/** What a stop waits for, each in words; what comes several times as `2 × ...`. */
export interface UnderWay {
  /** As `GET /slow (SlowController)`. */
  readonly requests: readonly string[];
  /** Of sockets, as `"say" of ChatHandler`. */
  readonly events: readonly string[];
  /** Calls of actions, by name. */
  readonly actions: readonly string[];
  /** Of deferred actions, by the name of the action. */
  readonly jobs: readonly string[];
  /** Which have begun to stop, with the work of each: `Mails (workers: job 12)`. */
  readonly services: readonly string[];
}

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    'app-starting': { services: number };
    'app-shuffled': { seed: number };
    'app-ready': { duration: number; services: number };
    'stop-chain-long': { services: readonly string[]; total: number; limit: number };
    'app-draining': { reason: string };
    /** The stop has taken `duration` milliseconds so far, and waits for this. */
    'app-waiting': UnderWay & { readonly duration: number };
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
  | 'app-waiting'
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
      level: (e) => (e.reason.startsWith(NOTHING_LEFT) ? 'warn' : 'info'),
      sentence: (e) => `Stopping: ${e.reason}`,
    },
    'app-waiting': {
      level: 'info',
      sentence: (e) => `Still stopping after ${Math.round(e.duration / 1_000)} s, waiting for ${waitsFor(e)}`,
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

const NOUNS = {
  requests: 'requests',
  events: 'socket events',
  actions: 'actions',
  jobs: 'jobs of actions',
  services: 'services',
} as const;

function waitsFor(underWay: UnderWay): string {
  const kinds = (Object.keys(NOUNS) as (keyof UnderWay)[]).filter((kind) => underWay[kind].length > 0);
  return kinds.map((kind) => `${NOUNS[kind]}: ${listed(underWay[kind])}`).join('; ');
}

function blamed({ service, birth }: { readonly service?: string; readonly birth?: string }): string {
  if (service === undefined) return '';
  return ` (uncaught in the work of ${service}${birth === undefined ? '' : `, ${birth}`})`;
}
