// What a printed boot error shows besides its message: the caller's own lines, and nothing twice.
import { framesOf } from '../kernel/birth.js';
import { SpecterError } from '../kernel/errors.js';

/** Cuts the stack to the message and the lines of whoever called: the way through the framework helps nobody. */
export function cutStack(error: Error): void {
  const own = framesOf(error).filter(({ of }) => of === 'user');
  Object.defineProperty(error, 'stack', { value: [head(error), ...own.map(({ line }) => line)].join('\n') });
}

/** Leaves the message alone: where a fault of the wiring was found says nothing about where it was made. */
export function dropStack(error: Error): void {
  Object.defineProperty(error, 'stack', { value: head(error), writable: true, configurable: true });
}

/** Gives an error a property that hosts print as one word, however long it is. */
export function hide<T>(error: Error, name: string, value: T): void {
  Object.defineProperty(error, name, { get: () => value, enumerable: false });
}

/** An error of the framework's own, as of a deadline: its message is told, and nobody's code is on its way. */
export function saysNothingMore(cause: unknown): boolean {
  return cause instanceof SpecterError && framesOf(cause).every(({ of }) => of !== 'user');
}

function head({ name, message }: Error): string {
  return `${name}: ${message}`;
}
