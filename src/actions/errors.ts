// The failures of actions: what a caller is told, and what is wrong at boot.
import { SpecterError } from '../kernel/errors.js';
import { makeProblem, ProblemError } from '../kernel/problem.js';

/** Somebody called an action that does not exist: status 404. */
export class UnknownActionError extends ProblemError {
  constructor() {
    super(makeProblem(404, { detail: 'There is no such action.', code: 'SPECTER_ACTION_UNKNOWN' }));
  }
}

/** An action did not end in its time: status 504. Its signal has been aborted. */
export class ActionTimeoutError extends ProblemError {
  constructor(ms: number) {
    super(makeProblem(504, { detail: `The action did not end within ${ms} ms.`, code: 'SPECTER_TIMEOUT' }));
  }
}

/** Two methods are one action. */
export class DuplicateActionError extends SpecterError {
  constructor(name: string, methods: readonly [string, string]) {
    super(
      'SPECTER_DUPLICATE_ACTION',
      `The action "${name}" is ${methods[0]} and ${methods[1]}. Give one of their classes another name: @Controller({ name: '...' }).`,
    );
  }
}
