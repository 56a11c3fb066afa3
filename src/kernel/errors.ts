// SpecterError, and the failures that the kernel itself can report.
import { counted } from './counted.js';
import { kindOf, literalOf, textOf } from './kind-of.js';

/** A stable name for one kind of failure. Each has an entry in `docs/errors.md`. */
export type ErrorCode = `SPECTER_${string}`;

/**
 * Every failure the framework reports: what happened, where, and what to do.
 *
 * @example
 * try {
 *   await registry.waitFor('disk', { timeout: 100 });
 * } catch (error) {
 *   if (error instanceof SpecterError && error.code === 'SPECTER_WAIT_TIMEOUT') console.log(error.message);
 * }
 */
export class SpecterError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Work was asked of something that is not running. */
export class NotRunningError extends SpecterError {
  constructor(owner: string, what: string, phase: string) {
    super(
      'SPECTER_NOT_RUNNING',
      `${owner} cannot ${what}: it is ${phase}. Do it in onStart() or later, while ${owner} is running.`,
    );
  }
}

/** `start()` or `stop()` was called on an instance whose application does that. */
export class ManagedError extends SpecterError {
  constructor(name: string, method: 'start' | 'stop' | 'adopt') {
    const what = method === 'adopt' ? `adopt(${name})` : `${name}.${method}()`;
    super(
      'SPECTER_MANAGED',
      `${what} was called, but its application starts and stops ${name}. Use app.restart(${name}), or fail(error) from inside.`,
    );
  }
}

/** A class that an application makes gives options to `super()` that differ from what holds there. */
export class IgnoredOptionsError extends SpecterError {
  constructor(name: string, ignored: readonly string[]) {
    super(
      'SPECTER_INVALID_ROLE',
      `${name} gives ${ignored.join(', ')} to super(), which differs from what its application uses. ` +
        'Say name, startTimeout and stopTimeout in its decorator, as @Service({ stopTimeout: 1000 }); clock and bus are those of the application.',
    );
  }
}

/** Something was given to a scope that is closing or closed; it was released at once. */
export class ScopeClosedError extends SpecterError {
  constructor(scope: string, label: string) {
    super(
      'SPECTER_SCOPE_CLOSED',
      `${label} came too late: scope "${scope}" is closing, so it was released at once. Check \`signal.aborted\` before opening more.`,
    );
  }
}

/** A scope closed, but some of what it owned did not go quietly. */
export class ScopeCloseError extends AggregateError {
  readonly code: ErrorCode = 'SPECTER_RELEASE_FAILED';

  constructor(scope: string, failures: readonly Error[]) {
    super(
      failures,
      `Scope "${scope}" closed with ${counted(failures.length, 'failure')}:\n${failures.map((failure) => `  - ${failure.message}`).join('\n')}`,
    );
    this.name = 'ScopeCloseError';
  }
}

/** One owned thing failed to close. */
export class ReleaseFailedError extends SpecterError {
  constructor(path: string, cause: unknown) {
    super('SPECTER_RELEASE_FAILED', `${path} failed to close: ${messageOf(cause)}`, { cause });
  }
}

/** One owned thing did not close in time; the rest was released without it. */
export class StopTimeoutError extends SpecterError {
  /** What was left behind, for a report. */
  readonly left: string;

  /** @param said - what is told of it; by default that it did not end, and what it has open */
  constructor(path: string, ms: number, said: { readonly open?: string; readonly instead?: string } = {}) {
    const open = said.open ? ` (still open: ${said.open})` : '';
    const plain = `did not finish within ${ms} ms${open}. Give what it awaits a deadline of its own, or raise stopTimeout.`;
    super('SPECTER_STOP_TIMEOUT', `${path} ${said.instead ?? plain}`);
    this.left = `${path}, after ${ms} ms`;
    Object.defineProperty(this, 'left', { enumerable: false });
  }
}

/** A hook did not come to its end, so what its owner has is closed without it. */
export class HookTimeoutError extends StopTimeoutError {
  constructor(name: string, hook: 'onStart' | 'onStop', ms: number) {
    const instead =
      hook === 'onStart'
        ? `ignored its aborted signal for ${ms} ms and was left behind. Pass this.signal to what it awaits.`
        : `did not finish within ${ms} ms and was left behind; all it owns is closed now. ` +
          'Give what it awaits a deadline of its own, or raise @Service({ stopTimeout }).';
    super(`${name}.${hook}()`, ms, { instead });
  }
}

