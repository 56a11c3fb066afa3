// InputType: what says at run time how an input must look, and Gate: what is made of it at boot.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AbstractClass, Class } from '../kernel/token.js';

/** A class whose values are single: an input of one string, number, truth value, date or big integer. */
export type ScalarClass =
  | StringConstructor
  | NumberConstructor
  | BooleanConstructor
  | DateConstructor
  | BigIntConstructor;

/**
 * The deliberate way round the gate: the input arrives as it came. Only its size, depth and key names were checked.
 *
 * @example
 * @Post() create(@Body(unchecked) body: unknown) { return typeof body; }
 */
export const unchecked: unique symbol = Symbol.for('specter-runtime.unchecked');

/** Which rules of a class are asked, in class-validator's own terms. Nothing said, all are. */
export interface RuleGroups {
  /** Rules of these groups, and those that are `always`; class-transformer's `@Expose` and `@Transform` follow them, too. */
  readonly groups?: readonly string[];
  /** With `groups`: whether rules without a group are asked as well. @default false */
  readonly always?: boolean;
  /** Without `groups`: whether rules that have a group are left out. @default false */
  readonly strictGroups?: boolean;
}

/** The names of these options. */
export const RULE_GROUPS = { groups: true, always: true, strictGroups: true } satisfies Record<keyof RuleGroups, true>;

/** What stands for one value: a DTO class, a scalar class, or a Standard Schema value (zod, valibot, arktype). */
export type ElementType = Class | AbstractClass | ScalarClass | StandardSchemaV1;

/** What an input can be declared as; `[Type]` is an array of them. */
export type InputType = ElementType | readonly [ElementType] | typeof unchecked;

/** What passes a check by that type. */
export type ValueOf<T> = T extends readonly [infer E]
  ? ValueOf<E>[]
  : T extends ScalarClass
    ? ScalarOf<T>
    : T extends StandardSchemaV1
      ? StandardSchemaV1.InferOutput<T>
      : T extends AbstractClass<infer V>
        ? V
        : unknown;

type ScalarOf<T extends ScalarClass> = T extends DateConstructor ? Date : ReturnType<T>;

/** The one way in for a kind of input: made once at boot, asked for every input. */
export interface Gate<T = unknown> {
  /** What it lets through, for documents and errors: `CreateFilm`, `number[]`, `zod schema`. */
  readonly describe: string;
  /** The input names that a DTO class takes; undefined for every other type. */
  readonly keys?: readonly string[];
  /**
   * Checks one input. At once whenever the rules are synchronous; a promise only when a rule made one.
   *
   * @throws ValidationError (422) with every fault; BodyError (400) for structures beyond the limits
   */
  check(input: unknown): T | Promise<T>;
}
