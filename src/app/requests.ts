// What the parameters of a constructor ask for, from @Inject or from the types that the compiler emitted.
import { type Class, type Token, tokenName } from '../kernel/token.js';
import { TypeLostError } from './errors.js';
import { type Request, Requested } from './inject.js';
import { about } from './places.js';
import { emittedTypes, parameterNotes } from './tags.js';

/** One request for each constructor parameter; none, and a SPECTER_TYPE_LOST fault, for one that says nothing at run time. */
export function requestsOf(target: Class): {
  readonly requests: readonly (Request | undefined)[];
  readonly faults: readonly Error[];
} {
  const emitted = emittedTypes(target);
  const notes = parameterNotes(target, undefined);
  const count = Math.max(emitted?.length ?? target.length, ...[...notes.keys()].map((index) => index + 1));
  const faults: Error[] = [];
  const requests = Array.from({ length: count }, (_, index) => {
    const asked = notes.get(index)?.find((note) => note instanceof Requested)?.request;
    return asked ?? byType(target, index, { emitted, faults });
  });
  return { requests, faults };
}

function byType(
  target: Class,
  index: number,
  at: { emitted: readonly unknown[] | undefined; faults: Error[] },
): Request | undefined {
  const type = at.emitted?.[index];
  const lost = whyLost(at.emitted, type);
  if (!lost) return { token: type as Token, optional: false, all: false };
  at.faults.push(about(new TypeLostError(tokenName(target), index, lost), [target]));
  return undefined;
}

const ERASED = new Set<unknown>([String, Number, Boolean, Array, Promise, BigInt, Symbol]);

function whyLost(emitted: readonly unknown[] | undefined, type: unknown): string | undefined {
  if (!emitted) return 'this build emits no types (esbuild and tsx do not, tsc does with emitDecoratorMetadata)';
  if (type === undefined) return 'its class was not defined yet, probably a ring of files that import each other';
  if (type === Object) return 'it is an interface, a union, or its class was imported with `import type`';
  if (type === Function) return 'its class was imported with `import type`';
  return ERASED.has(type) ? `a ${(type as Class).name} cannot be looked up by its type` : undefined;
}
