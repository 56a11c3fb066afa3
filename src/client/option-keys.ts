// Option keys: what kernel/option-keys.ts does for a server, in fewer bytes.
import { SpecterError } from '../kernel/errors.js';

/** @throws SPECTER_INVALID_ARGUMENT for an option that nobody reads */
export function checkKeys(where: string, options: object, known: readonly string[]): void {
  const [odd] = Object.keys(options).filter((key) => !known.includes(key));
  if (odd === undefined) return;
  const told = `${where} has the option ${odd}, which nobody reads. Known are: ${known.join(', ')}.`;
  throw new SpecterError('SPECTER_INVALID_ARGUMENT', told);
}
