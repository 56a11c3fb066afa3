// What child processes say happened, and how it reads in a log.
import { messageOf } from '../kernel/errors.js';
import type { Wordings } from '../kernel/events.js';
import { endOf, type ProcessExit } from './errors.js';

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    /** It runs and is ready; `restarts` is 0 unless it ended before and was started again. */
    'process-started': { service: string; pid: number; duration: number; restarts: number };
    /** `asked`: somebody had stopped it. */
    'process-exited': { service: string; pid: number; exit: ProcessExit; duration: number; asked: boolean };
    /** It ended by itself, and is started again after `delay`. */
    'process-restarting': { service: string; error: Error; attempt: number; delay: number };
    /** Some of its children had left its process group; they have been ended as well. */
    'process-escaped': { service: string; pids: readonly number[] };
    /** What a killed run of an application had left behind was ended. */
    'process-swept': { service: string; pids: readonly number[] };
  }
}

type ProcessEvent =
  | 'process-started' | 'process-exited' | 'process-restarting' | 'process-escaped' | 'process-swept'; // biome-ignore format: a list

/** How the events of processes read in a log. */
export const processWordings: Wordings<ProcessEvent> = {
  'process-started': {
    level: (e) => (e.restarts > 0 ? 'info' : 'debug'),
    sentence: (e) => `Process ${e.service} runs with pid ${e.pid}${e.restarts > 0 ? `, restart ${e.restarts}` : ''}`,
  },
  'process-exited': {
    level: (e) => (e.asked || e.exit.code === 0 ? 'debug' : 'warn'),
    sentence: (e) => `Process ${e.service} (pid ${e.pid}) ${endOf(e.exit)} after ${Math.round(e.duration)} ms`,
  },
  'process-restarting': {
    level: 'warn',
    sentence: (e) => `${messageOf(e.error)}; restart ${e.attempt} in ${Math.round(e.delay)} ms`,
  },
  'process-escaped': {
    level: 'warn',
    sentence: (e) => `Process ${e.service}: ${e.pids.join(', ')} had left its process group, and got its own end`,
  },
  'process-swept': {
    level: 'warn',
    sentence: (e) => `Process ${e.service}: ${e.pids.join(', ')} of a run that was killed got its end`,
  },
};
