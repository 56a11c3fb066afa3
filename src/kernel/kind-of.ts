// What a value is, in words, for messages: never what a stranger has put into it.

/** The kind of a value; numbers and booleans as they are. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`;
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value;
}

/** As much of a text as tells which it is. */
const SHOWN = 30;

/** What a programmer has written, as an option: a short text is shown, too. Never for what comes from outside, or may be a secret. */
export function literalOf(value: unknown): string {
  if (typeof value !== 'string') return kindOf(value);
  return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
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
