// DestroyedError: something was used after its owner had ended.
import { SpecterError } from './errors.js';

/** A store, model or cache was used after its end. */
export class DestroyedError extends SpecterError {
  constructor(label: string) {
    super(
      'SPECTER_DESTROYED',
      `${label} was used after it was destroyed. It ends with its owner: give it one that lives longer.`,
    );
  }
}
