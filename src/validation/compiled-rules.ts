// Compiled rules: class-validator's plainest rules as functions of one value, and the seam where they stand in for its own.
import assert from 'node:assert';
import { isThenable } from '../kernel/thenable.js';
import type { Constraint, RuleArguments } from './decorator-notes.js';
import { type PasswordOptions, passwordJudge } from './strong-password.js';

/** Judges one value. */
export type Judge = (value: unknown) => boolean;

/** Makes a rule's judge of what the decorator was given; `ask` is what it stands in for. */
type Compile = (constraints: readonly unknown[], ask: (value: unknown) => unknown) => Judge;

const numberThat = (holds: (value: number, bound: number) => boolean): Compile => {
  return ([bound]) =>
    (value) =>
      typeof value === 'number' && typeof bound === 'number' && holds(value, bound);
};

const arrayThat = (holds: (length: number, bound: number) => boolean): Compile => {
  return ([bound]) =>
    (value) =>
      Array.isArray(value) && holds(value.length, bound as number);
};

/** class-validator's looks through the whole list for each of its items. NaN is like nothing, not even like itself. */
function uniqueJudge(ask: (value: unknown) => unknown): Judge {
  const identify = identifierOf(ask);
  return (value) => {
    if (!Array.isArray(value)) return false;
    const items = identify ? value.map(identify) : value;
    return new Set(items).size === items.length && !items.includes(Number.NaN);
  };
}

/** The function that `@ArrayUnique` was given: it is shown to nobody but the list whose items it is to tell apart. */
function identifierOf(ask: (value: unknown) => unknown): ((item: unknown) => unknown) | undefined {
  let found: ((item: unknown) => unknown) | undefined;
  const map = (identify: (item: unknown) => unknown) => {
    found = identify;
    return [];
  };
  outcomeOf(() => ask(Object.assign([], { map })));
  return found;
}

/** By the name that class-validator reports. What is not here is asked of class-validator. */
export const COMPILED_RULES: ReadonlyMap<string, Compile> = new Map<string, Compile>([
  ['isString', () => (value) => typeof value === 'string' || value instanceof String],
  ['isBoolean', () => (value) => typeof value === 'boolean' || value instanceof Boolean],
  ['isInt', () => Number.isInteger],
  ['isNumber', ([options]) => numberJudge((options ?? {}) as NumberOptions)],
  ['isPositive', () => (value) => typeof value === 'number' && value > 0],
  ['isNegative', () => (value) => typeof value === 'number' && value < 0],
  ['min', numberThat((value, bound) => value >= bound)],
  ['max', numberThat((value, bound) => value <= bound)],
  ['isDefined', () => (value) => value !== undefined && value !== null],
  ['isNotEmpty', () => (value) => value !== undefined && value !== null && value !== ''],
  ['isArray', () => Array.isArray],
  ['arrayNotEmpty', () => (value) => Array.isArray(value) && value.length > 0],
  ['arrayMinSize', arrayThat((length, bound) => length >= bound)],
  ['arrayUnique', (_constraints, ask) => uniqueJudge(ask)],
  ['arrayMaxSize', arrayThat((length, bound) => length <= bound)],
  ['isByteLength', ([min, max]) => byteLengthJudge(min as number | undefined, max as number | undefined)],
  ['isStrongPassword', ([options]) => passwordJudge(options as PasswordOptions | undefined)],
]);

/**
 * The judge that may stand in for a constraint: it has the rule's name, and decides as the constraint does wherever both
 * were tried, so that somebody's own rule of the same name stays what it is.
 */
export function judgeFor(name: string, constraint: Constraint, args: RuleArguments): Judge | undefined {
  const ask = (value: unknown) => constraint.validate(value, { ...args, value });
  const judge = COMPILED_RULES.get(name)?.(args.constraints ?? [], ask);
  const isAlike = (probe: unknown) => outcomeOf(() => ask(probe)) === outcomeOf(() => judge?.(probe));
  return judge && PROBES.every(isAlike) ? judge : undefined;
}

/** Throws whatever is done with it: who looks into the items of a list, as a function given to `@ArrayUnique` does, shows here. */
const untouchable = (): object => new Proxy({}, new Proxy({}, { get: () => assert.fail() }));

const PROBES: readonly unknown[] = [
  undefined, null, '', ' ', 'a', '1', 'true', 'é😀', 'aA1£ bcd', 'aaAA11!!', 'aaaaAAAA', 'AAAA1111!', 'aaaa1111!', 0, -0, 1, -1, 2, 1.5, 0.125, -2.25, 5e9, Number.NaN, Infinity, -Infinity,
  true, false, 1n, Symbol.iterator, new Date(0), {}, { length: 1 }, [], [0], ['a', 'b'], new Array(100).fill(0), [Number.NaN], [untouchable(), untouchable()], new Set([1]),
  new Map(), () => 0, Object('a'), Object(true), Object(1),
]; // biome-ignore format: a list

function outcomeOf(ask: () => unknown): unknown {
  try {
    const outcome = ask();
    // Somebody's own rule of that name may take its time, and fail when nobody listens any more.
    if (isThenable(outcome)) outcome.then(undefined, () => {});
    return outcome;
  } catch {
    return 'thrown';
  }
}

/** Unlike class-validator's, it also knows the length of half a surrogate pair, where that one throws. */
function byteLengthJudge(min = 0, max = Number.POSITIVE_INFINITY): Judge {
  return (value) => {
    if (typeof value !== 'string') return false;
    const length = Buffer.byteLength(value);
    return length >= min && length <= max;
  };
}

interface NumberOptions {
  readonly allowNaN?: boolean;
  readonly allowInfinity?: boolean;
  readonly maxDecimalPlaces?: number;
}

/** Unlike class-validator's, it also knows the decimal places of 1e-7, where that one throws. */
function numberJudge({ allowNaN, allowInfinity, maxDecimalPlaces }: NumberOptions): Judge {
  return (value) => {
    if (typeof value !== 'number') return false;
    if (Number.isNaN(value)) return Boolean(allowNaN);
    if (!Number.isFinite(value)) return Boolean(allowInfinity);
    return maxDecimalPlaces === undefined || decimalPlaces(value) <= maxDecimalPlaces;
  };
}

function decimalPlaces(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}
