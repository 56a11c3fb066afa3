// Option keys: a misspelt option would silently be its default, so it is refused.
import { type ErrorCode, InvalidArgumentError, SpecterError } from './errors.js';
import { nearest } from './nearest.js';

type Elsewhere = Readonly<Record<string, string>>;

/** An option that nobody reads. */
export class UnknownOptionError extends SpecterError {
  /** @param elsewhere - what is called otherwise here, by the name that others give it */
  constructor(where: string, key: string, known: readonly string[], elsewhere: Elsewhere = {}) {
    const [near] = nearest(key, known);
    const cure = near ? `Did you mean ${near}?` : `Known are: ${known.join(', ')}.`;
    super(
      'SPECTER_INVALID_ARGUMENT' satisfies ErrorCode,
      `${where} has the option ${key}, which nobody reads. ${Object.hasOwn(elsewhere, key) ? elsewhere[key] : cure}`,
    );
  }
}

/** @param where - whose options they are @throws SPECTER_INVALID_ARGUMENT for the first that is not known, and for what holds no options at all */
export function checkOptionKeys(where: string, options: object, known: readonly string[], elsewhere?: Elsewhere): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidArgumentError(where, `an object with any of ${known.join(', ')}`, options);
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new UnknownOptionError(where, key, known, elsewhere);
}

/** For options that others may add to: only what is nearly one of the known is refused. */
export function checkMisspeltKeys(where: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    const isMisspelt = !known.includes(key) && nearest(key, known).length > 0;
    if (isMisspelt) throw new UnknownOptionError(where, key, known);
  }
}
