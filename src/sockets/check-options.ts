// Whether the options of the sockets door are ones: a limit that is none would only show under attack.

import { InvalidOptionError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { checkLimits, checkRate, isCount, RATE_KEYS } from './limit-checks.js';
import { SOCKET_OPTIONS, type SocketOptions, type SocketSettings, settingsOf } from './options.js';

/** The longest that a timer of node's own can wait. */
const LONGEST = 2 ** 31 - 1;

const TRANSPORTS: readonly string[] = ['polling', 'websocket'];
const DURATIONS = ['presenceGrace', 'drainTimeout', 'reconnectSpread'] as const;
const WAITS = ['connectTimeout', 'ackTimeout', 'pingInterval', 'pingTimeout'] as const;

/** Options of socket.io that are said in another way. */
const ELSEWHERE = {
  cors: 'Whose pages may connect is the option sockets.origins; without it those of http.cors may, besides your own.',
};

const COUNTS = [
  'maxHttpBufferSize',
  'maxTopics',
  'maxNamespaces',
  'maxSocketsPerSession',
  'maxConnectionsPerAddress',
  'maxWaiting',
  'maxWaitingMessages',
] as const;

/** @throws SPECTER_INVALID_ARGUMENT for what cannot be, before anything is constructed */
export function checkSocketOptions(options: SocketOptions): void {
  checkOptionKeys('The option sockets', options, SOCKET_OPTIONS, ELSEWHERE);
  checkRate(named, options.rate, RATE_KEYS);
  checkLimits(named, options.limits);
  const settings = settingsOf(options);
  for (const name of DURATIONS) check(name, isDuration(settings[name]), `milliseconds from 0 to ${LONGEST}`, settings);
  for (const name of WAITS)
    check(name, isDuration(settings[name]) && settings[name] > 0, `milliseconds above 0, to ${LONGEST}`, settings);
  for (const name of COUNTS) check(name, isCount(settings[name]), 'a whole number of at least 1', settings);
  const { session, path, transports } = settings;
  check('session', session === undefined || typeof session === 'function', 'a function of the handshake', settings);
  check('path', /^\/./.test(path), 'a path, as /socket.io', settings);
  check('transports', areTransports(transports), `a list of ${TRANSPORTS.join(' and ')}, or one of them`, settings);
}

const named = (part: string) => `the option sockets.${part}`;

function check(name: keyof SocketSettings, right: boolean, expected: string, settings: SocketSettings): void {
  if (!right) throw new InvalidOptionError(named(name), expected, settings[name]);
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LONGEST;
}

function areTransports(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((one) => TRANSPORTS.includes(one));
}
