// mock(): an instance of a class whose every method records its calls and returns what it is told.
import { Lifecycle } from '../kernel/lifecycle.js';
import type { AbstractClass } from '../kernel/token.js';

/** One method that only records. */
export interface Stub<Parameters extends readonly unknown[], Result> {
  (...parameters: Parameters): Result;
  /** The parameters of each call, oldest first. */
  readonly calls: Parameters[];
  /** What it returns from now on. */
  returns(value: Result): void;
  /** Does that from now on. */
  does(fn: (...parameters: Parameters) => Result): void;
}

/** A class's instance with a stub in place of every method, and plain properties in place of getters. */
export type Mock<T> = {
  -readonly [K in keyof T]: T[K] extends (...parameters: infer Parameters) => infer Result
    ? T[K] & Stub<Parameters, Result>
    : T[K];
};

/** Values of properties, and what methods do. */
export type MockValues<T> = { readonly [K in keyof T]?: T[K] };

const NOT_MOCKED = new Set<PropertyKey>(['constructor', 'onStart', 'onStop']);

/**
 * An object that passes for an instance of `target`: every method of its prototype chain is a recording stub, and every getter a plain
 * property that can be assigned. It is undefined unless given; that of a `Lifecycle` has its class's name, does not run, and its signal is not aborted.
 *
 * @param values - what properties hold, and what methods do
 * @example
 * const disk = mock(Disk);
 * disk.free.returns(42);
 * const app = await testApplication(AppModule).override(Disk).useValue(disk).start();
 */
export function mock<T extends object>(target: AbstractClass<T>, values: MockValues<T> = {}): Mock<T> {
  const instance = Object.create(target.prototype as object) as Record<PropertyKey, unknown>;
  const put = (name: PropertyKey, value: unknown, enumerable: boolean) =>
    Object.defineProperty(instance, name, { value, writable: true, configurable: true, enumerable });
  for (const [name, { value }] of membersOf(target.prototype as object)) {
    if (typeof value === 'function') put(name, stub(), false);
    else put(name, instance instanceof Lifecycle ? idle(name, target.name) : undefined, true);
  }
  for (const name of Reflect.ownKeys(values)) {
    const value = (values as Record<PropertyKey, unknown>)[name];
    const method = instance[name] as Stub<unknown[], unknown> | undefined;
    if (typeof value === 'function' && typeof method?.does === 'function') method.does(value as () => unknown);
    else put(name, value, true);
  }
  return instance as Mock<T>;
}

/** What a Lifecycle that nobody has started says of itself. */
function idle(name: PropertyKey, className: string): unknown {
  return { name: className, running: false, signal: new AbortController().signal }[String(name)];
}

/** Methods and accessors, by name. */
function membersOf(prototype: object): Map<PropertyKey, PropertyDescriptor> {
  const members = new Map<PropertyKey, PropertyDescriptor>();
  for (let at = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) {
      const found = Object.getOwnPropertyDescriptor(at, name) as PropertyDescriptor;
      const isMember = typeof found.value === 'function' || found.get !== undefined || found.set !== undefined;
      if (isMember && !NOT_MOCKED.has(name) && !members.has(name)) members.set(name, found);
    }
  }
  return members;
}

function stub(): Stub<unknown[], unknown> {
  let answer: (...parameters: unknown[]) => unknown = () => undefined;
  const calls: unknown[][] = [];
  const record = (...parameters: unknown[]) => {
    calls.push(parameters);
    return answer(...parameters);
  };
  const returns = (value: unknown) => {
    answer = () => value;
  };
  const does = (fn: (...parameters: unknown[]) => unknown) => {
    answer = fn;
  };
  return Object.assign(record, { calls, returns, does });
}
