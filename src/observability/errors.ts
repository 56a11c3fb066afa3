// Errors of observability.
import { SpecterError } from '../kernel/errors.js';

/** systemd asked to be notified, and was not. The application runs on. */
export class NotifyError extends SpecterError {
  constructor(what: string, next: string, cause?: unknown) {
    super('SPECTER_NOTIFY', `systemd ${what}. ${next}`, cause === undefined ? {} : { cause });
  }
}

/** `LOG_LEVEL` names no level. */
export class InvalidLogLevelError extends SpecterError {
  constructor(said: string, levels: readonly string[]) {
    super(
      'SPECTER_INVALID_ARGUMENT',
      `LOG_LEVEL is ${JSON.stringify(said.slice(0, 40))}; expected one of ${levels.join(', ')}.`,
    );
  }
}
