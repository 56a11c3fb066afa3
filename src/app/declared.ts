// @Interval, @Timeout, @Listen, @Observe, @Poll, @Stream, @Watcher: notes now, wiring at start.
import { checkDuration } from '../kernel/clock.js';
import { homeOf } from '../kernel/home.js';
import type { Scope } from '../kernel/scope.js';
import { isThenable } from '../kernel/thenable.js';
import type { Class, Token } from '../kernel/token.js';
import { Watch, watchFrom } from '../kernel/watch.js';
import type { WatchOptions } from '../kernel/watch-loop.js';
import { safely } from './collect.js';
import { InvalidRoleError } from './errors.js';
import type { Parts, Role, RoleOptions } from './role.js';
import { type ClassTag, type MethodTag, membersOf, note, tag } from './tags.js';

export type Method = (...parameters: unknown[]) => unknown;
type Wire = (method: Method, scope: Scope, at: Place) => unknown;

/** Where something is wired: the application, and the instance. */
interface Place extends Parts {
  readonly self: object;
}

/** What a declaration needs, or where its instance has it, as `(self: Mirror) => self.config.every`. Read at each start. */
export type Setting<V, Self> = V | ((self: Self) => V);

/** A decorator for methods of `Self`. */
export type MethodOf<Self> = (prototype: Self, method: string | symbol) => void;

/** A role of classes that declare on methods what runs. @param name - shows in errors about what it needs */
function wiring(name: string): Role {
  const role: Role = {
    name,
    check(target) {
      const faults: Error[] = [];
      for (const { method, data } of membersOf<Declared>(target, role))
        safely(() => data.check?.(`${target.name}.${String(method)}`) ?? [], faults);
      if (faults.length > 0) throw new AggregateError(faults);
    },
    dependsOn: (target) => membersOf<Declared>(target, role).flatMap(({ data }) => data.needs ?? []),
    attach(instance, _options, scope, parts) {
      for (const { method, data } of membersOf<Declared>(instance.constructor as Class, role)) {
        data.wire(methodOf(instance, method), scope, { ...parts, self: instance });
      }
    },
  };
  return role;
}

const declared = wiring('declared');
const observer = wiring('Observe');

/** What a declaration on a method does at each start. */
export interface Declared {
  readonly wire: Wire;
  readonly needs?: readonly Token[];
  /** At boot. @param where - the class and the method @throws what is wrong with it */
  readonly check?: (where: string) => undefined;
}

/** Calls the method every `ms` milliseconds while the instance runs; calls never overlap. @param ms - or where the instance has it */
export function Interval<Self extends object = object>(ms: Setting<number, Self>): MethodOf<Self> {
  return declare({
    wire: (method, scope, { self }) => scope.interval(named(method), settingOf(ms, self)),
    check: (where) => checkSetting(`@Interval() on ${where}`, ms),
  });
}

/** Calls the method once, `ms` milliseconds after each start. @param ms - or where the instance has it */
export function Timeout<Self extends object = object>(ms: Setting<number, Self>): MethodOf<Self> {
  return declare({
    wire: (method, scope, { self }) => scope.timeout(named(method), settingOf(ms, self)),
    check: (where) => checkSetting(`@Timeout() on ${where}`, ms),
  });
}

/** Calls the method at each event of that name on the bus. */
export function Listen(event: string): MethodTag {
  return declare({
    wire: (method, scope) => busOf(scope).on(event, awaited(method, scope), { owner: scope }),
    check(where) {
      if (typeof event === 'string' && event !== '') return;
      throw new InvalidRoleError(where, 'has @Listen() without an event', "Name it: @Listen('disk:mounted').");
    },
  });
}

/** Calls the method with each value of a watcher, the last one included if there is one. */
export function Observe<T>(watcher: Class<Watch<T>>): MethodTag {
  return note<Declared>(observer as Role<never>, {
    needs: [watcher],
    wire: (method, scope, { get }) => get(watcher).subscribe(awaited(method, scope), { owner: scope, immediate: true }),
  });
}

/** Makes the method the source of its watcher: called every `ms` milliseconds, never overlapping. @param ms - or where the instance has it */
export function Poll<T = unknown, Self extends object = object>(
  ms: Setting<number, Self>,
  options: WatchOptions<T> = {},
): MethodOf<Self> {
  return note(watcher as Role<never>, { kind: 'poll', ms, options });
}

/** Makes the method the source of its watcher: an async generator that is opened again when it ends. */
export function Stream<T = unknown>(options: WatchOptions<T> = {}): MethodTag {
  return note(watcher as Role<never>, { kind: 'stream', ms: 0, options });
}

interface SourceNote {
  readonly kind: 'poll' | 'stream';
  readonly ms: Setting<number, never>;
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
        `Write: class ${target.name} extends Watch<Value>.`,
      );
    for (const { method, data } of sources)
      if (data.kind === 'poll') checkSetting(`@Poll() on ${target.name}.${String(method)}`, data.ms);
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
          ? { poll: source as () => unknown, interval: settingOf(data.ms, instance) }
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

/** The value itself, or what the instance says. */
export function settingOf<V extends number | string>(setting: V | ((self: never) => V), self: object): V {
  return typeof setting === 'function' ? setting(self as never) : setting;
}

/** What an instance says shows at its start only. */
function checkSetting(where: string, ms: Setting<number, never>): undefined {
  if (typeof ms !== 'function') checkDuration(where, ms);
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
