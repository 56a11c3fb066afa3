// Errors of observability.
import { SpecterError } from '../kernel/errors.js';

/** systemd asked to be notified, and was not. The application runs on. */
export class NotifyError extends SpecterError {
  constructor(what: string, next: string, cause?: unknown) {
    super('SPECTER_NOTIFY', `systemd ${what}. ${next}`, cause === undefined ? {} : { cause });
  }
}
