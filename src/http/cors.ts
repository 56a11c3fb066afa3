// CORS: which pages of other origins may read what is answered; nobody unless the option says so.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { checkList } from './check-list.js';

/** Whose pages may read what is answered, and what they may send. */
export interface CorsOptions {
  /**
   * Origins, as `https://example.org`, or `https://*.example.org` for all hosts below one; a function that decides; `'*'` for
   * every page. The origin `null` is never let in by a list or a function.
   */
  readonly origins: readonly string[] | '*' | ((origin: string) => boolean);
  /** Whether pages may send cookies and still read the answer. Not together with `'*'`. @default false */
  readonly credentials?: boolean;
  /** @default GET, HEAD, POST, PUT, PATCH, DELETE */
  readonly methods?: readonly string[];
  /** Headers that pages may send. @default Authorization, Content-Type, Idempotency-Key */
  readonly headers?: readonly string[];
  /** Headers of the answer that pages may read besides the usual ones. @default none */
  readonly exposed?: readonly string[];
  /** How long a browser may keep the permission, in milliseconds. @default 600,000 */
  readonly maxAge?: number;
}

/** CORS as it is done for each request. */
export interface Cors {
  /** Sets what belongs on the answer. */
  open(request: IncomingMessage, response: ServerResponse): void;
  /** Answers a preflight. @returns whether it was one */
  answers(ctx: Context): boolean;
  /** Puts back `Vary: Origin` if somebody has set another `Vary`. */
  close(ctx: Context): void;
}

const KEYS = {
  origins: true, credentials: true, methods: true, headers: true, exposed: true, maxAge: true,
} satisfies Record<keyof CorsOptions, true>; // biome-ignore format: a list

const ORIGINS = {
  entry: 'an origin as text, as https://example.org; what needs more is a function of the origin',
  is: (entry: unknown) => typeof entry === 'string',
  list: "a list, a function or '*'",
  mayBeEmpty: true,
};

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key'];
const MAX_AGE = 600_000;
const WHERE = 'the option http.cors';

/** What the option `http.cors` comes to. @throws SPECTER_INVALID_ARGUMENT for what no browser would obey, or no server should say */
export function corsOf(options: CorsOptions | false): Cors | undefined {
  if (options === false) return undefined;
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError(WHERE, "false, or an object as { origins: ['https://example.org'] }", options);
  checkOptionKeys('The option http.cors', options, Object.keys(KEYS));
  const allows = matcherOf(options);
  const preflight = preflightHeaders(options);
  const everybody = options.origins === '*';
  const exposed = listOf('exposed', options.exposed ?? []);
  const credentials = options.credentials ?? false;

  return {
    open({ headers: { origin } }, response) {
      if (!everybody) response.setHeader('Vary', 'Origin');
      if (!everybody && (origin === undefined || !allows(origin))) return;
      response.setHeader('Access-Control-Allow-Origin', everybody ? '*' : (origin as string));
      if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
      if (exposed) response.setHeader('Access-Control-Expose-Headers', exposed);
    },
    answers(ctx) {
      if (!isPreflight(ctx.req)) return false;
      if (ctx.res.hasHeader('Access-Control-Allow-Origin'))
        for (const [name, value] of preflight) ctx.res.setHeader(name, value);
      ctx.status = 204;
      return true;
    },
    close(ctx) {
      if (!everybody && ctx.res.getHeader('Vary') !== 'Origin') ctx.vary('Origin');
    },
  };
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

function preflightHeaders({ methods, headers, maxAge = MAX_AGE }: CorsOptions): readonly (readonly [string, string])[] {
  if (!Number.isFinite(maxAge) || maxAge < 0)
    throw new InvalidArgumentError(`${WHERE}.maxAge`, 'a number of milliseconds, 0 or more', maxAge);
  return [
    ['Access-Control-Allow-Methods', listOf('methods', methods ?? METHODS)],
    ['Access-Control-Allow-Headers', listOf('headers', headers ?? HEADERS)],
    ['Access-Control-Max-Age', String(Math.floor(maxAge / 1000))],
  ];
}

const TOKEN = /^[\w!#$%&'+.^`|~-]+$/;

/** `*` as a name would mean itself when cookies are sent: names are said. */
function listOf(name: string, values: readonly string[]): string {
  const is = (value: unknown) => typeof value === 'string' && TOKEN.test(value);
  checkList(`${WHERE}.${name}`, values, {
    entry: 'a name that can stand in a header',
    is,
    list: 'a list of names',
    mayBeEmpty: true,
  });
  return values.join(', ');
}

function matcherOf({ origins, credentials }: CorsOptions): (origin: string) => boolean {
  if (origins === '*') {
    if (!credentials) return () => true;
    throw new InvalidArgumentError(
      `${WHERE}.credentials`,
      `a list of origins beside it, since '*' would give every page what belongs to the user`,
      credentials,
    );
  }
  return originMatcher(origins, `${WHERE}.origins`);
}

/**
 * Whether an origin is one of these.
 *
 * @param where - the option, for errors
 * @throws SPECTER_INVALID_ARGUMENT for an origin that no browser sends
 */
export function originMatcher(
  origins: Exclude<CorsOptions['origins'], '*'>,
  where: string,
): (origin: string) => boolean {
  if (typeof origins === 'function') return (origin) => origin !== 'null' && origins(origin) === true;
  checkList(where, origins, ORIGINS);
  const exact = new Set(origins.filter((origin) => !origin.includes('*')).map((text) => exactOrigin(text, where)));
  const below = origins.filter((origin) => origin.includes('*')).map((text) => originsBelow(text, where));
  return (origin) => exact.has(origin) || below.some((fits) => fits(origin));
}

function exactOrigin(text: string, where: string): string {
  if (text !== 'null' && !text.includes('*') && URL.canParse(text) && new URL(text).origin === text) return text;
  throw originError(text, where);
}

function originError(text: string, where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${where}, "${text}"`,
    'an origin as browsers send it: scheme, host in small letters, and the port unless it is the usual one, as https://example.org',
    text,
  );
}

/** `https://*.example.org`: the host must end in what follows the star, and begin with something more. */
function originsBelow(text: string, where: string): (origin: string) => boolean {
  const [scheme = '', host = ''] = text.split('*.');
  if (!scheme.endsWith('://') || text.split('*').length !== 2 || !host.includes('.')) throw originError(text, where);
  exactOrigin(`${scheme}${host}`, where);
  return (origin) => origin.startsWith(scheme) && origin.endsWith(`.${host}`) && isLabels(origin, scheme, host);
}

/** Between scheme and host there are labels of a host and nothing else: no user name, no path, no port. */
function isLabels(origin: string, scheme: string, host: string): boolean {
  return /^(?:[a-z0-9-]+\.)+$/.test(origin.slice(scheme.length, origin.length - host.length));
}
