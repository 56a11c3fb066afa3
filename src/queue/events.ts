// What queues say happened, on the bus and in the log.
import { counted } from '../kernel/counted.js';
import { messageOf } from '../kernel/errors.js';
import type { Wordings } from '../kernel/events.js';
import type { JobProgress, JobState } from './backend.js';

/** A job has changed: the event `queue:<name>` of the bus. */
export interface JobChange {
  readonly id: string;
  readonly state: JobState;
  /** How far it is, if it has said so. */
  readonly progress?: JobProgress;
}

declare module '../kernel/bus.js' {
  interface BusEvents {
    /** Every change of every job of the queue of that name. */
    [queue: `queue:${string}`]: JobChange;
  }
}

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    /** An attempt at a job failed; without `retryIn` it was the last one, and the job is dead. */
    'job-failed': { service: string; job: string; attempt: number; error: Error; retryIn?: number };
    /** A job whose time is over, or which was cancelled, still runs, and keeps its worker. */
    'job-stuck': { service: string; job: string; duration: number };
    /** Nobody knows what became of `lost` jobs; `jobs` are their ids, the first hundred. */
    'jobs-lost': { service: string; lost: number; jobs: readonly string[] };
    /** What keeps the jobs of a queue could not be reached; it is tried again. */
    'queue-failed': { service: string; error: Error };
    'queue-paused': { service: string };
    'queue-resumed': { service: string };
  }
}

type QueueEvent = 'job-failed' | 'job-stuck' | 'jobs-lost' | 'queue-failed' | 'queue-paused' | 'queue-resumed';

/** How the events of queues read in a log. */
export const queueWordings: Wordings<QueueEvent> = {
  'job-failed': {
    level: ({ retryIn }) => (retryIn === undefined ? 'error' : 'warn'),
    sentence: (e) =>
      `${e.service}: attempt ${e.attempt} at job ${e.job} failed, ${
        e.retryIn === undefined ? 'it is dead' : `the next is in ${Math.round(e.retryIn)} ms`
      }: ${messageOf(e.error)}`,
  },
  'job-stuck': {
    level: 'warn',
    sentence: (e) =>
      `${e.service}: job ${e.job} still runs ${Math.round(e.duration)} ms after its signal was aborted, and keeps its worker`,
  },
  'jobs-lost': {
    level: 'error',
    sentence: (e) => `${e.service}: ${counted(e.lost, 'job')} lost: ${someOf(e.jobs, e.lost)}`,
  },
  'queue-failed': {
    level: 'error',
    sentence: (e) => `${e.service}: its jobs could not be reached: ${messageOf(e.error)}`,
  },
  'queue-paused': { level: 'info', sentence: (e) => `${e.service} is paused` },
  'queue-resumed': { level: 'info', sentence: (e) => `${e.service} goes on` },
};

/** More ids than this are not read. */
const SHOWN = 20;

function someOf(ids: readonly string[], all: number): string {
  const shown = ids.slice(0, SHOWN);
  return `${shown.join(', ')}${all > shown.length ? ` and ${all - shown.length} more` : ''}`;
}
