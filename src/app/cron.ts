// @Cron: a method that is called at the times of a pattern, by the wall clock of the application.
import { createRequire } from 'node:module';
import type { Cron as CronPattern } from 'croner';
import { errorOf, InvalidArgumentError, messageOf } from '../kernel/errors.js';
import type { Scope } from '../kernel/scope.js';
import { declare, type Method, type MethodOf, type Setting, settingOf } from './declared.js';

export interface CronOptions {
  /** As `Europe/Berlin`. @default the host's own */
  readonly timezone?: string;
}

/**
 * Calls the method at the times of a cron pattern. Calls never overlap; those missed meanwhile run once.
 *
 * @param pattern - or where the instance has it, as `(self: Archive) => self.config.nightly`
 * @example
 * @Cron('30 4 * * *', { timezone: 'Europe/Berlin' }) backup() {}
 */
export function Cron<Self extends object = object>(
  pattern: Setting<string, Self>,
  options: CronOptions = {},
): MethodOf<Self> {
  if (typeof pattern === 'string') parse(pattern, options);
  return declare({
    wire(method, scope, { self }) {
      const said = settingOf(pattern, self);
      startCron(parse(said, options), method, { scope, pattern: said });
    },
  });
}

interface Schedule {
  readonly scope: Scope;
  readonly pattern: string;
}

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
    await scope.clock.sleepUntil(due, { signal });
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
