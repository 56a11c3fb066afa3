// Scalars: the strict meaning of a text that stands for a number, a truth value or a date.

/** The kinds of single values. */
export type ScalarKind = 'string' | 'number' | 'boolean' | 'date' | 'bigint';

const KINDS: ReadonlyMap<unknown, ScalarKind> = new Map<unknown, ScalarKind>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Date, 'date'],
  [BigInt, 'bigint'],
]);

/** The kind that a class stands for, if it is a scalar class. */
export function scalarKindOf(type: unknown): ScalarKind | undefined {
  return KINDS.get(type);
}

/** What a value that is not of its kind is told: as it is, and as a text. */
export const SCALAR_FAULTS: Readonly<Record<ScalarKind, { rule: string; value: string; text: string }>> = {
  string: { rule: 'isString', value: 'must be a string', text: 'must be a text' },
  number: { rule: 'isNumber', value: 'must be a finite number', text: 'must be a decimal number' },
  boolean: { rule: 'isBoolean', value: 'must be true or false', text: 'must be true or false' },
  date: { rule: 'isDate', value: 'must be an ISO 8601 date in a string', text: 'must be an ISO 8601 date that exists' },
  bigint: { rule: 'isBigInt', value: 'must be a whole number in a string', text: 'must be a whole number' },
};

/**
 * What a text means as a kind of value, or undefined when it does not mean one exactly. Nothing is trimmed, rounded or guessed.
 *
 * @example
 * scalarFromText('number', '12.5'); // 12.5
 * scalarFromText('number', '0x10'); // undefined
 */
export function scalarFromText(kind: ScalarKind, text: string): unknown {
  if (kind === 'string') return text;
  if (kind === 'number') return numberFrom(text);
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (kind === 'date') return dateFrom(text);
  return WHOLE.test(text) ? BigInt(text) : undefined;
}

/**
 * A value of a kind as JSON can carry it, or undefined when it is none. Never coerced: only what JSON has no form for, a
 * date or a big integer, is read from its text.
 */
export function scalarFromValue(kind: ScalarKind, value: unknown): unknown {
  if (kind === 'date' && value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  if (kind === 'bigint' && typeof value === 'bigint') return value;
  if (kind === 'date' || kind === 'bigint') return typeof value === 'string' ? scalarFromText(kind, value) : undefined;
  if (kind === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === kind ? value : undefined;
}

/** No number or date that a person means is longer, and a big integer of this size still reads in no time. */
const LONGEST = 400;
const WHOLE = /^-?\d{1,400}$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

function numberFrom(text: string): number | undefined {
  if (text.length > LONGEST || !DECIMAL.test(text)) return undefined;
  const number = Number(text);
  // A whole number that a double cannot hold would arrive as its neighbour: an id, most often.
  if (WHOLE.test(text) && !Number.isSafeInteger(number)) return undefined;
  return Number.isFinite(number) ? number : undefined;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;

function dateFrom(text: string): Date | undefined {
  const parts = DAY.exec(text) ?? MOMENT.exec(text);
  if (!parts || !dayExists(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** JavaScript takes 31 February for 2 March; the calendar does not. */
function dayExists(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
