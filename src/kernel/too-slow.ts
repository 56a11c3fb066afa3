// TooSlowError: a reader left more waiting than it may.
import { SpecterError } from './errors.js';

/** A reader did not keep up with what it reads; it was let go, so that what waits for it does not grow for ever. */
export class TooSlowError extends SpecterError {
  constructor(what: string, limit: number) {
    super(
      'SPECTER_TOO_SLOW',
      `The reader of ${what} left more than ${limit} values waiting and was let go. ` +
        'Read faster, hand slow work to a queue, or raise `limit`.',
    );
  }
}
