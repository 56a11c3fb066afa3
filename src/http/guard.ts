// Guard: who may pass, asked in the same words by every door.
import type { IncomingHttpHeaders } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';
import type { Context } from 'koa';
import type { Socket } from 'socket.io';
import { InvalidRoleError } from '../app/errors.js';
import type { Parts } from '../app/role.js';
import { isThenable } from '../kernel/thenable.js';
import { type Class, tokenName } from '../kernel/token.js';
import { GuardRefusedError } from './errors.js';
import { ClassNotes, type ClassOrMethodTag, isClassWith } from './notes.js';

/** What an application knows of its callers: add a `data` of yours to this interface, and every `Session` has it. */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it
export interface SessionTypes {}

/** The `data` of a session: what was added to `SessionTypes`, else unknown. */
export type SessionData = SessionTypes extends { data: infer Data } ? Data : unknown;

/** Who is calling, as `http.session` or `sockets.session` found out. */
export interface Session<Data = SessionData> {
  readonly id: string;
  readonly data: Data;
}

/** One attempt to come in, as every guard sees it. */
export interface Call {
  readonly kind: 'http' | 'connection' | 'event' | 'topic' | 'action';
  readonly headers: IncomingHttpHeaders;
  readonly query: ParsedUrlQuery;
  readonly ip: string;
  readonly session: Session | undefined;
  /** What the client sent, not validated yet; over HTTP undefined, because the body has not been read. */
  readonly payload: unknown;
  readonly controller?: Class;
  readonly method?: string | symbol;
  readonly event?: string;
  readonly topic?: string;
  readonly ctx?: Context;
  readonly socket?: Socket;
}

/** Lets a call pass with `true`; anything else is 403. Throw an `HttpError` to answer otherwise. */
export type GuardFunction = (call: Call) => boolean | Promise<boolean>;

/** A guard that needs injection. */
export interface Guarding {
  check: GuardFunction;
}

/** A function, or an injectable class with `check(call)`. */
export type GuardLike = GuardFunction | Class<Guarding>;

/** What stands on classes and methods. */
export const guardNotes = new ClassNotes<GuardLike>();

/**
 * Asks guards before the methods of a class, or before one method. They run from the outermost inwards, before anything is validated.
 *
 * @example
 * const signedIn: GuardFunction = (call) => call.session !== undefined;
 *
 * @Controller('/films')
 * @Guard(signedIn)
 * class FilmController {}
 */
export function Guard(...guards: readonly GuardLike[]): ClassOrMethodTag {
  return guardNotes.tag(guards);
}

/** The guards of a class, then those of one of its methods, from the outermost inwards. */
export function guardsOf(target: Class, method?: string | symbol): readonly GuardLike[] {
  return [...guardNotes.ofClass(target), ...(method === undefined ? [] : guardNotes.ofMethod(target, method))];
}

/** Every guard class of a class and its methods: it must start before. */
export function guardClassesOf(target: Class): readonly Class[] {
  return [...new Set(guardNotes.all(target).filter(isGuardClass))];
}

/** Turns guard classes into their instances' `check`. */
export function resolveGuards(likes: readonly GuardLike[], parts: Pick<Parts, 'get'>): readonly GuardFunction[] {
  return likes.map((like) => (isGuardClass(like) ? checkOf(like, parts.get<Guarding>(like)) : like));
}

/** Asks one guard after the other; waits only for those that take time. @throws Forbidden at the first that does not say `true` */
export async function passGuards(guards: readonly GuardFunction[], call: Call): Promise<void> {
  for (const guard of guards) {
    const given: unknown = guard(call);
    const answer = isThenable(given) ? await given : given;
    if (answer !== true) throw new GuardRefusedError(guard.name, answer);
  }
}

function checkOf(target: Class, guard: Guarding): GuardFunction {
  const name = tokenName(target);
  if (typeof guard.check === 'function') return { [name]: (call: Call) => guard.check(call) }[name] as GuardFunction;
  throw new InvalidRoleError(name, 'is used as a guard but has no check() method', 'Give it check(call): boolean.');
}

function isGuardClass(like: GuardLike): like is Class<Guarding> {
  return isClassWith(like, 'check');
}
