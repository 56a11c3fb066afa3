// Middleware: koa's, on the application, a controller or a method; the only way to stand between a request and its method.
import type { Context, Next } from 'koa';
import { InvalidRoleError } from '../app/errors.js';
import type { Parts } from '../app/role.js';
import { andThen } from '../kernel/thenable.js';
import { type Class, tokenName } from '../kernel/token.js';
import { ClassNotes, type ClassOrMethodTag, isClassWith } from './notes.js';

/** A koa middleware. */
export type MiddlewareFunction = (ctx: Context, next: Next) => unknown;

/** A middleware that needs injection. */
export interface Intercepting {
  use: MiddlewareFunction;
}

/** A koa middleware, or an injectable class with `use(ctx, next)`. */
export type MiddlewareLike = MiddlewareFunction | Class<Intercepting>;

/** What stands on classes and methods. */
export const middlewareNotes = new ClassNotes<MiddlewareLike>();

/**
 * Runs koa middleware around the methods of a class, or around one method, from the outermost inwards and before any guard.
 *
 * @example
 * const timed: MiddlewareFunction = async (ctx, next) => {
 *   const begun = performance.now();
 *   await next();
 *   ctx.set('Server-Timing', `total;dur=${performance.now() - begun}`);
 * };
 *
 * @Controller('/films')
 * @Use(timed)
 * class FilmController {}
 */
export function Use(...middleware: readonly MiddlewareLike[]): ClassOrMethodTag {
  return middlewareNotes.tag(middleware);
}

/** The middleware of a class, then that of one of its methods, from the outermost inwards. */
export function middlewareOf(target: Class, method?: string | symbol): readonly MiddlewareLike[] {
  return [
    ...middlewareNotes.ofClass(target),
    ...(method === undefined ? [] : middlewareNotes.ofMethod(target, method)),
  ];
}

/** Every middleware class of a class and its methods: it must start before. */
export function middlewareClassesOf(target: Class): readonly Class[] {
  return [...new Set(middlewareNotes.all(target).filter(isMiddlewareClass))];
}

/** Turns middleware classes into their instances' `use`. */
export function resolveMiddleware(
  likes: readonly MiddlewareLike[],
  parts: Pick<Parts, 'get'>,
): readonly MiddlewareFunction[] {
  return likes.map((like) => (isMiddlewareClass(like) ? useOf(like, parts.get<Intercepting>(like)) : like));
}

/** Makes one function of several middleware and what stands in their middle. */
export function surround(
  middleware: readonly MiddlewareFunction[],
  middle: (ctx: Context) => unknown,
): (ctx: Context) => unknown {
  return middleware.reduceRight<(ctx: Context) => unknown>((inner, outer) => around(outer, inner), middle);
}

function around(outer: MiddlewareFunction, inner: (ctx: Context) => unknown): (ctx: Context) => unknown {
  return (ctx) => {
    let going: Inner | undefined;
    const done = outer(ctx, () => {
      if (going) throw calledTwice(outer);
      going = Inner.of(() => inner(ctx));
      return going;
    });
    // A middleware that lets go of its next() would have the request answered too early, and its failure told to nobody.
    return andThen(done, () => (going?.isHeld === false ? going : undefined));
  };
}

/** What `next()` gives: it knows whether anybody waits for it. */
class Inner extends Promise<unknown> {
  /** What is made of it with `then` is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static of(work: () => unknown): Inner {
    const going = new Inner((resolve) => resolve(work()));
    // Whether somebody waits shows later, and until then a failure must not be an unhandled rejection, which ends the process.
    Promise.prototype.then.call(going, undefined, () => {});
    return going;
  }

  isHeld = false;

  // biome-ignore lint/suspicious/noThenProperty: it must know of those who wait
  override then<A, B>(
    done?: ((value: unknown) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isHeld = true;
    return super.then(done, failed);
  }
}

function calledTwice({ name }: MiddlewareFunction): Error {
  return new Error(`The middleware ${name || '(anonymous)'} called next() twice. Call it once.`);
}

function useOf(target: Class, middleware: Intercepting): MiddlewareFunction {
  if (typeof middleware.use === 'function') return (ctx, next) => middleware.use(ctx, next);
  const what = 'Give it use(ctx, next), or pass a function.';
  throw new InvalidRoleError(tokenName(target), 'is used as middleware but has no use() method', what);
}

function isMiddlewareClass(like: MiddlewareLike): like is Class<Intercepting> {
  return isClassWith(like, 'use');
}
