// The query of a request, read strictly, and what a guard sees of the whole request.
import type { ParsedUrlQuery } from 'node:querystring';
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Class } from '../kernel/token.js';
import { BadRequest, SessionIdError } from './errors.js';
import { exchangeOf } from './exchange.js';
import { hasMoreThan, isDecodable, parsePairs } from './form.js';
import type { Call, Session } from './guard.js';
import type { HttpSettings } from './options.js';

/** The query of the request's URL. @throws BadRequest when it cannot be decoded or has too many names */
export function queryOf(ctx: Context, settings: HttpSettings): ParsedUrlQuery {
  const exchange = exchangeOf(ctx);
  exchange.query ??= readQuery(ctx.querystring, settings.maxQueryParameters);
  return exchange.query;
}

/** Who is calling, as `http.session` says; asked once for each request. */
export function sessionOf(ctx: Context, settings: HttpSettings): Promise<Session | undefined> {
  const exchange = exchangeOf(ctx);
  exchange.session ??= Promise.resolve().then(async () =>
    checkSession('http.session()', settings.session, await settings.session?.(ctx)),
  );
  return exchange.session;
}

/** Rules that have given an id that is none: what a stranger sends is not to fill the log. */
const warned = new WeakSet<object>();

/**
 * What the application found out about a caller, if it can be that. The form comes from the program, the id often from whoever
 * calls: an id that is none is nobody's.
 *
 * @param rule - what has found it
 * @throws SessionIdError, which is a 401; SPECTER_INVALID_ARGUMENT, which is a 500, for what is no session at all
 */
export function checkSession(where: string, rule: object = {}, found: unknown): Session | undefined {
  if (found === undefined) return undefined;
  const wanted = '{ id, data } with a text of at least one letter as id, or undefined';
  if (typeof found !== 'object' || found === null || !('id' in found))
    throw new InvalidArgumentError(where, wanted, found);
  if (typeof found.id === 'string' && found.id !== '') return found as Session;
  const first = !warned.has(rule);
  warned.add(rule);
  throw new SessionIdError(where, found.id, first);
}

/** The request as guards see it. */
export async function callOf(
  ctx: Context,
  settings: HttpSettings,
  at: { controller: Class; method?: string | symbol },
): Promise<Call> {
  const session = settings.session && (await sessionOf(ctx, settings));
  const query = queryOf(ctx, settings);
  return { kind: 'http', headers: ctx.req.headers, query, ip: ctx.ip, session, payload: undefined, ctx, ...at };
}

function readQuery(text: string, most: number): ParsedUrlQuery {
  if (!isDecodable(text)) throw malformed('is not encoded correctly');
  if (hasMoreThan(text, most)) throw malformed(`has more than ${most} parameters`);
  return parsePairs(text);
}

function malformed(what: string): BadRequest {
  return new BadRequest(`The query ${what}.`, { code: 'SPECTER_QUERY' });
}
