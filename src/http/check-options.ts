// Whether the options of the HTTP server are ones: a limit that is none would only show under attack.
import { InvalidArgumentError } from '../kernel/errors.js';
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
  checkNames(settings);
}

function checkNames(settings: HttpSettings): void {
  const { allowedHosts, redirectHosts, trustProxy, tls } = settings;
  const hosts = "a list of hosts, as ['example.org', '*.example.org', 'localhost:3000']";
  check('allowedHosts', !allowedHosts || isListOf(allowedHosts, isHostPattern), hosts, settings);
  check('redirectHosts', !redirectHosts || isListOf(redirectHosts, isHostPattern), hosts, settings);
  const proxies = "false, how many proxies stand in front, or their addresses, as ['loopback', '10.0.0.0/8']";
  check('trustProxy', isTrust(trustProxy), proxies, settings);
  check('tls', !tls || hasKey(tls), 'key and cert, or pfx, or a SNICallback', settings);
}

function check(name: keyof HttpSettings, right: boolean, expected: string, settings: HttpSettings): void {
  if (!right) throw new InvalidArgumentError(`the option http.${name}`, expected, settings[name]);
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

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(is);
}

function isTrust(value: unknown): boolean {
  if (typeof value === 'number') return isCount(value) && value <= 32;
  return value === false || isProxyName(value) || isListOf(value, isProxyName);
}

function hasKey(tls: NonNullable<HttpSettings['tls']>): boolean {
  return typeof tls === 'object' && Boolean((tls.key && tls.cert) || tls.pfx || tls.SNICallback);
}
