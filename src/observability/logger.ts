// The logger: a listener that turns lifecycle events into log lines; nothing else writes any. The only file that loads pino.
import { createRequire } from 'node:module';
import type { Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Events, Level } from '../kernel/events.js';
import { fieldsOf, framesBelow, withoutCauses } from './log-fields.js';
import { paint } from './timeline-text.js';

type LogMethod = (fields: object, text: string) => void;

/** What log lines are written to: pino, or anything with its level methods, as `console`: without `fatal`, `error` gets what is fatal. */
export type Logger = { readonly [L in Exclude<Level, 'fatal'>]: LogMethod } & {
  readonly fatal?: LogMethod;
  /** Whether lines of a level are written at all. Without it every line is handed over. */
  isLevelEnabled?(level: Level): boolean;
};

const METHODS = ['trace', 'debug', 'info', 'warn', 'error'] as const satisfies Level[];

/** @throws SPECTER_INVALID_ARGUMENT for a logger that lacks a method: it would only show with the first line of that level */
export function checkLogger(logger: unknown): void {
  const lacking = METHODS.filter((level) => typeof (logger as Partial<Logger> | null)?.[level] !== 'function');
  if (lacking.length === 0) return;
  const wanted = `false, or an object with the methods ${METHODS.join(', ')}, fatal, each (fields, text) => void`;
  const lacks = typeof logger === 'object' && logger !== null ? ` (it lacks ${lacking.join(', ')})` : '';
  throw new InvalidArgumentError(`the option logger${lacks}`, wanted, logger);
}

/** Writes events to `logger`, at their level, with their fields; those of a level that it does not write are not even made. */
export function logEvents(events: Events, logger: Logger): Release {
  const wants =
    typeof logger.isLevelEnabled === 'function' ? (level: Level) => logger.isLevelEnabled?.(level) : () => true;
  return events.onLevel(
    (level) => wants(level) !== false,
    (event) => {
      const { level, text } = events.wordingOf(event);
      if (level === 'fatal' && !logger.fatal) logger.error(fieldsOf(event), text);
      else (logger as Required<Logger>)[level](fieldsOf(event), text);
    },
  );
}

export interface DefaultLoggerOptions {
  /** The least level that is written. @default `info` */
  readonly level?: string | undefined;
  /** Lines for people instead of JSON. @default when standard output is a terminal */
  readonly pretty?: boolean;
  /** Whether these have colours. @default unless `NO_COLOR` is set */
  readonly colour?: boolean;
}

/** pino on standard output: JSON lines, or lines for people on a terminal. Written at once, so that none is lost at exit. */
export function defaultLogger({
  level = 'info',
  pretty = process.stdout.isTTY ?? false,
  colour = !process.env.NO_COLOR,
}: DefaultLoggerOptions = {}): Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  const serializers = { error: withoutCauses(pino.stdSerializers.err) };
  return pretty
    ? pino({ level, serializers }, { write: (line) => void process.stdout.write(prettyLine(line, colour)) })
    : pino({ level, serializers }, pino.destination({ sync: true }));
}

const NAMES: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const COLOURS: Readonly<Record<number, number>> = { 10: 90, 20: 90, 30: 36, 40: 33, 50: 31, 60: 41 };

interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly type?: string;
  readonly error?: { readonly stack?: string; readonly message?: string };
}

/** A line of JSON as people read it; a text of several lines stays one. */
export function prettyLine(json: string, colour: boolean): string {
  const { level, time, msg, type, error } = JSON.parse(json) as Line;
  const ink = (code: number | undefined, text: string) => (colour ? `\x1b[${code ?? 36}m${text}\x1b[0m` : text);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const name = (NAMES[level] ?? 'info').padEnd(5);
  const text = colour && type === 'timeline' ? paint(msg) : msg;
  const frames = error && level >= 50 ? framesBelow(msg, error) : '';
  const stack = frames && `\n${ink(90, frames)}`;
  return `${ink(90, clock)} ${ink(COLOURS[level], name)} ${text}${stack}\n`;
}
