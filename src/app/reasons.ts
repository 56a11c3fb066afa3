// Why an application ends, as its log says it.
import { messageOf } from '../kernel/errors.js';
import { EscalationError } from './escalation.js';

/** After an error that cannot be lived with. */
export function reasonOfCrash(error: Error): string {
  return error instanceof EscalationError ? `${error.service} has used up its restarts` : 'after a crash';
}

/** After the door could not be opened. */
export function reasonOfListen(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}

/** When nothing is left to do: the process would end with everything open. */
export const NOTHING_LEFT = 'nothing keeps the process alive any more';
