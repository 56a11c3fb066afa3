// What a value is, in words, for messages: never what a stranger has put into it.

/** The kind of a value; numbers and booleans as they are. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`;
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value;
}

/** Something thrown that is no error, for the log. */
export function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : `a thrown ${kindOf(thrown)}${partsOf(thrown)}`;
}

const MOST_KEYS = 10;
const LONGEST_TEXT = 200;

/** The keys of an object, and its message. */
function partsOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const keys = Array.isArray(thrown) ? [] : Object.keys(thrown).slice(0, MOST_KEYS);
  const { message } = thrown as { message?: unknown };
  const told = typeof message === 'string' && message !== '' ? `: ${message}` : '';
  return `${keys.length > 0 ? ` with ${keys.join(', ')}` : ''}${told}`.slice(0, LONGEST_TEXT);
}
