// @Interval, @Timeout, @Listen, @Observe, @Poll, @Stream, @Watcher: notes now, wiring at start.
import { homeOf } from '../kernel/home.js';
import { isThenable, type Scope } from '../kernel/scope.js';
import type { Class, Token } from '../kernel/token.js';
import { Watch, watchFrom } from '../kernel/watch.js';
import type { WatchOptions } from '../kernel/watch-loop.js';
import { InvalidRoleError } from './errors.js';
import type { Parts, Role, RoleOptions } from './role.js';
import { type ClassTag, type MethodTag, membersOf, note, tag } from './tags.js';

export type Method = (...parameters: unknown[]) => unknown;
type Wire = (method: Method, scope: Scope, parts: Parts) => unknown;

/** Everything that runs by a declaration on a method. */
const declared: Role = {
  name: 'declared',
  dependsOn: (target) => membersOf<Declared>(target, declared).flatMap(({ data }) => data.needs ?? []),
  attach(instance, _options, scope, parts) {
    for (const { method, data } of membersOf<Declared>(instance.constructor as Class, declared)) {
      data.wire(methodOf(instance, method), scope, parts);
    }
  },
};

/** What a declaration on a method does at each start. */
export interface Declared {
  readonly wire: Wire;
  readonly needs?: readonly Token[];
}

/** Calls the method every `ms` milliseconds while the instance runs; calls never overlap. */
export function Interval(ms: number): MethodTag {
  return declare({ wire: (method, scope) => scope.interval(named(method), ms) });
}

/** Calls the method once, `ms` milliseconds after each start. */
export function Timeout(ms: number): MethodTag {
  return declare({ wire: (method, scope) => scope.timeout(named(method), ms) });
}

/** Calls the method at each event of that name on the bus. */
export function Listen(event: string): MethodTag {
  return declare({ wire: (method, scope) => busOf(scope).on(event, awaited(method, scope), { owner: scope }) });
}

/** Calls the method with each value of a watcher, the last one included if there is one. */
export function Observe<T>(watcher: Class<Watch<T>>): MethodTag {
  return declare({
    needs: [watcher],
    wire: (method, scope, parts) =>
      parts.get(watcher).subscribe(awaited(method, scope), { owner: scope, immediate: true }),
  });
}

/** Makes the method the source of its watcher: called every `ms` milliseconds, never overlapping. */
export function Poll<T = unknown>(ms: number, options: WatchOptions<T> = {}): MethodTag {
  return note(watcher as Role<never>, { kind: 'poll', ms, options });
}

/** Makes the method the source of its watcher: an async generator that is opened again when it ends. */
export function Stream<T = unknown>(options: WatchOptions<T> = {}): MethodTag {
  return note(watcher as Role<never>, { kind: 'stream', ms: 0, options });
}

interface SourceNote {
  readonly kind: 'poll' | 'stream';
  readonly ms: number;
  readonly options: WatchOptions;
}

const watcher: Role = {
  name: 'watcher',
  check(target) {
    const sources = membersOf<SourceNote>(target, watcher);
    if (!(target.prototype instanceof Watch))
      throw new InvalidRoleError(
        target.name,
        'is a watcher but does not extend Watch',
        'Write: class It extends Watch<Value>.',
      );
    if (sources.length !== 1)
      throw new InvalidRoleError(
        target.name,
        `has ${sources.length} @Poll or @Stream methods`,
        'A watcher has exactly one.',
      );
  },
  attach(instance, _options, scope) {
    for (const { method, data } of membersOf<SourceNote>(instance.constructor as Class, watcher)) {
      const source = methodOf(instance, method);
      const from =
        data.kind === 'poll'
          ? { poll: source as () => unknown, interval: data.ms }
          : { stream: source as (signal: AbortSignal) => AsyncIterable<unknown> };
      watchFrom(instance as Watch<unknown>, from, data.options, scope);
    }
  },
};

/** Tags a class that extends `Watch` and has one `@Poll` or `@Stream` method. */
export function Watcher(options: RoleOptions = {}): ClassTag {
  return tag(watcher, options);
}

/** Makes a decorator that wires a method at each start. */
export function declare(data: Declared): MethodTag {
  return note(declared as Role<never>, data);
}

function methodOf(instance: object, method: string | symbol): Method {
  const fn = (instance as Record<string | symbol, Method>)[method];
  if (typeof fn !== 'function')
    throw new InvalidRoleError(
      instance.constructor.name,
      `has no method ${String(method)}`,
      'Put the decorator on a method.',
    );
  return Object.defineProperty((...parameters: unknown[]) => fn.apply(instance, parameters), 'name', {
    value: fn.name,
  });
}

/** What the method still does when the instance stops is waited for. */
function awaited(method: Method, scope: Scope): Method {
  const call = (...parameters: unknown[]) => {
    const result = method(...parameters);
    if (isThenable(result) && !scope.closing) holdUntilSettled(result, { scope, label: method.name });
    return result;
  };
  return Object.defineProperty(call, 'name', { value: method.name });
}

function holdUntilSettled(work: PromiseLike<unknown>, { scope, label }: { scope: Scope; label: string }): void {
  const settled = Promise.resolve(work).catch(() => {});
  const wait = () => settled;
  const forget = scope.hold({ kind: 'task', label, release: wait, quiesce: wait });
  void settled.then(forget);
}

/** A timer is called without arguments; what it is called appears in reports. */
function named(method: Method): () => unknown {
  return Object.defineProperty(() => method(), 'name', { value: method.name });
}

function busOf(scope: Scope) {
  const home = homeOf(scope);
  if (!home) throw new TypeError(`Scope ${scope.name} has no home`);
  return home.environment.bus;
}
