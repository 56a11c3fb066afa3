// What a gate says to an input, as plain data to compare.

import type { ValidationError as TheirError } from 'class-validator';
import { ValidationError } from '../../src/validation/errors.js';
import type { Gate } from '../../src/validation/gate.js';

/** The faults of one input as `path rule`, in order; fails when the gate lets it through. */
export function faultsOf(gate: Gate, input: unknown): string[] {
  return rejectionOf(gate, input).faults.map((fault) => `${fault.path} ${fault.rule}`);
}

/** The rejection of one input, for gates that decide at once. */
export function rejectionOf(gate: Gate, input: unknown): ValidationError {
  try {
    const value = gate.check(input);
    throw new Error(`the gate let it through: ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
}

/** What class-validator found, as sorted lines. @param names - of properties that have another one outside */
export function told(errors: readonly TheirError[], names: Readonly<Record<string, string>> = {}): string[] {
  return linesOf(errors, names, '').sort();
}

function linesOf(errors: readonly TheirError[], names: Readonly<Record<string, string>>, above: string): string[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const path = `${above}${names[property] ?? property}`;
    const own = Object.entries(constraints).map(([rule, message]) =>
      rule === 'whitelistValidation' ? `${path} unknown` : `${path} ${rule}: ${message}`,
    );
    return [...own, ...linesOf(children, names, `${path}.`)];
  });
}

/** What a gate finds, as the same lines; none when it lets the input through. */
export function tells(gate: Gate, input: unknown): string[] {
  try {
    gate.check(input);
    return [];
  } catch (error) {
    return linesIn(error);
  }
}

/** The same for a gate whose rules take time. */
export async function tellsInTime(gate: Gate, input: unknown): Promise<string[]> {
  try {
    await gate.check(input);
    return [];
  } catch (error) {
    return linesIn(error);
  }
}

function linesIn(error: unknown): string[] {
  if (!(error instanceof ValidationError)) throw error;
  return error.faults
    .map(({ path, rule, message }) => (rule === 'unknown' ? `${path} unknown` : `${path} ${rule}: ${message}`))
    .sort();
}

/** The code of whatever is thrown. */
export function codeOf(step: () => unknown): string | undefined {
  try {
    step();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return undefined;
}