/** A service did not start in time. */
export class StartTimeoutError extends SpecterError {
  /** @param open - what it has acquired so far, which may be what it waits for */
  constructor(name: string, ms: number, waitingFor = '', open = '') {
    const has = open && `; it has open: ${open}`;
    super(
      'SPECTER_START_TIMEOUT',
      `${name} did not start within ${ms} ms${waitingFor ? `; it was waiting for ${waitingFor}` : has}. ` +
        'Let onStart() schedule long work with spawn() and return, or raise startTimeout.',
    );
  }
}

/** A start was given up because of a stop, a signal or a failed sibling. */
export class StartAbortedError extends SpecterError {
  constructor(name: string, why: string, cause?: unknown) {
    super('SPECTER_START_ABORTED', `${name} did not finish starting: ${why}.`, { cause });
  }
}

/** The value handed to `own()` has no method that closes it. */
export class NoReleaseError extends SpecterError {
  constructor(what: string, tried: readonly string[]) {
    super(
      'SPECTER_NO_RELEASE',
      `own() does not know how to close ${what}: it has none of ${tried.join(', ')}. ` +
        'Name its method, own(thing, "hangUp"), or pass a function, own(thing, (it) => ...).',
    );
  }
}

/** Something that needs an owner or an application was made outside of both. */
export class NoOwnerError extends SpecterError {
  constructor(what: string, need: string) {
    super(
      'SPECTER_NO_OWNER',
      `${what} needs ${need}, but nobody owns it. Make it in a field or the constructor of a managed class, or pass { owner: this }.`,
    );
  }
}

/** A wait passed its deadline. */
export class WaitTimeoutError extends SpecterError {
  constructor(waiter: string, target: string, ms: number, hint = '') {
    super('SPECTER_WAIT_TIMEOUT', `${waiter} waited ${ms} ms for ${target}, which did not come.${hint && ` ${hint}`}`);
  }
}

/** Waits and dependencies form a ring: none of them can end. */
export class WaitDeadlockError extends SpecterError {
  constructor(chain: readonly string[]) {
    super(
      'SPECTER_WAIT_DEADLOCK',
      `Nobody in this ring can go on: ${chain.join(' waits for ')}. Break it: listen for an event, or look up later.`,
    );
  }
}

/** Whoever waited is stopping, so nobody is left to wait. */
export class WaitEndedError extends SpecterError {
  constructor(waiter: string, target: string, why: string) {
    super('SPECTER_WAIT_ENDED', `${waiter} waited for ${target}, but the wait was ended: ${why}.`);
  }
}

/** The registry was cleared while somebody waited for an entry. */
export class RegistryClearedError extends SpecterError {
  constructor(waiter: string, key: string) {
    super(
      'SPECTER_REGISTRY_CLEARED',
      `${waiter} waited for ${key}, but the registry was cleared: the application has stopped.`,
    );
  }
}

/** Nothing is known under that name. */
export class NotFoundError extends SpecterError {
  constructor(what: string, key: string, near: readonly string[]) {
    super(
      'SPECTER_NOT_FOUND',
      `${what} has no ${key}.${near.length > 0 ? ` Near names: ${near.join(', ')}.` : ''} Provide it first.`,
    );
  }
}

/** The name is taken. */
export class AlreadyProvidedError extends SpecterError {
  constructor(key: string, owner: string | undefined) {
    super(
      'SPECTER_ALREADY_PROVIDED',
      `${key} is already provided${owner ? ` by ${owner}` : ''}. Choose another name, or pass { replace: true }.`,
    );
  }
}

/** An argument of a framework function is not usable. */
export class InvalidArgumentError extends SpecterError {
  constructor(where: string, expected: string, got: unknown, say = kindOf) {
    super('SPECTER_INVALID_ARGUMENT', `${where}: expected ${expected}, got ${say(got)}.`);
  }
}

/** An option that stands in the code is not usable: the message shows it. */
export class InvalidOptionError extends InvalidArgumentError {
  constructor(where: string, expected: string, got: unknown) {
    super(where, expected, got, literalOf);
  }
}

/** The text of an error of any kind, for a message. */
export function messageOf(error: unknown): string {
  return typeof error === 'string' ? error : errorOf(error).message;
}

/** Anything thrown, as an Error that can be read: a hostile getter or proxy must not throw again where errors are told. */
export function errorOf(thrown: unknown): Error {
  try {
    if (!isErrorLike(thrown)) return new Error(textOf(thrown), { cause: thrown });
    void `${thrown.name}${thrown.message}`;
    return thrown;
  } catch {
    return new Error('Something was thrown that cannot be read: a proxy, or an object whose getters throw');
  }
}

/** An error of another realm, as a native driver's under a test runner, is no instance of this one's Error. */
function isErrorLike(thrown: unknown): thrown is Error {
  if (thrown instanceof Error) return true;
  const { message, stack } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<Error>;
  return typeof message === 'string' && typeof stack === 'string';
}
