// How the events of the kernel read in a log.
import { counted } from './counted.js';
import { messageOf, StartAbortedError } from './errors.js';
import type { Wordings } from './events.js';

type KernelEvent =
  | 'starting' | 'started' | 'start-failed' | 'start-slow' | 'start-late' | 'stopping' | 'stopped' | 'rolling-back' | 'failed'
  | 'release-failed' | 'task-failed' | 'timer-failed' | 'listener-failed' | 'slow-listener' | 'watch-failed' | 'watch-idle'; // biome-ignore format: a list

/** One sentence for each, as for the events of every door. */
export const kernelWordings: Wordings<KernelEvent> = {
  starting: { level: 'debug', sentence: (e) => `${e.service} is starting` },
  started: { level: 'info', sentence: (e) => `${e.service} started in ${round(e.duration)} ms` },
  'start-failed': { level: 'error', sentence: (e) => `${e.service} failed to start: ${messageOf(e.error)}` },
  'start-slow': {
    level: 'warn',
    sentence: (e) =>
      `Still starting: ${e.service} (${round(e.duration / 1_000)} s, at most ${round(e.limit / 1_000)} s)`,
  },
  'start-late': {
    level: 'warn',
    sentence: (e) =>
      `${e.service} did not start within ${e.limit} ms; its signal is aborted, and it has ${e.more} ms more to end`,
  },
  stopping: { level: 'debug', sentence: (e) => `${e.service} is stopping` },
  stopped: { level: 'info', sentence: (e) => `${e.service} stopped in ${round(e.duration)} ms${plural(e.failures)}` },
  'rolling-back': {
    level: 'error',
    sentence: (e) =>
      `${e.service} ${isGivenUp(e) ? 'gives its start up' : 'failed'}, rolling back: ${e.services.join(', ') || 'nothing had started'}`,
  },
  failed: { level: 'error', sentence: (e) => `${e.service} failed: ${messageOf(e.error)}` },
  'release-failed': { level: 'error', sentence: (e) => named(e) },
  'task-failed': { level: 'error', sentence: (e) => `${e.service}: task "${e.task}" failed: ${messageOf(e.error)}` },
  'timer-failed': { level: 'error', sentence: (e) => `${e.service}: ${e.timer} failed: ${messageOf(e.error)}` },
  'listener-failed': {
    level: 'error',
    sentence: (e) => `${e.service}: listener of "${e.event}" failed: ${messageOf(e.error)}`,
  },
  'slow-listener': {
    level: 'warn',
    sentence: (e) => `${e.service}: listener of "${e.event}" blocked everybody for ${round(e.duration)} ms`,
  },
  'watch-failed': {
    level: 'warn',
    sentence: (e) => `${e.service}: ${messageOf(e.error)}; next try in ${round(e.retryIn)} ms`,
  },
  'watch-idle': {
    level: 'warn',
    sentence: ({ service, place }) =>
      `The watcher "${service}"${place === undefined ? '' : ` (${place})`} tells nothing: it has no owner, and was not started. Give it { owner: this }, or call its start() and stop()`,
  },
};

/** A start that was given up because of a stop, a signal or a failed sibling has not failed itself. */
export function isGivenUp(event: object): boolean {
  return 'error' in event && event.error instanceof StartAbortedError;
}

/** Whose it was, unless the message begins with that. */
function named({ service, error }: { readonly service: string; readonly error: Error }): string {
  const text = messageOf(error);
  return text.startsWith(`${service}.`) ? text : `${service}: ${text}`;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function plural(failures: readonly Error[]): string {
  return failures.length === 0 ? '' : ` with ${counted(failures.length, 'failure')}`;
}
