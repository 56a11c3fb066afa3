// @Cron: a method that is called at the times of a pattern, by the wall clock of the application.
import { createRequire } from 'node:module';
import type { Cron as CronPattern } from 'croner';
import { errorOf, messageOf } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Scope } from '../kernel/scope.js';
import { declare, type Method, type MethodOf } from './declared.js';
import { readFrom, ScheduleError, type Setting, settingOf } from './schedule.js';

export interface CronOptions<Self extends object = object> {
  /** As `Europe/Berlin`, or where the instance has it. @default the host's own */
  readonly timezone?: Setting<string, Self>;
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
  options: CronOptions<Self> = {},
): MethodOf<Self> {
  return declare({
    wire(method, scope, { self }) {
      const said = settingOf(pattern, self);
      const timezone = options.timezone && settingOf(options.timezone, self);
      const fault = whatIsWrong(said)?.blind ?? (isTimeZone(timezone) ? undefined : 'its time zone is not known');
      if (fault) throw new ScheduleError(readFrom('@Cron', { self, method: method.name }), fault);
      startCron(parse(said, timezone), method, { scope, label: `cron ${said} (${method.name})` });
    },
    check(where) {
      checkOptionKeys(`@Cron on ${where}`, options, ['timezone']);
      const { timezone } = options;
      const faults = [
        ...(typeof pattern === 'function' ? [] : [whatIsWrong(pattern)?.plain]),
        typeof timezone === 'function' || isTimeZone(timezone) ? undefined : `the time zone "${timezone}" is not known`,
      ];
      const errors = faults.flatMap((fault) => (fault ? [new ScheduleError(`@Cron on ${where}`, fault)] : []));
      if (errors.length > 0) throw new AggregateError(errors);
    },
  });
}

interface Schedule {
  readonly scope: Scope;
  readonly label: string;
}

/** A clock that is set back further than this was wrong before; for less, what has run is not run again. */
const CORRECTION = 3 * 60 * 60 * 1_000;

function parse(pattern: string, timezone?: string): CronPattern {
  const { Cron: Pattern } = createRequire(import.meta.url)('croner') as typeof import('croner');
  return new Pattern(pattern, { paused: true, ...(timezone ? { timezone } : {}) });
}

const NOT_USABLE = 'the pattern is not usable';

/** Undefined for a usable pattern. `blind` says nothing of its text, which may come from anywhere. */
function whatIsWrong(pattern: unknown): { readonly plain: string; readonly blind: string } | undefined {
  try {
    parse(pattern as string).nextRun();
    return undefined;
  } catch (thrown) {
    const why = messageOf(thrown).replace(/^CronPattern: |\.$/g, '');
    const [, part] = /^Invalid value for (\w+)/.exec(why) ?? [];
    return { plain: `${NOT_USABLE}: ${why}`, blind: part ? `${NOT_USABLE}: its ${part} is out of range` : NOT_USABLE };
  }
}

function isTimeZone(name: string | undefined): boolean {
  try {
    return name === undefined || new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function startCron(times: CronPattern, method: Method, { scope, label }: Schedule): void {
  scope.spawn(
    async (signal) => {
      let last = scope.clock.now();
      for (let due = next(times, last); due !== undefined; due = next(times, last)) {
        if (!(await reached(due, { last, scope, signal }))) {
          last = scope.clock.now();
          continue;
        }
        last = Math.max(due, scope.clock.now());
        await runJob(method, { scope, label });
      }
    },
    { label },
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

async function runJob(method: Method, { scope, label }: Schedule): Promise<void> {
  try {
    await method();
  } catch (thrown) {
    scope.events.emit('timer-failed', { service: scope.service, timer: label, error: errorOf(thrown) });
  }
}
