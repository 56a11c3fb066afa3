// JSON of what a method returned: the text, or an error that says where in the value it cannot be.
import { SpecterError } from '../kernel/errors.js';

/** A value that JSON cannot say, or would say without its content. */
export class NotJsonError extends SpecterError {
  constructor(why: string, { what = 'The answer', cause }: { readonly what?: string; readonly cause?: unknown } = {}) {
    super('SPECTER_NOT_JSON', `${what} cannot be sent as JSON: ${why}.`, cause === undefined ? {} : { cause });
  }
}

/**
 * The text of a value.
 *
 * @throws NotJsonError for what refers to itself, a BigInt, a function; and for a Map, a Set, an Error or a promise inside, of which
 *   nothing would be left but `{}`
 */
export function jsonText(value: unknown): string {
  const text = stringify(value);
  // Whatever loses its content becomes these two characters, so only an answer that has them is looked through.
  if (text.includes('{}')) {
    const odd = oddity(value);
    if (odd) throw new NotJsonError(odd);
  }
  return text;
}

function stringify(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new NotJsonError(oddity(value) ?? UNREADABLE, { cause });
  }
  if (text === undefined) throw new NotJsonError(`it is a ${typeof value}`);
  return text;
}

/** When nobody finds out what it is. */
export const UNREADABLE = 'something in it cannot be read';

/** One value inside the whole, and what it stands in. */
interface Place {
  readonly value: unknown;
  readonly key: string;
  readonly within: Place | undefined;
}

/** An answer with more values than this is not looked through to its end. */
const MOST = 100_000;

/** What is wrong with a value, and where; undefined when nothing is found. @param isSent - by itself, whatever is in it */
export function oddity(whole: unknown, isSent: (value: unknown) => boolean = () => false): string | undefined {
  const left: Place[] = [{ value: whole, key: '', within: undefined }];
  for (let looked = 0; left.length > 0 && looked < MOST; looked++) {
    const place = left.pop() as Place;
    try {
      if (isSent(place.value)) continue;
      const odd = oddityOf(place);
      if (odd) return `${pathOf(place)} ${odd}`;
      left.push(...partsOf(place));
    } catch {
      return `${pathOf(place)} cannot be read`;
    }
  }
  return undefined;
}

function oddityOf({ value, within }: Place): string | undefined {
  if (typeof value === 'bigint') return 'is a BigInt: send String(value), or Number(value)';
  if (typeof value !== 'object' || value === null) return undefined;
  for (let at = within; at; at = at.within) if (at.value === value) return 'refers to something that it is part of';
  if (Object.keys(value).length > 0) return undefined;
  return LOST[kindOf(value)];
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** Whether it is of a kind that JSON says without its content. */
export function mayLose(value: object): boolean {
  return kindOf(value) in LOST;
}

/** What comes out as `{}` although it holds something. */
const LOST: Readonly<Record<string, string>> = {
  Map: 'is a Map: send Object.fromEntries(map), or [...map]',
  Set: 'is a Set: send [...set]',
  WeakMap: 'is a WeakMap, which nobody can look into',
  WeakSet: 'is a WeakSet, which nobody can look into',
  Promise: 'is a promise: await it',
  Error: 'is an Error: throw it, or send its message',
  RegExp: 'is a RegExp: send its source',
  ArrayBuffer: 'is an ArrayBuffer: send Buffer.from(it), by itself',
  Generator: 'is a generator: send [...it]',
  AsyncGenerator: 'is an async generator: return it by itself, for server-sent events',
  'Map Iterator': 'is an iterator: send [...it]',
  'Set Iterator': 'is an iterator: send [...it]',
  'Array Iterator': 'is an iterator: send [...it]',
  'Iterator Helper': 'is an iterator: send [...it]',
};

function partsOf(place: Place): Place[] {
  const { value, key, within } = place;
  if (typeof value !== 'object' || value === null) return [];
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return [{ value: toJSON.call(value, key), key, within }].filter(isOther(value));
  return Object.keys(value).map((name) => ({
    value: (value as Record<string, unknown>)[name],
    key: name,
    within: place,
  }));
}

/** A `toJSON` that returns its own object is not asked again. */
function isOther(asked: object): (place: Place) => boolean {
  return ({ value }) => value !== asked;
}

/** `items.3.tags`; keys are the application's own, and go to the log only. */
function pathOf(place: Place): string {
  const keys: string[] = [];
  for (let at: Place | undefined = place; at; at = at.within) keys.unshift(at.key);
  return keys.slice(1).join('.') || 'it';
}
