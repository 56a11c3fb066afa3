// @HandlerTimeout: how long a method may take to answer, and what is answered when it takes longer.
import type { Class } from '../kernel/token.js';
import { Unavailable } from './errors.js';
import { exchangeOf } from './exchange.js';
import { ClassNotes, type ClassOrMethodTag } from './notes.js';
import type { Run } from './slot.js';

/** What stands on classes and methods. */
export const timeoutNotes = new ClassNotes<number | false>();

/**
 * How long a method, or each method of a controller, may take to answer; instead of `http.handlerTimeout`. Then the client
 * gets a 503 and `@Signal()` is aborted. A response that has begun, as a stream, is never cut off.
 *
 * @param ms - milliseconds since the request came, in real time; `false` for as long as it takes
 * @example
 * @Get('/report') @HandlerTimeout(120_000) report(@Signal() signal: AbortSignal) { return this.reports.make({ signal }); }
 */
export function HandlerTimeout(ms: number | false): ClassOrMethodTag {
  return timeoutNotes.tag([ms]);
}

/** What a method's decorators say: milliseconds, false, or nothing. */
export function handlerTimeoutOf(target: Class, method: string | symbol): number | false | undefined {
  return timeoutNotes.ofMethod(target, method).at(-1) ?? timeoutNotes.ofClass(target).at(-1);
}

/** Gives a run a time of its own, if its decorators say so. */
export function limitTime(ms: number | false | undefined, run: Run): Run {
  if (ms === undefined) return run;
  return (ctx) => {
    const exchange = exchangeOf(ctx);
    exchange.door?.patience.allow(exchange, ms || 0);
    return run(ctx);
  };
}

/** A method did not answer in time; its client was told so. */
export class HandlerTimeoutError extends Unavailable {
  constructor(ms: number) {
    super(`There was no answer within ${ms} ms.`, { code: 'SPECTER_HANDLER_TIMEOUT' });
  }
}
