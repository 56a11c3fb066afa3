// What a gate says to an input, as plain data to compare.

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

/** The code of whatever is thrown. */
export function codeOf(step: () => unknown): string | undefined {
  try {
    step();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return undefined;
}
