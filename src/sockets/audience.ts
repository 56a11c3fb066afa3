// Audience: whom an emit is for, and whom it leaves out.
import { InvalidArgumentError, InvalidOptionError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { checkSession, checkTopic, type SessionRef } from './rooms.js';

/** Whom something is for; everybody in the namespace unless said otherwise. */
export interface Audience {
  /** All sockets of one session. */
  readonly session?: SessionRef;
  /** All sockets in one topic. */
  readonly topic?: string;
  /** @default '/' */
  readonly namespace?: string;
  /** Sessions that are left out. */
  readonly except?: SessionRef | readonly SessionRef[];
  /** Clients that cannot take it at this moment never get it, as with positions that the next one makes old. @default false */
  readonly volatile?: boolean;
}

const AUDIENCE = ['session', 'topic', 'namespace', 'except', 'volatile'] satisfies (keyof Audience)[];

/** Who names a session or a topic means somebody, and nobody is not everybody. */
export function checkAudience(method: 'emit' | 'refetch', audience: Audience): void {
  const where = `sockets.${method}()`;
  checkOptionKeys(where, audience, AUDIENCE);
  for (const key of ['session', 'topic'] as const) {
    if (key in audience && (audience[key] ?? null) === null)
      throw new InvalidOptionError(`${where}, ${key}`, `a ${key}; leave it out to reach everybody`, audience[key]);
  }
  for (const one of asList(audience.except ?? [])) checkSession(`${where}, except`, one);
  if (audience.session !== undefined) checkSession(`${where}, session`, audience.session);
  if (audience.topic !== undefined) checkTopic(`${where}, topic`, audience.topic);
  if (audience.session !== undefined && audience.topic !== undefined)
    throw new InvalidArgumentError(where, 'a session or a topic, not both', audience);
}

/** One, or several. */
export function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
