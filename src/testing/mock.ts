// mock(): an instance of a class whose every method records its calls and returns what it is told.
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

/** A class's instance with a stub in place of every method. */
export type Mock<T> = {
  [K in keyof T]: T[K] extends (...parameters: infer Parameters) => infer Result
    ? T[K] & Stub<Parameters, Result>
    : T[K];
};

const NOT_MOCKED = new Set<string>(['constructor', 'onStart', 'onStop']);

/**
 * An object that passes for an instance of `target`: every method of its prototype chain is a recording stub.
 *
 * @example
 * const disk = mock(Disk);
 * disk.free.returns(42);
 * const app = await testApplication(AppModule).override(Disk).useValue(disk).start();
 */
export function mock<T extends object>(target: AbstractClass<T>): Mock<T> {
  const instance = Object.create(target.prototype as object) as Record<string, unknown>;
  for (const name of methodsOf(target.prototype as object)) {
    Object.defineProperty(instance, name, { value: stub(), writable: true, configurable: true, enumerable: false });
  }
  return instance as Mock<T>;
}

function methodsOf(prototype: object): Set<string> {
  const names = new Set<string>();
  for (let at = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && !NOT_MOCKED.has(name)) names.add(name);
    }
  }
  return names;
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
