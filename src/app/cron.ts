// @Cron: a method that is called at the times of a pattern, by the wall clock of the application.
import { createRequire } from 'node:module';
import type { Cron as CronPattern } from 'croner';
import { errorOf, InvalidArgumentError, messageOf } from '../kernel/errors.js';
import type { Scope } from '../kernel/scope.js';
import { declare, type Method } from './declared.js';
import type { MethodTag } from './tags.js';

export interface CronOptions {
  /** As `Europe/Berlin`. @default the host's own */
  readonly timezone?: string;
}

/**
 * Calls the method at the times of a cron pattern. Calls never overlap; those missed meanwhile run once.
 *
 * @example
 * @Cron('30 4 * * *', { timezone: 'Europe/Berlin' }) backup() {}
 */
export function Cron(pattern: string, options: CronOptions = {}): MethodTag {
  const times = parse(pattern, options);
  return declare({ wire: (method, scope) => startCron(times, method, { scope, pattern }) });
}

interface Schedule {
  readonly scope: Scope;
  readonly pattern: string;
}

/** The wall clock is looked at that often, so that a jump of it, or a sleep of the machine, is noticed soon. */
const LOOK = 60_000;
/** A clock that is set back further than this was wrong before; for less, what has run is not run again. */
const CORRECTION = 3 * 60 * 60 * 1_000;

function parse(pattern: string, { timezone }: CronOptions): CronPattern {
  try {
    const { Cron: Pattern } = createRequire(import.meta.url)('croner') as typeof import('croner');
    const times = new Pattern(pattern, { paused: true, ...(timezone ? { timezone } : {}) });
    times.nextRun();
    return times;
  } catch (cause) {
    throw new InvalidArgumentError(`@Cron(): ${messageOf(cause)}`, 'a cron pattern and a time zone', pattern);
  }
}

function startCron(times: CronPattern, method: Method, { scope, pattern }: Schedule): void {
  scope.spawn(
    async (signal) => {
      let last = scope.clock.now();
      for (let due = next(times, last); due !== undefined; due = next(times, last)) {
        if (!(await reached(due, { last, scope, signal }))) {
          last = scope.clock.now();
          continue;
        }
        last = Math.max(due, scope.clock.now());
        await runJob(method, { scope, pattern });
      }
    },
    { label: `cron ${pattern}` },
  );
}

function next(times: CronPattern, after: number): number | undefined {
  return times.nextRun(new Date(after))?.getTime();
}

/** Waits for a wall time. @returns false when the clock was set back so far that the time must be computed anew */
async function reached(
  due: number,
  { last, scope, signal }: { last: number; scope: Scope; signal: AbortSignal },
): Promise<boolean> {
  for (let now = scope.clock.now(); now < due; now = scope.clock.now()) {
    if (now < last - CORRECTION) return false;
    await scope.clock.sleep(Math.min(due - now, LOOK), { signal });
  }
  return true;
}

async function runJob(method: Method, { scope, pattern }: Schedule): Promise<void> {
  try {
    await method();
  } catch (thrown) {
    const timer = `cron ${pattern} (${method.name})`;
    scope.events.emit('timer-failed', { service: scope.service, timer, error: errorOf(thrown) });
  }
}
