// PropertyRules: all that class-validator's decorators say about one property, in the order in which it asks them.
import { constraintsOf, type RuleNote } from './decorator-notes.js';
import { UntypedInputError } from './errors.js';
import { fillTokens, Rule } from './rule.js';

/** Whether a property is judged at all, by its object and its value. */
export type Condition = (object: object, value: unknown) => unknown;

/** What one property must keep. */
export interface PropertyRules {
  /** `@IsOptional` and `@ValidateIf`: all must hold, else nothing is asked. */
  readonly conditions: readonly Condition[];
  /** `@ValidateIf` alone: one that fails for null says that null is welcome. */
  readonly explicitConditions: readonly Condition[];
  /** `@IsOptional` means absent here. Null needs `@Allow()`, or a `@ValidateIf` that leaves it out. */
  readonly refusesNull: boolean;
  readonly rules: readonly Rule[];
  /** The objects in it are judged by their own class's rules. */
  readonly nested: boolean;
  readonly nestedMessage: string | undefined;
  /** A promise in it is awaited first. */
  readonly promised: boolean;
}

/** Reads the decorators of one property. */
export function planRules(notes: readonly RuleNote[], key: string, place: string): PropertyRules {
  const conditional = notes.filter((note) => note.type === 'conditionalValidation');
  const explicit = conditional.filter((note) => note.name !== 'isOptional');
  const nested = notes.find((note) => note.type === 'nestedValidation');
  const allowed = notes.some((note) => note.type === 'whitelistValidation');
  // class-validator asks whether a value is defined before everything else.
  const ordered = [
    ...notes.filter((note) => note.type === 'isDefined'),
    ...notes.filter((note) => note.type === 'customValidation'),
  ];
  return {
    conditions: conditional.map(conditionOf),
    explicitConditions: explicit.map(conditionOf),
    refusesNull: explicit.length < conditional.length && !allowed,
    rules: ordered.flatMap((note) => rulesFrom(note, key, place)),
    nested: nested !== undefined,
    nestedMessage: nested && nestedMessage(nested, key),
    promised: notes.some((note) => note.type === 'promiseValidation'),
  };
}

function nestedMessage(note: RuleNote, key: string): string | undefined {
  const about = { constraints: note.constraints, targetName: note.target.name };
  return typeof note.message === 'string' ? fillTokens(note.message, about, key) : undefined;
}

function conditionOf(note: RuleNote): Condition {
  return note.constraints?.[0] as Condition;
}

function rulesFrom(note: RuleNote, key: string, place: string): Rule[] {
  const constraints = constraintsOf(note);
  if (constraints.length === 0) {
    const why = `@Validate(${note.constraintCls?.name ?? ''}) would never run.`;
    throw new UntypedInputError(place, why, 'Put @ValidatorConstraint() on the class of the constraint.');
  }
  return constraints.map((constraint) => new Rule(note, constraint, key));
}
