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

/** A name that was given to one call is used for another one: status 422. */
export class CallIdReusedError extends ProblemError {
  constructor() {
    const detail = 'Another payload was sent under this call id before. Give each call an id of its own.';
    super(makeProblem(422, { detail, code: 'SPECTER_CALL_ID_REUSED' }));
  }
}

/** A name of a call that nobody could tell from others, or that is no text: status 400. */
export class CallIdError extends ProblemError {
  constructor() {
    const detail = 'A call id has 16 to 128 characters: letters, digits, - and _. Make it of random bytes.';
    super(makeProblem(400, { detail, code: 'SPECTER_CALL_ID' }));
  }
}

/** A call whose client has given it up, or was away for too long, and asks for its answer after all: status 409. */
export class CallGivenUpError extends ProblemError {
  constructor() {
    const detail =
      'The call was given up, by its client or because that was away for too long. It may have been done in part.';
    super(makeProblem(409, { detail, code: 'SPECTER_CALL_GIVEN_UP' }));
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

/** Somebody asked for a job that does not exist, does not exist any more, or is somebody else's: status 404. */
export class UnknownJobError extends ProblemError {
  constructor() {
    super(makeProblem(404, { detail: 'There is no such job, or none any more.', code: 'SPECTER_JOB_UNKNOWN' }));
  }
}

/** The outcome of a job that was called off: status 409. */
export class CancelledJobError extends ProblemError {
  constructor() {
    super(makeProblem(409, { detail: 'The job was called off.', code: 'SPECTER_JOB_CANCELLED' }));
  }
}

/** The outcome of a job that the end of the application has overtaken: status 503. */
export class LostJobError extends ProblemError {
  constructor() {
    const detail = 'The job did not end before the application did. Nobody knows how far it came.';
    super(makeProblem(503, { detail, code: 'SPECTER_JOB_LOST' }));
  }
}
