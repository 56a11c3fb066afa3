// What the gate refuses: input that breaks its rules, bodies that cannot be read, and types that say nothing.
import { SpecterError } from '../kernel/errors.js';
import { type Fault, type FaultSource, makeProblem, ProblemError } from '../kernel/problem.js';

/** How a sentence names the part of the input that it is about. */
const SOURCES: Readonly<Record<FaultSource, string>> = {
  body: 'body',
  query: 'query',
  params: 'path parameters',
  headers: 'headers',
  cookies: 'cookies',
  payload: 'payload',
  env: 'environment',
};

/**
 * Input broke its rules: status 422, with every fault, at most 20.
 *
 * @example
 * try {
 *   await gate.check(input);
 * } catch (error) {
 *   if (error instanceof ValidationError) console.log(error.faults.map((fault) => fault.path));
 * }
 */
export class ValidationError extends ProblemError {
  /**
   * @param faults - why the input was rejected; at least one
   * @param options.cause - what the application's own rule or transformation threw on the way; kept for the log
   * @param options.message - for the log, by default the detail that the caller sees
   */
  constructor(faults: readonly Fault[], options: { cause?: unknown; message?: string } = {}) {
    const sources = [...new Set(faults.map((fault) => SOURCES[fault.in]))].join(' and ') || 'input';
    const detail = `The ${sources} did not pass validation; \`errors\` says where and why.`;
    super(makeProblem(422, { detail, code: 'SPECTER_VALIDATION', errors: faults }), options);
  }

  /** Why the input was rejected. */
  get faults(): readonly Fault[] {
    return this.problem.errors ?? [];
  }
}

/** The kinds of bodies that are refused before any rule is asked. */
export type BodyErrorCode =
  | 'SPECTER_BODY_SYNTAX'
  | 'SPECTER_BODY_ENCODING'
  | 'SPECTER_BODY_TOO_COMPLEX'
  | 'SPECTER_BODY_FORBIDDEN_KEY';

/** Input that is malformed, too complex, or holds a key that no input may hold: status 400. */
export class BodyError extends ProblemError {
  /**
   * @param code - which of them
   * @param source - the part of the input
   * @param what - the predicate of the sentence, as `is not valid JSON`; never a value
   */
  constructor(code: BodyErrorCode, source: FaultSource, what: string) {
    super(makeProblem(400, { detail: `The ${SOURCES[source]} ${what}.`, code }));
  }
}

const WHAT_TO_GIVE =
  'Give it a class with class-validator rules, [Class] for an array, String, Number, Boolean, Date or BigInt, ' +
  'a Standard Schema value (zod, valibot, arktype), or `unchecked` to take whatever comes.';

/** At boot: an input has no type that can be checked at run time. Nothing is let through instead. */
export class UntypedInputError extends SpecterError {
  /**
   * @param where - the place of the input, as `GreetingController.create, parameter 1 (@Body)`
   * @param why - what is wrong with its type, as a sentence
   * @param advice - what to do; by default the list of types that an input may have
   */
  constructor(where: string, why: string, advice: string = WHAT_TO_GIVE) {
    super('SPECTER_UNTYPED_INPUT', `${where}: ${why} ${advice}`);
  }
}

/** At boot: a class has decorators from two copies of class-transformer, so neither copy knows all of it. */
export class SecondCopyError extends SpecterError {
  constructor(where: string, className: string, files: readonly string[]) {
    super(
      'SPECTER_SECOND_COPY',
      `${where}: the decorators of ${className} and of its base classes come from ${files.length} copies of class-transformer, ` +
        `${files.join(' and ')}. Keep one: run \`npm dedupe\`, or let the packages that bring it ask for it as a peer dependency.`,
    );
  }
}
