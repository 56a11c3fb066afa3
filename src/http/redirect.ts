// redirect(): sends the client elsewhere, but nowhere that a stranger has chosen.
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Events } from '../kernel/events.js';
import { BadRequest } from './errors.js';
import { type Exchange, exchangeOf } from './exchange.js';
import { requestedOf } from './problem-response.js';

const STATUSES = [301, 302, 303, 307, 308] as const;
type RedirectStatus = (typeof STATUSES)[number];

/** What a base is resolved against: a name that no server has. */
const NOWHERE = 'http://nowhere.invalid';

/** A redirect that is to be the response. Made by `redirect`. */
export class RedirectReply {
  constructor(
    readonly target: string,
    readonly status: RedirectStatus,
  ) {}
}

/**
 * Sends the client to another path of this server. What comes from a request may be passed on: anything that is no path of
 * this server is refused, and so are other hosts, unless they stand in `http.redirectHosts`. Refused, it is a 400, and the log says
 * where and why. `http.prefix` is not put before it: say the path that a browser shows.
 *
 * @param target - a path, as `/films?page=2`, or a whole URL of a host in `http.redirectHosts`
 * @param status - 301 or 308 for ever, 302 or 307 for now, 303 after a POST; 307 and 308 keep the verb. @default 302
 * @throws SPECTER_INVALID_ARGUMENT for another status
 * @example
 * @Post('/login') login(@Query('next', String) next = '/') { return redirect(next, 303); }
 */
export function redirect(target: string, status: RedirectStatus = 302): RedirectReply {
  if (STATUSES.includes(status)) return new RedirectReply(target, status);
  throw new InvalidArgumentError('redirect()', `a status of ${STATUSES.join(', ')}`, status);
}

/** Routes whose refused redirects have been warned of, of each application: what a stranger sends is not to fill the log. */
const warned = new WeakMap<Events, Set<string>>();

/** Answers with a redirect. @throws BadRequest when it would lead where it must not; whether the program or a stranger has chosen that nobody knows, so both hear of it */
export function sendRedirect(ctx: Context, { target, status }: RedirectReply, events: Events): undefined {
  const exchange = exchangeOf(ctx);
  const hosts = exchange.door?.redirects;
  const location = pathOf(target) ?? urlOf(target, (host) => hosts?.has(host, false) ?? false);
  if (location === undefined) {
    tellRefused(exchange, target, events);
    throw new BadRequest('The redirect does not stay here.', { code: 'SPECTER_REDIRECT' });
  }
  ctx.status = status;
  ctx.set('Location', location);
  ctx.body = null;
  // An empty body is 204 to koa.
  ctx.status = status;
  return undefined;
}

function tellRefused(exchange: Exchange, target: unknown, events: Events): void {
  const routes = warned.get(events) ?? new Set();
  const route = `${exchange.service} ${exchange.request.method} ${exchange.route}`;
  const first = !routes.has(route);
  warned.set(events, routes.add(route));
  events.emit('http-redirect-refused', { ...requestedOf(exchange), why: cureOf(target), first });
}

/** Never the target itself: a stranger may have written it. */
function cureOf(target: unknown): string {
  if (typeof target !== 'string') return `its target is no text but ${target === null ? 'null' : typeof target}`;
  if (/^https?:\/\/[^/]/i.test(target))
    return 'it leads to another host; add that to http.redirectHosts, if it is meant';
  if (target.startsWith('/'))
    return 'browsers could take its path for another host; begin with one "/", without backslashes';
  return 'it is no path of this server; begin with "/", as redirect(\'/films\')';
}

/** A path of this server as a header may hold it; undefined when a browser could take it for something else. */
function pathOf(target: unknown): string | undefined {
  if (!isPlain(target) || target[0] !== '/' || target[1] === '/') return undefined;
  const path = target.replace(/[^\x21-\x7e]+/g, encodeURI);
  const url = parsed(path, NOWHERE);
  return url && url.origin === NOWHERE && !url.pathname.startsWith('//') ? path : undefined;
}

function urlOf(target: unknown, isAllowed: (host: string) => boolean): string | undefined {
  if (!isPlain(target) || target.includes(' ') || !/^https?:\/\/[^/]/i.test(target)) return undefined;
  const url = parsed(target);
  if (url?.username !== '' || url.password !== '' || !isAllowed(url.host)) return undefined;
  return url.href;
}

/** No backslash and no control character, which browsers read in their own ways, and no half of a character. */
function isPlain(target: unknown): target is string {
  return typeof target === 'string' && !/[\p{Cc}\p{Cs}\\]/u.test(target);
}

function parsed(target: string, base?: string): URL | undefined {
  return URL.canParse(target, base) ? new URL(target, base) : undefined;
}
