// A Standard Schema value (zod, valibot, arktype) as a check: the schema decides, its issues become faults.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isThenable } from '../kernel/thenable.js';
import { Echo } from './echo.js';
import { type Faults, joinPath, sentence } from './faults.js';

/** Whether a value speaks the Standard Schema protocol. Schemas may be functions. */
export function isStandardSchema(type: unknown): type is StandardSchemaV1 {
  if ((typeof type !== 'object' && typeof type !== 'function') || type === null) return false;
  const standard: unknown = (type as Partial<StandardSchemaV1>)['~standard'];
  return typeof (standard as { validate?: unknown } | undefined)?.validate === 'function';
}

/**
 * The value that the schema makes of the input; undefined, with faults, when it refuses it.
 *
 * @param path - where the input is, for the faults
 */
export function checkSchema(schema: StandardSchemaV1, input: unknown, path: string, faults: Faults): unknown {
  const result = schema['~standard'].validate(input);
  if (!isThenable(result)) return take(result, input, path, faults);
  return Promise.resolve(result).then((settled) => take(settled, input, path, faults));
}

function take(result: StandardSchemaV1.Result<unknown>, input: unknown, path: string, faults: Faults): unknown {
  if (!result.issues) return result.value;
  const echo = new Echo(input);
  for (const issue of result.issues) {
    if (faults.full) break;
    const at = (issue.path ?? []).reduce<string>((base, segment) => joinPath(base, keyOf(segment)), path);
    faults.add(at, 'schema', echo.isIn(issue.message) ? sentence(at, 'is not valid') : issue.message);
  }
  // An empty list of issues is a refusal all the same.
  if (result.issues.length === 0) faults.add(path, 'schema', sentence(path, 'is not valid'));
  return undefined;
}

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
