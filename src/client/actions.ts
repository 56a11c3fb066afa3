// What a client knows of the actions of a server: names, payloads and results, from the controllers' types alone.
import type { Outcome } from '../kernel/outcome.js';

/** A controller class, as a type. */
type ControllerClass = abstract new (...dependencies: never[]) => object;

type Method = (...parameters: never[]) => unknown;

/** The public methods of `Lifecycle`, by name: its type would bring those of a server into a page's program. */
type OfLifecycle =
  | 'health' | 'start' | 'stop' | 'setState' | 'subscribe' | 'spawn' | 'interval' | 'timeout' | 'sleep'
  | 'listen' | 'emit' | 'waitFor' | 'adopt' | 'own' | 'addCleanup' | 'fail'; // biome-ignore format: a list

type Hook = 'onStart' | 'onStop';

/** What a controller has besides actions. Decorators leave no trace in types, but these are never one. */
type Inherited<T> = Hook | (T extends Record<'adopt' | 'addCleanup' | 'setState', Method> ? OfLifecycle : never);

type MethodNames<T> = {
  [M in Exclude<keyof T & string, Inherited<T>>]: T[M] extends Method ? M : never;
}[Exclude<keyof T & string, Inherited<T>>];

type NamesOf<C> = {
  [K in keyof C & string]: C[K] extends ControllerClass ? `${K}.${MethodNames<InstanceType<C[K]>>}` : never;
}[keyof C & string];

type MethodOf<C, Name> = Name extends `${infer K}.${infer M}`
  ? K extends keyof C
    ? C[K] extends ControllerClass
      ? M extends keyof InstanceType<C[K]>
        ? InstanceType<C[K]>[M]
        : never
      : never
    : never
  : never;

/**
 * The actions of some controllers, by the name that each has on the wire: every public method, since types do not see `@Action`.
 *
 * @example
 * import type { TodoController } from './server.js';
 * type Actions = ActionsOf<{ todo: typeof TodoController }>;   // 'todo.add', 'todo.list' ...
 */
export type ActionsOf<C extends Record<string, ControllerClass>> = {
  readonly [Name in NamesOf<C>]: MethodOf<C, Name>;
} & { readonly [CONTROLLERS]: C };

declare const CONTROLLERS: unique symbol;

/** The method of one action. Looked for in its controller: looked for by name, each call would cost as much as there are actions. */
export type ActionIn<Actions, Name extends string> = Actions extends { readonly [CONTROLLERS]: infer C }
  ? MethodOf<C, Name>
  : Name extends keyof Actions
    ? Actions[Name]
    : never;

/** Actions of any server: names are free, payloads and results unknown. */
export type AnyActions = Record<string, (payload: unknown) => unknown>;

/** What an action takes: the first parameter of its method, unless that is its signal or its `@Progress()`. */
export type PayloadOf<M> = M extends (...parameters: infer P) => unknown
  ? P extends [infer First, ...unknown[]]
    ? First extends AbortSignal | Method
      ? undefined
      : First
    : undefined
  : never;

/** What an action gives, as it arrives. */
export type ResultOf<M> = M extends (...parameters: never[]) => infer R ? Jsonify<Unwrapped<Awaited<R>>> : never;

type Unwrapped<R> = R extends Outcome<infer T> ? T : R;

/** A value after its journey as JSON: dates are strings, methods and undefined members are gone. */
export type Jsonify<T> = T extends string | number | boolean | null
  ? T
  : T extends { toJSON(): infer J }
    ? Jsonify<J>
    : T extends undefined | Method | symbol
      ? undefined
      : T extends readonly unknown[]
        ? { [I in keyof T]: Jsonify<T[I]> }
        : T extends object
          ? { [K in keyof T as T[K] extends Method | symbol ? never : K]: Jsonify<T[K]> }
          : unknown;
