// What a process can be told, and what is said for it otherwise.
import { checkDuration } from '../kernel/clock.js';
import { InvalidArgumentError, InvalidOptionError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { checkRestart, type RestartOptions } from '../kernel/restart-budget.js';
import type { Owner } from '../kernel/scope.js';

/** When a process begins again: `'failure'` after an exit that is not 0 or by a signal, `'always'` after any that nobody asked for. */
export type ProcessRestart = RestartOptions<'failure' | 'always' | 'never'>;

/** How one knows that it is ready: a line that it prints, or a question that is asked until it gives anything but `false` without throwing. */
export type Readiness = RegExp | ((signal: AbortSignal) => unknown);

export interface ProcessOptions {
  /** Stops it when it stops, and fails when it gives up. @default the instance under construction */
  readonly owner?: Owner;
  /** Its working directory. @default that of this process */
  readonly cwd?: string;
  /** Variables besides PATH, HOME, LANG, TZ and NODE_ENV; `undefined` takes one away. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `'pipe'` lets `write()` reach it. @default 'closed' */
  readonly stdin?: 'closed' | 'pipe';
  /** A line of its output, or a question, that tells when it is ready. @default ready once it runs */
  readonly ready?: Readiness;
  /** Milliseconds until it must be ready. @default 15,000 */
  readonly startTimeout?: number;
  /** Milliseconds after SIGTERM before SIGKILL; its owner's `stopTimeout` may allow less. @default 5,000 */
  readonly terminateTimeout?: number;
  /** Milliseconds after SIGKILL before it is given up. @default 1,000 */
  readonly killTimeout?: number;
  /** Bytes of a line; a longer one is cut. @default 65,536 */
  readonly maxLine?: number;
  /** Whether it begins again when it ends by itself. @default { on: 'never' } */
  readonly restart?: ProcessRestart;
}

type Key = keyof ProcessOptions;
const KEYS: readonly Key[] = [
  'owner', 'cwd', 'env', 'stdin', 'ready', 'startTimeout', 'terminateTimeout', 'killTimeout', 'maxLine', 'restart',
]; // biome-ignore format: a list
/** One character may have so many bytes. */
const SHORTEST_LINE = 4;

/** All of it said. */
export type ProcessSettings = Required<Omit<ProcessOptions, 'owner' | 'cwd' | 'ready'>> &
  Pick<ProcessOptions, 'cwd' | 'ready'>;

/** @throws SPECTER_INVALID_ARGUMENT for what cannot be meant */
export function settingsOf(name: string, options: ProcessOptions): ProcessSettings {
  const who = `process "${name}"`;
  checkOptionKeys(who, options, KEYS);
  const { env = {}, stdin = 'closed', maxLine = 65_536, restart = { on: 'never' }, cwd, ready } = options;
  const { startTimeout = 15_000, terminateTimeout = 5_000, killTimeout = 1_000 } = options;
  for (const [key, ms] of Object.entries({ startTimeout, terminateTimeout, killTimeout }))
    checkDuration(`${key} of ${who}`, ms, InvalidOptionError);
  checkRestart(who, restart, ['failure', 'always', 'never']);
  if (!(Number.isInteger(maxLine) && maxLine >= SHORTEST_LINE))
    throw new InvalidOptionError(`maxLine of ${who}`, `a whole number of at least ${SHORTEST_LINE}`, maxLine);
  if (stdin !== 'closed' && stdin !== 'pipe')
    throw new InvalidOptionError(`stdin of ${who}`, "'closed' or 'pipe'", stdin);
  if (ready !== undefined && !(ready instanceof RegExp) && typeof ready !== 'function')
    throw new InvalidOptionError(`ready of ${who}`, 'a RegExp or a function', ready);
  return { env, stdin, maxLine, restart, startTimeout, terminateTimeout, killTimeout, ...(cwd === undefined ? {} : { cwd }), ...(ready ? { ready } : {}) }; // biome-ignore format: a list
}

/** @throws SPECTER_INVALID_ARGUMENT unless it is a name, a program and a list of texts */
export function checkCommand(name: string, command: string, args: readonly string[]): void {
  if (typeof name !== 'string' || name === '') throw new InvalidArgumentError('a process', 'a name', name);
  const where = `process "${name}"`;
  if (typeof command !== 'string' || command === '') throw new InvalidArgumentError(where, 'a program', command);
  const isList = Array.isArray(args) && args.every((arg) => typeof arg === 'string');
  if (!isList) throw new InvalidArgumentError(where, 'its arguments as a list of strings', args);
}
