// The query of a request, read strictly, and what a guard sees of the whole request.
import type { ParsedUrlQuery } from 'node:querystring';
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Class } from '../kernel/token.js';
import { BadRequest } from './errors.js';
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
    checkSession('http.session()', await settings.session?.(ctx)),
  );
  return exchange.session;
}

/** What the application found out about a caller, if it can be that. @throws SPECTER_INVALID_ARGUMENT, which is a 500 */
export function checkSession(where: string, found: Session | undefined): Session | undefined {
  if (found === undefined || (typeof found?.id === 'string' && found.id !== '')) return found;
  const wanted = '{ id, data } with a text of at least one letter as id, or undefined';
  throw new InvalidArgumentError(where, wanted, found);
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
