// Why an application ends, as its log says it.
import { messageOf } from '../kernel/errors.js';
import { EscalationError } from './escalation.js';
import type { EndReason } from './signals.js';

/** After an error that cannot be lived with. */
function reasonOfCrash(error: Error): string {
  return error instanceof EscalationError ? `${error.service} has used up its restarts` : 'after a crash';
}

/** After the door could not be opened. */
export function reasonOfListen(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}

/** When nothing is left to do: the process would end with everything open. */
export const NOTHING_LEFT = 'nothing keeps the process alive any more';

/** What ended it from outside. @param isUnheard - it has doors, and nobody has opened them */
export function reasonOfEnd(reason: EndReason, isUnheard: boolean): string {
  if ('crash' in reason) return reasonOfCrash(reason.crash);
  const isForgotten = reason.why === NOTHING_LEFT && isUnheard;
  return isForgotten ? `${reason.why}; it has routes or handlers, but listen() was not called` : reason.why;
}
