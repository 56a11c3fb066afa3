// Security headers: what every response says to browsers besides its content, worked out once at boot.
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { InvalidArgumentError } from '../kernel/errors.js';

/** Names and values, ready to be set. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Changes to the security headers: other values, further headers, `false` for one that is not wanted. */
export type SecurityHeaders = Readonly<Record<string, string | false>>;

/** Headers on every response; a method or a middleware may set others. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'SAMEORIGIN',
  'Cross-Origin-Resource-Policy': 'same-site',
};

/** Problems are never pages: nothing in them may run, whatever shows them. */
const PROBLEM_HEADERS: Readonly<Record<string, string>> = {
  ...SAFE_HEADERS,
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

/** The headers of every response, and those of every problem. */
export interface SecurityHeaderLists {
  readonly always: HeaderList;
  readonly problems: HeaderList;
}

/** What the option `http.securityHeaders` comes to. @throws SPECTER_INVALID_ARGUMENT for a header that cannot be sent */
export function securityHeadersOf(option: false | SecurityHeaders): SecurityHeaderLists {
  if (option === false) return { always: [], problems: [] };
  return { always: merged(SAFE_HEADERS, option), problems: merged(PROBLEM_HEADERS, option) };
}

/** Sets headers that nobody has set yet. */
export function addHeaders(res: ServerResponse, headers: HeaderList): void {
  for (const [name, value] of headers) if (!res.hasHeader(name)) res.setHeader(name, value);
}

function merged(defaults: Readonly<Record<string, string>>, changes: SecurityHeaders): HeaderList {
  const all = new Map(Object.entries(defaults).map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
  for (const [name, value] of Object.entries(changes)) {
    if (value === false) all.delete(name.toLowerCase());
    else all.set(name.toLowerCase(), [name, checked(name, value)]);
  }
  return [...all.values()];
}

function checked(name: string, value: unknown): string {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
    if (typeof value === 'string') return value;
  } catch {}
  throw new InvalidArgumentError(
    `the option http.securityHeaders, "${name}"`,
    'a header that can be sent, or false',
    value,
  );
}
