// What the parameters of a route method ask for, and how each is read from a request.
import type { Context } from 'koa';
import { emittedTypes, noteParameter, type ParameterTag, parameterNotes } from '../app/tags.js';
import type { FaultSource } from '../kernel/problem.js';
import { type Class, tokenName } from '../kernel/token.js';
import { compileGate, type Gate, type InputType } from '../validation/gate.js';
import { isStandardSchema } from '../validation/standard-schema.js';
import { readJson } from './body.js';
import { InvalidRouteError } from './errors.js';
import { exchangeOf } from './exchange.js';
import type { Session as SessionValue } from './guard.js';
import type { HttpSettings } from './options.js';
import { queryOf, sessionOf } from './query.js';

/** Who is calling, as `http.session` or `sockets.session` found out. */
export type Session = SessionValue;

/** The parts of a request that hold input. */
export type InputSource = Extract<FaultSource, 'body' | 'query' | 'params' | 'headers' | 'cookies'>;

/** What one parameter asks for. */
export class Asked {
  constructor(
    readonly source: InputSource | 'ctx' | 'signal' | 'session',
    readonly decorator: string,
    readonly name?: string,
    readonly type?: InputType,
  ) {}
}

/**
 * The whole body, as JSON through the gate. It is read only because this asks for it.
 *
 * @param type - a DTO class, `[Dto]`, a scalar class, a Standard Schema value or `unchecked`. @default the emitted type
 * @example
 * @Post() add(@Body() film: NewFilm) { return this.films.add(film); }
 */
export function Body(type?: InputType): ParameterTag {
  return noteParameter(new Asked('body', '@Body', undefined, type));
}

/**
 * One value of the query, converted strictly to its type, or the whole query as a DTO. One value may be missing: it is undefined then.
 *
 * @param name - without it, the whole query
 * @example
 * @Get() list(@Query('page', Number) page = 1) { return this.films.page(page); }
 */
export function Query(name: string, type?: InputType): ParameterTag;
export function Query(type?: InputType): ParameterTag;
export function Query(nameOrType?: string | InputType, type?: InputType): ParameterTag {
  return noteParameter(named('query', '@Query', nameOrType, type));
}

/**
 * One parameter of the path, converted strictly to its type, or all of them as a DTO. What a `*` matched is called `*`.
 *
 * @example
 * @Get('/:id') show(@Param('id', Number) id: number) { return this.films.get(id); }
 */
export function Param(name: string, type?: InputType): ParameterTag;
export function Param(type?: InputType): ParameterTag;
export function Param(nameOrType?: string | InputType, type?: InputType): ParameterTag {
  return noteParameter(named('params', '@Param', nameOrType, type));
}

/** One header, or some of them as a DTO with their names in small letters. A missing one is undefined. */
export function Headers(name: string, type?: InputType): ParameterTag;
export function Headers(type?: InputType): ParameterTag;
export function Headers(nameOrType?: string | InputType, type?: InputType): ParameterTag {
  return noteParameter(named('headers', '@Headers', nameOrType, type));
}

/** One cookie; a missing one is undefined, and with `app.koa.keys` so is one whose signature is wrong. */
export function Cookie(name: string, type?: InputType): ParameterTag {
  return noteParameter(new Asked('cookies', '@Cookie', name, type));
}

/** The koa context, for everything that has no decorator. */
export function Ctx(): ParameterTag {
  return noteParameter(new Asked('ctx', '@Ctx'));
}

/** An `AbortSignal` for "the client is gone or the application is stopping". */
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
  const count = Math.max(arityOf(target, method), ...[...asked.keys()].map((index) => index + 1));
  const readers = Array.from({ length: count }, (_, index) => {
    const where = `${tokenName(target)}.${String(method)}, parameter ${index + 1}`;
    return collect(faults, () => readerFor(asked.get(index), { emitted: types?.[index], where, path }));
  });
  const all = [...asked.values()];
  if (all.filter(({ source }) => source === 'body').length > 1) faults.push(twoBodies(target, method));
  return {
    readers,
    takesContext: all.some(({ source }) => source === 'ctx'),
    asksSession: all.some(({ source }) => source === 'session'),
  };
}

function named(
  source: InputSource,
  decorator: string,
  nameOrType: string | InputType | undefined,
  type: InputType | undefined,
): Asked {
  if (typeof nameOrType === 'string') return new Asked(source, decorator, nameOrType, type);
  return new Asked(source, decorator, undefined, nameOrType ?? type);
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
interface Place {
  readonly emitted: unknown;
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
  const gate = gateFor(asked, asked.source, place);
  return inputReader(asked.source, asked.name, gate);
}

/** The hard bounds: how much a body may hold was decided, by the application's own limits, when its bytes were counted. */
const HARD_LIMITS = { depth: 256, keys: 5_000, items: 50_000, nodes: 100_000 };

function gateFor(asked: Asked, source: InputSource, place: Place): Gate {
  const type = asked.type ?? (place.emitted as InputType | undefined);
  return compileGate(type, {
    in: source,
    convert: source !== 'body',
    where: `${place.where} (${asked.decorator})`,
    ...(asked.name !== undefined && { name: asked.name }),
    ...(source === 'body' && { limits: HARD_LIMITS }),
    ...(source === 'params' && { required: isAlwaysThere(asked.name, place) }),
    // A schema says for itself whether a missing value is allowed.
    ...(isStandardSchema(type) && { required: true }),
  });
}

/** @throws InvalidRouteError when the path has no such parameter, so that it could never be there */
function isAlwaysThere(name: string | undefined, { path, where }: Place): boolean {
  if (name === undefined) return true;
  const part = path
    .split('/')
    .find((part) => (part === '*' ? name === '*' : part.replace(/^:|\?$/g, '') === name && part.startsWith(':')));
  if (part !== undefined) return !part.endsWith('?');
  throw new InvalidRouteError(
    where,
    `asks for @Param('${name}'), which the path "${path}" does not have`,
    `Write :${name} into the path, or correct the name.`,
  );
}

function inputReader(source: InputSource, name: string | undefined, gate: Gate): ArgumentReader {
  if (source === 'body') return async (ctx, settings) => gate.check(await readJson(ctx.req, settings));
  if (source === 'cookies') return (ctx) => gate.check(ctx.cookies.get(name as string));
  if (source === 'headers') return headerReader(name?.toLowerCase(), gate);
  if (source === 'params')
    return name === undefined ? (ctx) => gate.check(ctx.params) : (ctx) => gate.check(ctx.params[name]);
  if (name === undefined) return (ctx, settings) => gate.check(queryOf(ctx, settings));
  return (ctx, settings) => gate.check(queryOf(ctx, settings)[name]);
}

function headerReader(name: string | undefined, gate: Gate): ArgumentReader {
  if (name === undefined) return (ctx) => gate.check(ctx.req.headers);
  return (ctx) => gate.check(ctx.req.headers[name]);
}

function twoBodies(target: Class, method: string | symbol): InvalidRouteError {
  return new InvalidRouteError(
    `${tokenName(target)}.${String(method)}`,
    'asks for @Body() twice',
    'A request has one body: make one DTO of both.',
  );
}
