// What the parameters of a route method ask for, and how each is read from a request.
import type { Context } from 'koa';
import { emittedTypes, noteParameter, type ParameterTag, parameterNotes } from '../app/tags.js';
import type { FaultSource } from '../kernel/problem.js';
import { type Class, tokenName } from '../kernel/token.js';
import type { InputType, RuleGroups } from '../validation/gate.js';
import type { BodyOptions } from './body-parameter.js';
import { InvalidRouteError } from './errors.js';
import { exchangeOf } from './exchange.js';
import type { SessionData, Session as SessionValue } from './guard.js';
import { type CookieOptions, inputReader, unsafeLimits } from './input-reader.js';
import type { HttpSettings } from './options.js';
import { sessionOf } from './query.js';

export type { BodyAccept, BodyOptions } from './body-parameter.js';
export type { CookieOptions } from './input-reader.js';

/** Who is calling, as `http.session` or `sockets.session` found out. */
export type Session<Data = SessionData> = SessionValue<Data>;

/** The parts of a request that hold input. */
export type InputSource = Extract<FaultSource, 'body' | 'query' | 'params' | 'headers' | 'cookies'>;

/** What one parameter asks for. */
export class Asked {
  constructor(
    readonly source: InputSource | 'ctx' | 'signal' | 'session' | 'progress',
    readonly decorator: string,
    readonly name?: string,
    readonly type?: InputType,
    readonly options: BodyOptions & CookieOptions = {},
  ) {}
}

/**
 * The whole body through the gate: JSON, unless `options.accept` says otherwise. It is read only because this asks for it.
 *
 * @param type - a DTO class, `[Dto]`, a scalar class, a Standard Schema value, `unchecked`, or `Buffer` for raw bytes. @default the emitted type
 * @param options - the forms in which it may come, their limits, and the groups of rules that are asked
 * @example
 * @Post() add(@Body() film: NewFilm) { return this.films.add(film); }
 */
export function Body(type?: InputType, options?: BodyOptions): ParameterTag {
  return noteParameter(new Asked('body', '@Body', undefined, type, options));
}

/**
 * One value of the query, converted strictly to its type, or the whole query as a DTO. One value may be missing: it is undefined then.
 *
 * @param name - without it, the whole query
 * @param options - of the whole query: the groups of rules that are asked
 * @example
 * @Get() list(@Query('page', Number) page = 1) { return this.films.page(page); }
 */
export function Query(name: string, type?: InputType): ParameterTag;
export function Query(type?: InputType, options?: RuleGroups): ParameterTag;
export function Query(nameOrType?: string | InputType, typeOrGroups?: InputType | RuleGroups): ParameterTag {
  return noteParameter(named('query', '@Query', nameOrType, typeOrGroups));
}

/**
 * One parameter of the path, converted strictly to its type, or all of them as a DTO. What a `*` matched is called `*`.
 *
 * @example
 * @Get('/:id') show(@Param('id', Number) id: number) { return this.films.get(id); }
 */
export function Param(name: string, type?: InputType): ParameterTag;
export function Param(type?: InputType, options?: RuleGroups): ParameterTag;
export function Param(nameOrType?: string | InputType, typeOrGroups?: InputType | RuleGroups): ParameterTag {
  return noteParameter(named('params', '@Param', nameOrType, typeOrGroups));
}

/** One header, or some of them as a DTO with their names in small letters. A missing one is undefined. */
export function Headers(name: string, type?: InputType): ParameterTag;
export function Headers(type?: InputType, options?: RuleGroups): ParameterTag;
export function Headers(nameOrType?: string | InputType, typeOrGroups?: InputType | RuleGroups): ParameterTag {
  return noteParameter(named('headers', '@Headers', nameOrType, typeOrGroups));
}

/**
 * One cookie; a missing one is undefined, and so is one whose signature is wrong.
 *
 * @param options - `signed`: whether it must have a good signature. @default whether there are `http.cookieKeys`
 * @example
 * @Get() show(@Cookie('theme', String, { signed: false }) theme = 'light') { return { theme }; }
 */
export function Cookie(name: string, type?: InputType, options?: CookieOptions): ParameterTag {
  return noteParameter(new Asked('cookies', '@Cookie', name, type, options));
}

/** The koa context, for everything that has no decorator. */
export function Ctx(): ParameterTag {
  return noteParameter(new Asked('ctx', '@Ctx'));
}

/** An `AbortSignal` for "the client is gone, the application is stopping, or the time for an answer is over". */
export function Signal(): ParameterTag {
  return noteParameter(new Asked('signal', '@Signal'));
}

