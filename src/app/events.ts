// What an application can say happened, besides what its services say.
import { messageOf } from '../kernel/errors.js';
import type { Level, Wordings } from '../kernel/events.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    'app-starting': { services: number };
    'app-ready': { duration: number; services: number };
    'app-draining': { reason: string };
    'app-stopped': { duration: number };
    'app-crashed': { error: Error };
    timeline: { text: string };
    restarting: { service: string; error: Error; attempt: number; delay: number };
    restarted: { service: string; attempt: number };
  }
}

type ApplicationEvent =
  | 'app-starting'
  | 'app-ready'
  | 'app-draining'
  | 'app-stopped'
  | 'app-crashed'
  | 'timeline'
  | 'restarting'
  | 'restarted';

/** How they read. @param timeline - the level at which timelines are written */
export function applicationWordings(timeline: Level): Wordings<ApplicationEvent> {
  return {
    'app-starting': { level: 'debug', sentence: (e) => `Starting ${e.services} services` },
    'app-ready': { level: 'info', sentence: (e) => `Ready after ${Math.round(e.duration)} ms, ${e.services} services` },
    'app-draining': { level: 'info', sentence: (e) => `Stopping: ${e.reason}` },
    'app-stopped': { level: 'info', sentence: (e) => `Stopped after ${Math.round(e.duration)} ms` },
    'app-crashed': { level: 'fatal', sentence: (e) => `Crashed, stopping everything: ${messageOf(e.error)}` },
    timeline: { level: timeline, sentence: (e) => e.text },
    restarting: {
      level: 'warn',
      sentence: (e) => `${e.service} and what depends on it restart in ${Math.round(e.delay)} ms (try ${e.attempt})`,
    },
    restarted: { level: 'info', sentence: (e) => `${e.service} is back (try ${e.attempt})` },
  };
}
