// checkList(): whether an option is a list of what it should hold; the entry that is wrong is named.
import { InvalidArgumentError } from '../kernel/errors.js';

/** What a list should hold. */
interface Wanted {
  /** One entry, in words. */
  readonly entry: string;
  readonly is: (entry: unknown) => boolean;
  /** The whole list, in words. */
  readonly list: string;
  /** @default false */
  readonly mayBeEmpty?: boolean;
}

/** @param where - the option @throws SPECTER_INVALID_ARGUMENT for what is no list, and for the first entry that cannot be */
export function checkList(where: string, value: unknown, { entry, is, list, mayBeEmpty = false }: Wanted): void {
  if (!Array.isArray(value)) throw new InvalidArgumentError(where, list, value);
  if (value.length === 0 && !mayBeEmpty) throw new InvalidArgumentError(where, `${list}; it is empty`, value);
  const wrong = value.findIndex((one) => !is(one));
  if (wrong < 0) return;
  const shown = typeof value[wrong] === 'string' ? `, "${value[wrong]}"` : '';
  throw new InvalidArgumentError(`${where}[${wrong}]${shown}`, entry, value[wrong]);
}
