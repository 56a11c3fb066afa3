// The type that a property declares: by @Type, by its rules, or by what the compiler emitted, in this order.
import { constraintsOf, type RuleNote, type TypeNote } from './decorator-notes.js';
import { type ScalarKind, scalarKindOf } from './scalars.js';

/** What holds the values of a property that has many. */
export type Collection = 'array' | 'set' | 'map';

const RULE_KINDS: Readonly<Record<string, ScalarKind>> = {
  isInt: 'number',
  isNumber: 'number',
  isPositive: 'number',
  isNegative: 'number',
  isDivisibleBy: 'number',
  min: 'number',
  max: 'number',
  isBoolean: 'boolean',
  isDate: 'date',
  minDate: 'date',
  maxDate: 'date',
  isString: 'string',
  isNumberString: 'string',
  isBooleanString: 'string',
  isDateString: 'string',
  isIso8601: 'string',
};

const ARRAY_RULES: ReadonlySet<string> = new Set([
  'isArray',
  'arrayContains',
  'arrayNotContains',
  'arrayNotEmpty',
  'arrayMinSize',
  'arrayMaxSize',
  'arrayUnique',
]);

/** The name that class-validator reports for a rule, as `isEmail`. */
export function ruleName(note: RuleNote): string {
  return constraintsOf(note)[0]?.name || note.type;
}

/** The kind of the single values of a property, where it can be known. */
export function scalarOf(notes: readonly RuleNote[], emitted: unknown): ScalarKind | undefined {
  const ruled = notes.map((note) => RULE_KINDS[ruleName(note)] ?? kindOfChoices(note));
  return ruled.find((kind) => kind !== undefined) ?? scalarKindOf(emitted);
}

/** `@IsIn`, `@IsEnum` and `@Equals` list values: what they all are is what the property is. */
function kindOfChoices(note: RuleNote): ScalarKind | undefined {
  const [first, second] = note.constraints ?? [];
  const lists: Readonly<Record<string, unknown>> = { isIn: first, isEnum: second, equals: [first] };
  const choices = lists[ruleName(note)];
  if (!Array.isArray(choices) || choices.length === 0) return undefined;
  const type = typeof choices[0];
  if (type !== 'number' && type !== 'boolean' && type !== 'bigint') return undefined;
  return choices.every((choice) => typeof choice === type) ? type : undefined;
}

/** What holds the values of a property, when it has many. */
export function collectionOf(
  notes: readonly RuleNote[],
  type: TypeNote | undefined,
  emitted: unknown,
): Collection | undefined {
  const reflected = type?.reflectedType ?? emitted;
  if (type && reflected === Map) return 'map';
  if (type && reflected === Set) return 'set';
  const many = reflected === Array || notes.some((note) => note.each || ARRAY_RULES.has(ruleName(note)));
  return many ? 'array' : undefined;
}

/** The most items that a property may have, when nothing makes that conditional: no more need to be read to refuse it. */
export function mostItems(notes: readonly RuleNote[]): number {
  if (notes.some((note) => note.type === 'conditionalValidation' && note.name !== 'isOptional')) return Infinity;
  const sizes = notes
    .filter((note) => ruleName(note) === 'arrayMaxSize' && !note.validateIf && !note.each)
    .map((note) => Number(note.constraints?.[0]));
  return Math.min(Infinity, ...sizes.filter((size) => !Number.isNaN(size)));
}
