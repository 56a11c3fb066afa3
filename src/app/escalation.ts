// EscalationError: a service has used up its restarts, and the application stops.
import { counted } from '../kernel/counted.js';
import { SpecterError } from '../kernel/errors.js';

/** A service failed more often than it may; the application stops. */
export class EscalationError extends SpecterError {
  /** Who failed too often. */
  readonly service: string;

  constructor(service: string, { maxRestarts, within }: { maxRestarts: number; within: number }, cause: Error) {
    super(
      'SPECTER_ESCALATED',
      `${service} failed again after ${counted(maxRestarts, 'restart')} within ${within} ms, so the application stops. ` +
        `The last failure: ${cause.message.replace(/\.$/, '')}. Cure its cause, or allow more: restart: { maxRestarts, within }.`,
      { cause },
    );
    this.service = service;
  }
}
