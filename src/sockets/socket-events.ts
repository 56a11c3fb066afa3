// SocketEvents: what the application's socket events carry and are answered with, for the compiler.

import type { Session } from '../http/guard.js';
import type { Outcome } from '../kernel/outcome.js';
import type { ValueOf } from '../validation/input-type.js';
import type { Socket } from './arguments.js';
import type { Audience } from './audience.js';
import type { SocketListener } from './subscriptions.js';

/** What the framework itself says to clients. */
interface OwnEvents {
  /** The server is about to stop: come back in so many milliseconds, which differ from client to client. */
  goodbye: { reconnectIn: number };
  /** An action should be called again. */
  'action:refetch': { action: string };
}

/**
 * The events of your sockets, in both directions, and what they carry. An event that is answered is a function from what it
 * carries to its answer. Augment it, and `Sockets.emit`, `Sockets.request` and the methods under `@On` are checked: names
 * that are not declared do not compile any more, while those that only the run time knows, of type `string`, carry `unknown`.
 * With `[other: string]: unknown` in it, names that are not declared stay allowed.
 *
 * @example
 * declare module 'specter-runtime' {
 *   interface SocketEvents {
 *     'door:opened': { at: number };
 *     'door:open': (code: { code: string }) => { open: boolean };
 *     'door:open?': () => boolean;
 *   }
 * }
 */
export interface SocketEvents extends OwnEvents {}

/** What happens to a socket itself. */
type Happening = 'connection' | 'disconnect' | 'error';

/** What a name can be: for an editor, which completes those that are declared. */
export type AnyEvent = (keyof SocketEvents & string) | (string & {});

/** The name itself where it is declared, where none is declared, or where it is only known at run time; else those that are. */
export type EventNamed<E> = [Exclude<keyof SocketEvents, keyof OwnEvents>] extends [never]
  ? E
  : E extends keyof SocketEvents | Happening
    ? E
    : IsComputed<E> extends true
      ? E
      : { [Name in keyof SocketEvents]: Name }[keyof SocketEvents];

/** Whether it is no literal: a string, or a template with a string in it. */
type IsComputed<E> = Record<never, never> extends Record<E & string, true> ? true : false;

/** What the event of that name carries. */
export type SocketData<E> = E extends keyof SocketEvents
  ? SocketEvents[E] extends (...data: infer D) => unknown
    ? D[0]
    : SocketEvents[E]
  : unknown;

/** What the event of that name is answered with. */
export type SocketAnswer<E> = E extends keyof SocketEvents
  ? SocketEvents[E] extends (...data: never[]) => infer A
    ? A
    : unknown
  : unknown;

/** What a question about that event gives: what its type lets through, where one is given. */
export type CheckedAnswer<E, T> = undefined extends T ? SocketAnswer<E> : ValueOf<T>;

/** A function that hears the event. It returns an answer, or nothing where another one answers. */
export type ListenerOf<E> = (
  ...heard: Parameters<SocketListener>
) => unknown extends SocketAnswer<E> ? unknown : MayBe<SocketAnswer<E>>;

// biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return statement returns
type MayBe<A> = A | Outcome<A> | void | Promise<A | Outcome<A> | void>;

/** What follows the name in `emit`: data can only be left out where the event may carry none. */
export type Emitted<E> =
  undefined extends SocketData<E>
    ? [data?: SocketData<E>, audience?: Audience]
    : [data: SocketData<E>, audience?: Audience];

/** A method that hears an event: its parameters are what the event carries, the session and the socket; it returns the answer. */
export type Hearing<E, M> = E extends keyof SocketEvents
  ? M extends (...parameters: infer P) => infer R
    ? Fits<E, P> extends true
      ? Answers<E, Awaited<R>> extends true
        ? unknown
        : { readonly 'this event is answered with': SocketAnswer<E> }
      : { readonly 'this event carries': SocketData<E> }
    : unknown
  : unknown;

/** Whether each parameter can take one of what it may ask for. */
type Fits<E, P extends readonly unknown[]> = P extends readonly [infer First, ...infer Rest]
  ? Takes<E, First> extends true
    ? Fits<E, Rest>
    : false
  : true;

type Takes<E, Parameter> =
  unknown extends SocketData<E>
    ? true
    : SocketData<E> extends Parameter
      ? true
      : Session extends Parameter
        ? true
        : Socket extends Parameter
          ? true
          : false;

/** A method may leave the answer to another one. */
type Answers<E, R> =
  unknown extends SocketAnswer<E>
    ? true
    : R extends void
      ? true
      : R extends SocketAnswer<E> | Outcome<SocketAnswer<E>>
        ? true
        : false;