/** Who is calling: over sockets what `sockets.session` returned, over HTTP what `http.session` returns, which may be undefined. */
export function Session(): ParameterTag {
  return noteParameter(new Asked('session', '@Session'));
}

/** Reads one argument from a request; undefined or a promise where it takes time. */
export type ArgumentReader = (ctx: Context, settings: HttpSettings) => unknown;

/** How the arguments of one method are read. */
export interface ParameterPlan {
  readonly readers: readonly ArgumentReader[];
  /** Whether the method handles the koa context itself. */
  readonly takesContext: boolean;
  readonly asksSession: boolean;
  readonly asksBody: boolean;
  /** The limits that `unsafe` has raised beyond the hard ones, as `depth 1000`; empty when it has none. */
  readonly unsafe: string;
}

/**
 * Makes the plan for the parameters of a route method.
 *
 * @param at.path - of the route, with its prefix
 * @param faults - takes what is wrong: input without a run-time type, a parameter that nothing fills
 */
export function planParameters(
  target: Class,
  at: { method: string | symbol; path: string },
  faults: Error[],
): ParameterPlan {
  const { method, path } = at;
  const notes = parameterNotes(target, method);
  const asked = askedByIndex(notes);
  const types = emittedTypes(target, method);
  const arity = arityOf(target, method);
  const count = Math.max(arity, ...[...asked.keys()].map((index) => index + 1));
  const readers = Array.from({ length: count }, (_, index) => {
    const where = `${tokenName(target)}.${String(method)}, parameter ${index + 1}`;
    const hasDefault = index >= arity;
    return collect(faults, () => readerFor(asked.get(index), { emitted: types?.[index], hasDefault, where, path }));
  });
  const all = [...asked.values()];
  if (all.filter(({ source }) => source === 'body').length > 1) faults.push(twoBodies(target, method));
  return {
    readers,
    takesContext: all.some(({ source }) => source === 'ctx'),
    asksBody: all.some(({ source }) => source === 'body'),
    asksSession: all.some(({ source }) => source === 'session'),
    unsafe: all.flatMap(({ options }) => unsafeLimits(options)).join(', '),
  };
}

function named(
  source: InputSource,
  decorator: string,
  nameOrType: string | InputType | undefined,
  typeOrGroups: InputType | RuleGroups | undefined,
): Asked {
  if (typeof nameOrType === 'string') return new Asked(source, decorator, nameOrType, typeOrGroups as InputType);
  return new Asked(source, decorator, undefined, nameOrType, typeOrGroups as RuleGroups);
}

function askedByIndex(notes: ReadonlyMap<number, readonly unknown[]>): ReadonlyMap<number, Asked> {
  const asked = new Map<number, Asked>();
  for (const [index, all] of notes) {
    const found = all.find((note) => note instanceof Asked);
    if (found) asked.set(index, found);
  }
  return asked;
}

function arityOf(target: Class, method: string | symbol): number {
  const fn = (target.prototype as Record<string | symbol, unknown>)[method];
  return typeof fn === 'function' ? fn.length : 0;
}

function collect(faults: Error[], make: () => ArgumentReader): ArgumentReader {
  try {
    return make();
  } catch (fault) {
    faults.push(fault as Error);
    return () => undefined;
  }
}

/** Where a parameter stands. */
export interface Place {
  readonly emitted: unknown;
  /** Whether it, or one before it, has a default value. */
  readonly hasDefault: boolean;
  readonly where: string;
  readonly path: string;
}

function readerFor(asked: Asked | undefined, place: Place): ArgumentReader {
  if (!asked)
    throw new InvalidRouteError(
      place.where,
      'has no decorator, so nothing can be passed',
      "Say what it is: @Param('id'), @Query('page'), @Body(), @Ctx() ...",
    );
  if (asked.source === 'ctx') return (ctx) => ctx;
  if (asked.source === 'signal') return (ctx) => exchangeOf(ctx).signal;
  if (asked.source === 'session') return sessionOf;
  if (asked.source === 'progress')
    throw new InvalidRouteError(place.where, 'has @Progress(), and a route has nobody to tell', 'Make it an @Action.');
  return inputReader(asked, asked.source, place);
}

function twoBodies(target: Class, method: string | symbol): InvalidRouteError {
  return new InvalidRouteError(
    `${tokenName(target)}.${String(method)}`,
    'asks for @Body() twice',
    'A request has one body: make one DTO of both.',
  );
}
