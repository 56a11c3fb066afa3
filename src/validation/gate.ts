// The gate: one compiled plan per input type, made at boot; the only way for outside input to reach the application.
import { InvalidArgumentError } from '../kernel/errors.js';
import type { FaultSource } from '../kernel/problem.js';
import { Check } from './check.js';
import type { AnyClass } from './decorator-notes.js';
import { DtoPlanner } from './dto-plan.js';
import { readObject } from './dto-reader.js';
import { UntypedInputError } from './errors.js';
import { joinPath, sentence } from './faults.js';
import { type ElementType, type Gate, type InputType, type RuleGroups, unchecked } from './input-type.js';
import { checkStructure, type Limits, limitsWith } from './limits.js';
import { RuleRun } from './rules.js';
import { readScalar } from './scalar-reader.js';
import { type ScalarKind, scalarFromText, scalarFromValue, scalarKindOf } from './scalars.js';
import { checkSchema, isStandardSchema } from './standard-schema.js';

export {
  type ElementType,
  type Gate,
  type InputType,
  RULE_GROUPS,
  type RuleGroups,
  type ScalarClass,
  unchecked,
} from './input-type.js';

/** What a gate is for. */
export interface GateOptions extends RuleGroups {
  /** The part of the input, for faults. */
  readonly in: FaultSource;
  /** Values are texts, or lists of texts, and are converted strictly: query, params, headers, cookies, environment. @default false */
  readonly convert?: boolean;
  /** The place in the code, for boot errors: `GreetingController.create, parameter 1 (@Body)`. */
  readonly where: string;
  /** The name of the one value, when the input is not the whole part: `page` for `@Query('page')`. Faults begin with it. */
  readonly name?: string;
  /** Whether nothing at all is a fault. @default true for body, payload and params; a named query value may be absent */
  readonly required?: boolean;
  /** How complex the input may be. @default 32 levels, 1000 keys, 5000 items, 20000 values */
  readonly limits?: Partial<Limits>;
  /** Whether whoever parsed the input has counted it already. @default false */
  readonly counted?: boolean;
}

/** Reads one input of one type, and tells the faults. */
interface Reader {
  readonly describe: string;
  readonly keys?: readonly string[];
  /** What nothing at all is. */
  readonly absent?: () => unknown;
  /** The value of an input that is good beyond doubt, without further ado; undefined for every other one. */
  quick?(input: unknown, convert: boolean): unknown;
  read(input: unknown, path: string, check: Check): unknown;
}

/**
 * Makes the gate for one input.
 *
 * @param type - a DTO class, `[Dto]`, a scalar class, a Standard Schema value, or `unchecked`
 * @throws UntypedInputError (`SPECTER_UNTYPED_INPUT`) when the type cannot be checked at run time;
 *   SecondCopyError (`SPECTER_SECOND_COPY`)
 * @example
 * const gate = compileGate(Number, { in: 'query', convert: true, where: 'FilmController.list, parameter 0 (@Query)', name: 'page' });
 * gate.check('2'); // 2
 */
export function compileGate(type: InputType | undefined, options: GateOptions): Gate {
  checkGroups(options);
  const limits = limitsWith(options.limits);
  const settings = { in: options.in, convert: options.convert ?? false };
  const required = options.required ?? REQUIRED.has(options.in);
  const path = options.name ?? '';
  const reader = readerOf(type, options.where, options);
  return {
    describe: reader.describe,
    ...(reader.keys && { keys: reader.keys }),
    check: (input) => {
      if (input === undefined && !required) return reader.absent?.();
      const good = reader.quick?.(input, settings.convert);
      if (good !== undefined) return good;
      if (!options.counted) checkStructure(input, limits, options.in);
      const check = new Check(input, settings);
      return check.settle(reader.read(input, path, check));
    },
  };
}

function checkGroups({ groups, where }: GateOptions): void {
  const isList = Array.isArray(groups) && groups.every((group) => typeof group === 'string');
  if (groups !== undefined && !isList)
    throw new InvalidArgumentError(`groups of ${where}`, "a list of their names, as ['create']", groups);
}

const REQUIRED: ReadonlySet<FaultSource> = new Set(['body', 'payload', 'params']);

function readerOf(type: unknown, where: string, options: GateOptions): Reader {
  if (type === unchecked) return anything(options);
  if (!Array.isArray(type)) return elementReader(type, where, options);
  if (type.length !== 1) {
    throw new UntypedInputError(
      where,
      `its type is a list of ${type.length}, but [Type] names the one type of all items.`,
    );
  }
  return arrayOf(elementReader(type[0] as ElementType, where, options));
}

function anything({ counted }: GateOptions): Reader {
  const itself = (input: unknown) => input;
  return { describe: 'unchecked', read: itself, ...(counted && { quick: itself }) };
}

function elementReader(type: unknown, where: string, groups: RuleGroups): Reader {
  if (isStandardSchema(type)) {
    const describe = `${type['~standard'].vendor} schema`;
    return {
      describe,
      read: (input, path, check) => check.attempt(() => checkSchema(type, input, path, check.faults)),
    };
  }
  const kind = scalarKindOf(type);
  if (kind) return scalar(kind);
  const lost = whyUntyped(type);
  if (lost) throw new UntypedInputError(where, lost);
  return dto(type as AnyClass, where, groups);
}

function scalar(kind: ScalarKind): Reader {
  return {
    describe: kind,
    quick: (input, convert) => {
      if (!convert) return scalarFromValue(kind, input);
      return typeof input === 'string' ? scalarFromText(kind, input) : undefined;
    },
    read: (input, path, check) => readScalar(kind, input, path, check),
  };
}

function dto(cls: AnyClass, where: string, groups: RuleGroups): Reader {
  const planner = new DtoPlanner(where, groups);
  const plan = planner.planOf(cls);
  return {
    describe: cls.name,
    keys: [...plan.inputs.keys()],
    read: (input, path, check) => {
      const instance = readObject(plan, input, path, check);
      if (instance) new RuleRun(planner, check).object(plan, instance, path);
      return instance;
    },
  };
}

function arrayOf(element: Reader): Reader {
  return {
    describe: `${element.describe}[]`,
    absent: () => [],
    read: (input, path, check) => {
      const list = check.convert && typeof input === 'string' ? [input] : input;
      if (!Array.isArray(list)) {
        check.faults.add(path, 'isArray', sentence(path, 'must be an array'));
        return undefined;
      }
      const items: unknown[] = [];
      for (let i = 0; i < list.length && !check.faults.full; i++) {
        items.push(element.read(list[i], joinPath(path, i), check));
      }
      return items.some((item) => item instanceof Promise) ? Promise.all(items) : items;
    },
  };
}

/** The types that say nothing about their values, and why. */
const EMPTY_TYPES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [
    undefined,
    'it has no type at run time; a build that emits no types (esbuild, tsx, vite) needs it in the decorator, as @Body(CreateFilm), @On(event, { type: Say }) or @Action({ type: Say }).',
  ],
  [Object, 'its type is lost at run time: an interface, a type alias or a union leaves only Object.'],
  [Function, 'its type is lost at run time: a class that is imported with `import type` leaves only Function.'],
  [Array, 'its type is an array, but nothing says of what.'],
  [Promise, 'its type is a Promise, which no input is.'],
]);

function whyUntyped(type: unknown): string | undefined {
  const known = EMPTY_TYPES.get(type);
  if (known) return known;
  return typeof type === 'function' && type.prototype ? undefined : 'its type is neither a class nor a schema.';
}
