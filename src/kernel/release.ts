// How a resource is closed: the documented list of methods that own() tries.
import { InvalidArgumentError, NoReleaseError } from './errors.js';

/** Tried in this order, after `Symbol.asyncDispose` and `Symbol.dispose`. */
export const RELEASE_METHODS = [
  'stop', 'close', 'destroy', 'teardown', 'end', 'dispose', 'disconnect', 'terminate', 'unsubscribe', 'release', 'kill', 'abort',
] as const; // biome-ignore format: a list

type Closer = (this: unknown) => unknown;

/** Finds how `resource` closes, and a label for it. */
export function releaseOf<R>(
  resource: R,
  release: keyof R | ((resource: R) => unknown) | undefined,
): { label: string; close: () => unknown } {
  const label = labelOf(resource);
  if (typeof release === 'function') return { label, close: () => release(resource) };
  const method = release === undefined ? findMethod(resource) : namedMethod(resource, release);
  if (!method) throw new NoReleaseError(label, ['[Symbol.asyncDispose]', '[Symbol.dispose]', ...RELEASE_METHODS]);
  return { label, close: () => method.call(resource) };
}

function findMethod(resource: unknown): Closer | undefined {
  if (typeof resource === 'function')
    return methodOf(resource, Symbol.asyncDispose) ?? methodOf(resource, Symbol.dispose) ?? (resource as Closer);
  for (const key of [Symbol.asyncDispose, Symbol.dispose, ...RELEASE_METHODS]) {
    const method = methodOf(resource, key);
    if (method) return method;
  }
  return undefined;
}

function namedMethod(resource: unknown, name: PropertyKey): Closer {
  const method = methodOf(resource, name);
  if (!method)
    throw new InvalidArgumentError('own()', `a method called ${String(name)} on ${labelOf(resource)}`, undefined);
  return method;
}

function methodOf(resource: unknown, key: PropertyKey): Closer | undefined {
  if (resource === null || (typeof resource !== 'object' && typeof resource !== 'function')) return undefined;
  const value = (resource as Record<PropertyKey, unknown>)[key];
  return typeof value === 'function' ? (value as Closer) : undefined;
}

function labelOf(resource: unknown): string {
  if (typeof resource === 'function') return resource.name || 'function';
  if (resource === null || typeof resource !== 'object') return String(typeof resource);
  return resource.constructor?.name ?? 'object';
}
