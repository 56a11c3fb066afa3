// Anything thrown, as an error that can be looked at without throwing again.
import { isNativeError } from 'node:util/types';
import { errorOf } from '../kernel/errors.js';

/** What is read of an error on its way to a response. */
const READ = ['name', 'message', 'stack', 'code', 'status', 'statusCode', 'expose', 'headers', 'cause'] as const;

/** The error itself; another one in place of what is none, or of what throws when it is looked at. */
export function readable(thrown: unknown): Error {
  try {
    // Errors of another realm, as a vm context, are errors as well.
    const error = isNativeError(thrown) ? thrown : errorOf(thrown);
    for (const name of READ) void (error as unknown as Record<string, unknown>)[name];
    if (typeof error.message === 'string' && typeof (error.stack ?? '') === 'string') return error;
  } catch {
    return new Error('Something that cannot be read was thrown');
  }
  return new Error('An error without a readable message was thrown');
}
