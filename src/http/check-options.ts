// Whether the options of the HTTP server are ones: a limit that is none would only show under attack.
import { InvalidOptionError } from '../kernel/errors.js';
import { checkList } from './check-list.js';
import { checkTls } from './check-tls.js';
import { isHostPattern } from './hosts.js';
import type { HttpSettings } from './options.js';
import { isProxyName } from './proxy.js';

/** The longest that a timer of node's own can wait. */
const LONGEST = 2 ** 31 - 1;

const DURATIONS = [
  'drainTimeout',
  'headersTimeout',
  'requestTimeout',
  'keepAliveTimeout',
  'connectionsCheckingInterval',
  'handlerTimeout',
  'sendTimeout',
  'maxLag',
  'heartbeat',
] as const;

const COUNTS = [
  'maxConnections',
  'maxInFlight',
  'maxHeaderSize',
  'maxHeaders',
  'maxUrlLength',
  'maxQueryParameters',
  'bodyLimit',
] as const;

const HOSTS = {
  entry: "a host without scheme or path, as 'example.org' or '*.example.org'",
  is: isHostPattern,
  list: "a list of hosts, as ['example.org', '*.example.org', 'localhost:3000']",
};

const PROXIES = {
  entry: "'loopback', 'private', an address or a network as '10.0.0.0/8'",
  is: isProxyName,
  list: "false, how many proxies stand in front, or their addresses, as ['loopback', '10.0.0.0/8']",
};

/** @throws SPECTER_INVALID_ARGUMENT for the first option that cannot be */
export function checkServerOptions(settings: HttpSettings): void {
  for (const name of DURATIONS) check(name, isDuration(settings[name]), `milliseconds from 0 to ${LONGEST}`, settings);
  for (const name of COUNTS) check(name, isCount(settings[name]), 'a whole number of at least 1', settings);
  const { connectionsCheckingInterval, headersTimeout, requestTimeout } = settings;
  check('connectionsCheckingInterval', connectionsCheckingInterval > 0, 'more than 0 milliseconds', settings);
  check(
    'headersTimeout',
    requestTimeout === 0 || headersTimeout <= requestTimeout,
    `at most requestTimeout, which is ${requestTimeout}`,
    settings,
  );
  check('socketMode', isMode(settings.socketMode), 'permissions of a file, as 0o660', settings);
  checkKinds(settings);
  checkNames(settings);
}

/** Whether each is of a kind that it can be. */
function checkKinds(settings: HttpSettings): void {
  const { session, etag, log, health, compression, securityHeaders } = settings;
  check('session', session === undefined || typeof session === 'function', 'a function of the context', settings);
  check('etag', typeof etag === 'boolean', 'true or false', settings);
  check('log', typeof log === 'boolean', 'true or false', settings);
  check('health', typeof health === 'boolean' || typeof health === 'string', 'a path, true or false', settings);
  check('compression', isObjectOr(compression, 'boolean'), 'an object with a threshold, true or false', settings);
  check('securityHeaders', securityHeaders === false || isObjectOr(securityHeaders), 'an object or false', settings);
}

function isObjectOr(value: unknown, kind?: 'boolean'): boolean {
  return typeof value === kind || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

function checkNames(settings: HttpSettings): void {
  const { allowedHosts, redirectHosts, trustProxy, tls } = settings;
  for (const [name, list] of Object.entries({ allowedHosts, redirectHosts }))
    if (list !== undefined) checkList(`the option http.${name}`, list, HOSTS);
  if (Array.isArray(trustProxy)) checkList('the option http.trustProxy', trustProxy, PROXIES);
  else check('trustProxy', isTrust(trustProxy), PROXIES.list, settings);
  if (tls) checkTls(tls);
}

function check(name: keyof HttpSettings, right: boolean, expected: string, settings: HttpSettings): void {
  if (!right) throw new InvalidOptionError(`the option http.${name}`, expected, settings[name]);
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LONGEST;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isMode(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0o777;
}

function isTrust(value: unknown): boolean {
  if (typeof value === 'number') return isCount(value) && value <= 32;
  return value === false || isProxyName(value);
}
