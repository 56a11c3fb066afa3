// Sendable: whether a value gets to a client as it is. JSON does not say all, and socket.io sends bytes beside it.
import { mayLose, NotJsonError, oddity, UNREADABLE } from '../http/json.js';

/** What is nested deeper may be a ring. */
const DEEP = 50;

/**
 * Sends a value, unless it would not arrive as it is. That is asked for each message, so first in a way that costs next to nothing.
 *
 * @param what - whose value it is, for the error
 * @throws SPECTER_NOT_JSON for what cannot be sent, and for what would be `{}` without its content; nothing has been sent then
 */
export function sending(value: unknown, what: string, send: () => void): void {
  if (!isClear(value)) {
    const odd = isBare(value) ? `it is a ${typeof value}` : oddity(value, isBytes);
    if (odd) throw new NotJsonError(odd, { what });
  }
  try {
    send();
  } catch (cause) {
    throw new NotJsonError(UNREADABLE, { what, cause });
  }
}

/** Whether nothing in it is odd at a glance. Whoever throws while he is looked at is not. */
function isClear(value: unknown): boolean {
  try {
    return isPlain(value, 0);
  } catch {
    return false;
  }
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== 'object') return typeof value !== 'bigint' && (depth > 0 || !isBare(value));
  if (value === null) return true;
  if (depth > DEEP) return false;
  if (Array.isArray(value)) {
    for (const one of value) if (!isPlain(one, depth + 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Date || isBytes(value)) return true;
    if ('toJSON' in value || mayLose(value)) return false;
  }
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

/** JSON leaves these out of an object, but alone there is nothing to leave them out of. */
function isBare(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol';
}

/** What socket.io sends as bytes. */
function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Blob;
}
