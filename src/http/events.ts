// What the HTTP door says happened, and how each of it reads in a log.
import { counted } from '../kernel/counted.js';
import { messageOf } from '../kernel/errors.js';
import type { LifecycleEventMap, Wordings } from '../kernel/events.js';

/** One request, as an event tells of it: whose it was, never what it held. */
interface Requested {
  /** The controller that answered; `http` when none did. */
  readonly service: string;
  readonly method: string;
  /** The path of the route, as `/films/:id`; undefined when none was found. */
  readonly route: string | undefined;
  /** What was asked for where there is no route: shortened, without its query, nothing in it but printable characters. */
  readonly path?: string | undefined;
  /** The same as in the problem that the client got. */
  readonly requestId: string;
}

declare module '../kernel/events.js' {
  interface LifecycleEventMap {
    'http-listening': { service: string; url: string };
    /** A response has ended; `aborted` when its client did not get all of it, and then `cut` when that was the server's doing: why. */
    'http-request': Requested & {
      readonly status: number;
      readonly duration: number;
      readonly aborted: boolean;
      readonly cut?: string | undefined;
      /** The host that was asked for, where it is none of `http.allowedHosts`. */
      readonly host?: string | undefined;
    };
    /** A `redirect()` led nowhere that it may lead to; `first` the first time on this route. */
    'http-redirect-refused': Requested & { readonly why: string; readonly first: boolean };
    /** `http.session()` gave an id that is none; `first` the first time. */
    'http-session-refused': Requested & { readonly why: string; readonly first: boolean };
    'http-failed': Requested & { readonly error: Error };
    /** What came in was no request that HTTP allows, and never came to a route. */
    'http-refused': { service: string; status: number; reason: string; requestId: string };
    /** So many requests were refused since the last time that this was told; `busy` is how many are answered. */
    'http-overloaded': { service: string; refused: number; busy: number };
    'http-draining': { service: string; requests: number };
    /** `cut` is how many requests did not end in time. */
    'http-drained': { service: string; duration: number; cut: number };
    'http-cut': { service: string; requests: readonly string[] };
    /** Nobody gave an answer, and nobody said that there is no such path. */
    'http-unanswered': Requested;
    /** A route that is never asked, because `by` answers the same requests before it. */
    'http-shadowed': { service: string; route: string; by: string };
    /** A route takes bodies beyond the hard limits, because its `@Body` says `unsafe`. */
    'http-unsafe': { service: string; route: string; limits: string };
  }
}

type HttpEvent =
  | 'http-listening'
  | 'http-request'
  | 'http-redirect-refused'
  | 'http-session-refused'
  | 'http-failed'
  | 'http-refused'
  | 'http-overloaded'
  | 'http-draining'
  | 'http-drained'
  | 'http-cut'
  | 'http-shadowed'
  | 'http-unanswered'
  | 'http-unsafe';

/** How the events of the HTTP door read in a log. */
export const httpWordings: Wordings<HttpEvent> = {
  'http-listening': { level: 'info', sentence: (e) => `Listening on ${e.url}` },
  'http-request': {
    level: 'debug',
    sentence: (e) => `${what(e)}${hostIn(e)} ${endOf(e)} in ${round(e.duration)} ms`,
  },
  'http-redirect-refused': {
    level: ({ first }) => (first ? 'warn' : 'debug'),
    sentence: (e) => `${e.service}: redirect() of ${what(e)} is refused with 400 (request ${e.requestId}): ${e.why}`,
  },
  'http-session-refused': {
    level: ({ first }) => (first ? 'warn' : 'debug'),
    sentence: (e) => `${e.service}: ${what(e)} is refused with 401 (request ${e.requestId}): ${e.why}`,
  },
  'http-failed': {
    level: 'error',
    sentence: (e) => `${e.service}: ${what(e)} failed (request ${e.requestId}): ${messageOf(e.error)}`,
  },
  'http-refused': {
    level: 'debug',
    sentence: (e) => `refused what is no request: ${e.reason} (${e.status}, request ${e.requestId})`,
  },
  'http-overloaded': {
    level: 'warn',
    sentence: (e) =>
      `too much to do: ${counted(e.refused, 'request')} refused, ${counted(e.busy, 'request')} in flight`,
  },
  'http-draining': {
    level: 'info',
    sentence: (e) => `no new connections, ${counted(e.requests, 'request')} in flight`,
  },
  'http-drained': { level: 'debug', sentence: (e) => `requests in flight ended within ${round(e.duration)} ms` },
  'http-unsafe': {
    level: 'warn',
    sentence: (e) => `${e.route} takes bodies beyond the hard limits (${e.limits}): one may hold everybody up`,
  },
  'http-unanswered': {
    level: 'debug',
    sentence: (e) =>
      e.route === undefined
        ? `${e.method} is 404: a middleware gave no answer and did not call next() (request ${e.requestId})`
        : `${e.service}: ${what(e)} is 404: its handler did not set ctx.body (request ${e.requestId})`,
  },
  'http-shadowed': {
    level: 'warn',
    sentence: (e) => `${e.service}: ${e.route} of its buildRoutes is never asked: ${e.by} answers before it`,
  },
  'http-cut': { level: 'warn', sentence: (e) => `cut off at the deadline: ${e.requests.join(', ')}` },
};

/** The wording of requests with `http.log`: health checks come too often to be told of. */
export const loggedRequests: Wordings<'http-request'> = {
  'http-request': {
    level: ({ service, route }) => (service === 'http' && route !== undefined ? 'debug' : 'info'),
    sentence: httpWordings['http-request'].sentence,
  },
};

function what({ method, route, path }: Requested): string {
  return `${method} ${route ?? `an unknown path${path === undefined ? '' : ` "${path}"`}`}`;
}

function hostIn({ host }: LifecycleEventMap['http-request']): string {
  return host === undefined ? '' : ` for the host "${host}"`;
}

function endOf({ aborted, cut, status }: LifecycleEventMap['http-request']): string {
  if (!aborted) return `answered ${status}`;
  return cut === undefined ? 'was left by its client' : `was cut off (${cut})`;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
