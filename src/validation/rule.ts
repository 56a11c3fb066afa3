// Rule: one class-validator decorator on one property, ready to judge values.

import { isThenable } from '../kernel/thenable.js';
import { type Judge, judgeFor } from './compiled-rules.js';
import type { Constraint, ConstraintNote, RuleArguments, RuleNote } from './decorator-notes.js';
import { type Echo, repeats } from './echo.js';

/** Judges with class-validator's own constraint, or with what is compiled to stand in for it, and says what it asks for without saying what it got. */
export class Rule {
  /** The name that class-validator reports, as `isEmail`. */
  readonly name: string;
  readonly #note: RuleNote;
  readonly #source: ConstraintNote;
  readonly #key: string;
  #constraint: Constraint | undefined;
  #judge: Judge | undefined;
  /** What it says when it sees no value at all: a text that is the same for every input. */
  #usual: string | undefined;

  constructor(note: RuleNote, source: ConstraintNote, key: string) {
    this.name = source.name || note.type;
    this.#note = note;
    this.#source = source;
    this.#key = key;
  }

  /** Whether the rule's own `validateIf` lets it run. */
  applies(object: object, value: unknown): boolean {
    return this.#note.validateIf === undefined || this.#note.validateIf(object, value);
  }

  /** Whether the value keeps the rule; a promise when the constraint made one. */
  judge(object: object, value: unknown): boolean | Promise<boolean> {
    const constraint = this.#ready();
    const compiled = this.#judge;
    if (compiled) return this.#note.each && isCollection(value) ? itemsOf(value).every(compiled) : compiled(value);
    const args = this.#arguments(object, value);
    if (!this.#note.each || !isCollection(value)) return verdict(constraint.validate(value, args));
    const verdicts = itemsOf(value).map((item) => validateItem(constraint, item, args));
    if (!verdicts.some(isThenable)) return verdicts.every(Boolean);
    return Promise.all(verdicts).then((settled) => settled.every(Boolean));
  }

  /** What the rule asks for; undefined when its text cannot be told without the value. */
  message(object: object, value: unknown, echo: Echo): string | undefined {
    const text = this.#text(this.#arguments(object, value));
    if (text === undefined || (text === this.#usual && this.#isStateless())) return text;
    // A value that the decorator names itself, as the 1 of @Length(1, 3), is not the client's secret.
    const isNamed = this.#note.constraints?.includes(value);
    return (!isNamed && repeats(text, value)) || echo.isIn(text) ? undefined : text;
  }

  /** A constraint class comes from class-validator's container, which each application may fill anew; all else stays. */
  #ready(): Constraint {
    const known = this.#constraint;
    if (known && this.#isMade()) return known;
    this.#constraint = this.#source.instance;
    if (!known) {
      const args = this.#arguments({}, undefined);
      this.#usual = this.#text(args);
      if (this.#isMade()) this.#judge = judgeFor(this.name, this.#constraint, args);
    }
    return this.#constraint;
  }

  /** A text given with the decorator, or a constraint without a class of its own, has nowhere to keep a value it saw. */
  #isStateless(): boolean {
    return Boolean(this.#note.message) || this.#isMade();
  }

  /** class-validator itself made a constraint of functions. */
  #isMade(): boolean {
    return this.#note.constraintCls?.name === 'CustomConstraint';
  }

  #text(args: RuleArguments): string | undefined {
    const { message } = this.#note;
    try {
      const text = typeof message === 'function' ? message(args) : message || this.#constraint?.defaultMessage?.(args);
      return text ? fillTokens(text, args, this.#key) : undefined;
    } catch {
      return undefined;
    }
  }

  #arguments(object: object, value: unknown): RuleArguments {
    const { constraints, propertyName } = this.#note;
    return { targetName: object.constructor?.name ?? '', property: propertyName, object, value, constraints };
  }
}

/** class-validator's tokens, but for `$value`: a text that has that one is not told. */
export function fillTokens(
  text: string,
  { constraints, targetName }: Pick<RuleArguments, 'constraints' | 'targetName'>,
  key: string,
): string | undefined {
  if (text.includes('$value')) return undefined;
  return text
    .replace(/\$constraint(\d+)/g, (token, n: string) => constraintText(constraints, Number(n) - 1) ?? token)
    .replaceAll('$property', () => key)
    .replaceAll('$target', () => targetName);
}

function constraintText(constraints: readonly unknown[] | undefined, index: number): string | undefined {
  if (!constraints || index >= constraints.length) return undefined;
  const constraint = constraints[index];
  return Array.isArray(constraint) ? constraint.join(', ') : String(constraint);
}

// Looked up once: this runs for every value that has a rule.
const { isArray } = Array;
const SetClass = Set;
const MapClass = Map;

/** What class-validator takes for many values. */
export type Many = readonly unknown[] | ReadonlySet<unknown> | ReadonlyMap<unknown, unknown>;

/** Whether a value is many. */
export function isCollection(value: unknown): value is Many {
  if (typeof value !== 'object' || value === null) return false;
  return isArray(value) || value instanceof SetClass || value instanceof MapClass;
}

function itemsOf(value: Many): readonly unknown[] {
  return value instanceof Map ? [...value.values()] : [...(value as Iterable<unknown>)];
}

/** What is thrown for one item waits with the promises of the others, so that none of those is left alone. */
function validateItem(constraint: Constraint, item: unknown, args: RuleArguments): unknown {
  try {
    return constraint.validate(item, args);
  } catch (error) {
    return Promise.reject(error);
  }
}

function verdict(result: unknown): boolean | Promise<boolean> {
  if (typeof result === 'boolean') return result;
  return isThenable(result) ? Promise.resolve(result).then(Boolean) : Boolean(result);
}
