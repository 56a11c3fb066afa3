// Whether the options of the sockets door are ones: a limit that is none would only show under attack.
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { areSizes, beyondHard, HARD_LIMITS_TEXT } from '../validation/limits.js';
import { SOCKET_OPTIONS, type SocketOptions, type SocketSettings, settingsOf } from './options.js';
import { isRate } from './throttle.js';

/** The longest that a timer of node's own can wait. */
const LONGEST = 2 ** 31 - 1;

const DURATIONS = ['presenceGrace', 'drainTimeout', 'reconnectSpread'] as const;
const WAITS = ['connectTimeout', 'ackTimeout', 'pingInterval', 'pingTimeout'] as const;

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
  checkOptionKeys('The option sockets', options, SOCKET_OPTIONS);
  const settings = settingsOf(options);
  for (const name of DURATIONS) check(name, isDuration(settings[name]), `milliseconds from 0 to ${LONGEST}`, settings);
  for (const name of WAITS)
    check(name, isDuration(settings[name]) && settings[name] > 0, 'milliseconds above 0', settings);
  for (const name of COUNTS) check(name, isCount(settings[name]), 'a whole number of at least 1', settings);
  const rate = '{ perSecond, burst, violations } with numbers of at least 1, or false';
  check('rate', settings.rate === false || isRate(settings.rate), rate, settings);
  const { limits } = options;
  const sound = areSizes(limits) && beyondHard(limits).length === 0;
  check('limits', sound, `whole numbers up to ${HARD_LIMITS_TEXT}`, settings);
  check(
    'session',
    options.session === undefined || typeof options.session === 'function',
    'a function of the handshake',
    settings,
  );
  check('path', /^\/./.test(settings.path), 'a path, as /socket.io', settings);
}

function check(name: keyof SocketSettings, right: boolean, expected: string, settings: SocketSettings): void {
  if (!right) throw new InvalidArgumentError(`the option sockets.${name}`, expected, settings[name]);
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LONGEST;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
