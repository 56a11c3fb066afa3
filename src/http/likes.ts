// What decorators and options give as guards and middleware: whether it is one, and how a class came to ask for it.
import { InvalidRoleError } from '../app/errors.js';
import type { Class, Token } from '../kernel/token.js';
import { guardNotes } from './guard.js';
import { middlewareNotes } from './middleware.js';
import type { ClassNotes } from './notes.js';

interface Kind {
  readonly noun: 'guard' | 'middleware';
  readonly decorator: '@Guard' | '@Use';
  /** What a class of this kind has. */
  readonly method: 'check' | 'use';
  readonly call: string;
  readonly notes: ClassNotes<unknown>;
}

const GUARD: Kind = {
  noun: 'guard',
  decorator: '@Guard',
  method: 'check',
  call: 'check(call)',
  notes: guardNotes as ClassNotes<unknown>,
};
const MIDDLEWARE: Kind = {
  noun: 'middleware',
  decorator: '@Use',
  method: 'use',
  call: 'use(ctx, next)',
  notes: middlewareNotes as ClassNotes<unknown>,
};
const KINDS = [GUARD, MIDDLEWARE];

/**
 * What is no guard, and what is no middleware.
 *
 * @param targets - the classes of the application
 * @param root - its root module, if it has one
 * @param guards - those of the application itself
 */
export function likeFaults(
  targets: readonly Class[],
  root: Class | undefined,
  guards: readonly unknown[] = [],
): Error[] {
  const listed = new Set<unknown>(targets);
  const own = guards.flatMap((item, index) =>
    faultOf(GUARD, { place: `${index + 1} of the option guards`, item }, listed),
  );
  const written = KINDS.flatMap((kind) =>
    [...(root ? [root] : []), ...targets].flatMap((target) =>
      kind.notes.placed(target).flatMap((at) => faultOf(kind, at, listed)),
    ),
  );
  return [...own, ...written];
}

/** How a class came to ask for a guard or a middleware. */
export function reasonOf(target: Class, token: Token): string | undefined {
  for (const { noun, notes } of KINDS) {
    const found = notes.placed(target).find(({ item }) => item === token);
    if (found) return `as ${noun} ${found.place}`;
  }
  return undefined;
}

interface At {
  readonly place: string;
  readonly item: unknown;
}

function faultOf(kind: Kind, { place, item }: At, listed: ReadonlySet<unknown>): Error[] {
  const { noun, decorator, method, call } = kind;
  const fault = (why: string, cure: string) => [new InvalidRoleError(`${noun} ${place}`, why, cure)];
  if (item === undefined)
    return fault(
      'is undefined: what it names was not defined yet, probably because of a ring of files that import each other',
      `Break the ring of imports, or move the ${noun} to a file of its own.`,
    );
  if (Array.isArray(item)) return fault('is a list', `Give each by itself: ${decorator}(first, second).`);
  if (typeof item === 'function') {
    const isOne = !listed.has(item) || hasMethod(item as Class, method);
    return isOne ? [] : fault(`is the class ${item.name}, which has no ${method}() method`, `Give it ${call}.`);
  }
  const name: unknown = (item as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  if (typeof (item as Record<string, unknown> | null)?.[method] === 'function')
    return fault(
      `is an instance of ${name}`,
      `Give the class, as ${decorator}(${name}), and add it to the providers of a module.`,
    );
  return fault(`is no ${noun}`, `Give a function, or a class with ${call}.`);
}

/** On its prototype, or in a field, which only shows in the text of the class. */
function hasMethod(target: Class, method: string): boolean {
  if (typeof (target.prototype as Record<string, unknown> | undefined)?.[method] === 'function') return true;
  for (
    let at: unknown = target;
    typeof at === 'function' && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const text = Function.prototype.toString.call(at);
    // A function that was not written as a class is used as it is.
    if (new RegExp(`\\b${method}\\b`).test(text) || !text.startsWith('class')) return true;
  }
  return false;
}
