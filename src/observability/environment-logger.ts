// The log of an application: the logger that it was given, or the default one as the environment wants it.
import type { Events, Level } from '../kernel/events.js';
import { InvalidLogLevelError } from './errors.js';
import { defaultLogger, type Logger, logEvents } from './logger.js';

const LEVELS: readonly (Level | 'silent')[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Writes every event to the logger.
 *
 * @param logger - false for nowhere
 * @throws SPECTER_INVALID_ARGUMENT when `LOG_LEVEL` is no level
 */
export function writeLog(
  events: Events,
  logger: Logger | false | undefined,
  { LOG_LEVEL, NO_COLOR }: Readonly<Record<string, string | undefined>>,
): void {
  if (logger === false) return;
  logEvents(events, logger ?? defaultLogger({ level: levelOf(LOG_LEVEL), colour: !NO_COLOR }));
}

/** An empty variable is one that is not set. */
function levelOf(said: string | undefined): string | undefined {
  if (!said) return undefined;
  if ((LEVELS as readonly string[]).includes(said)) return said;
  throw new InvalidLogLevelError(said, LEVELS);
}
