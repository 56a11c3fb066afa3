// @Interval, @Timeout, @Listen, @Observe, @Poll, @Stream, @Watcher: notes now, wiring at start.
import { homeOf, settle } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Scope } from '../kernel/scope.js';
import { isThenable } from '../kernel/thenable.js';
import type { Class, Token } from '../kernel/token.js';
import { Watch, type WatchSubscription, watchFrom } from '../kernel/watch.js';
import { checkWatchOptions, type WatchOptions } from '../kernel/watch-source.js';
import { safely } from './collect.js';
import { InvalidRoleError } from './errors.js';
import type { Parts, Role, RoleOptions } from './role.js';
import { checkDuration, durationOf, type Scheduled, type Setting } from './schedule.js';
import { type ClassTag, type MethodTag, membersOf, note, tag } from './tags.js';

export type Method = (...parameters: unknown[]) => unknown;
type Wire = (method: Method, scope: Scope, at: Place) => unknown;

/** Where something is wired: the application, and the instance. */
interface Place extends Parts {
  readonly self: object;
}

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

const INTERVAL: Scheduled = { by: '@Interval', least: 1 };
const TIMEOUT: Scheduled = { by: '@Timeout' };
const POLL: Scheduled = { by: '@Poll', least: 1 };

/** Calls the method every `ms` milliseconds while the instance runs; calls never overlap. @param ms - or where the instance has it */
export function Interval<Self extends object = object>(ms: Setting<number, Self>): MethodOf<Self> {
  return declare({
    wire: (method, scope, { self }) =>
      scope.interval(named(method), durationOf(ms, INTERVAL, { self, method: method.name })),
    check: (where) => checkDuration(ms, INTERVAL, where),
  });
}

/** Calls the method once, `ms` milliseconds after each start. @param ms - or where the instance has it */
export function Timeout<Self extends object = object>(ms: Setting<number, Self>): MethodOf<Self> {
  return declare({
    wire: (method, scope, { self }) =>
      scope.timeout(named(method), durationOf(ms, TIMEOUT, { self, method: method.name })),
    check: (where) => checkDuration(ms, TIMEOUT, where),
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

/**
 * Calls the method with each value of a watcher, the last one before included if there is one.
 *
 * @param options - `immediate: false` leaves out the last one before: of events, which have been told already when this starts again
 */
export function Observe<T>(watcher: Class<Watch<T>>, options: Pick<WatchSubscription, 'immediate'> = {}): MethodTag {
  const { immediate = true } = options;
  return note<Declared>(observer as Role<never>, {
    needs: [watcher],
    check(where) {
      checkOptionKeys(`@Observe of ${where}`, options, ['immediate']);
      if (typeof watcher !== 'function' || watcher.prototype instanceof Watch) return;
      const cure =
        'Name a class that extends Watch; for a value, subscribe in onStart(), and for an event use @Listen.';
      throw new InvalidRoleError(where, `observes ${watcher.name}, which is no watcher`, cure);
    },
    wire(method, scope, { get }) {
      const label = `observes ${watcher.name} (${method.name})`;
      const owner = { addCleanup: (release: () => unknown) => scope.hold({ kind: 'listener', label, release }) };
      const home = homeOf(scope);
      if (home) settle(owner, home);
      return get(watcher).subscribe(awaited(method, scope), { owner, immediate });
    },
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
  keys: [],
  check(target) {
    const sources = membersOf<SourceNote>(target, watcher);
    if (!(target.prototype instanceof Watch))
      throw new InvalidRoleError(
        target.name,
        'is a watcher but does not extend Watch',
        `Write: class ${target.name} extends Watch<Value>.`,
      );
    for (const { method, data } of sources)
      if (data.kind === 'poll') checkDuration(data.ms, POLL, `${target.name}.${String(method)}`);
    for (const { data } of sources) checkWatchOptions(target.name, data.options);
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
          ? { poll: source as () => unknown, interval: durationOf(data.ms, POLL, { self: instance, method }) }
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
