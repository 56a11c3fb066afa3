// commandLines(): the lines that a command prints, which runs while somebody follows them.
import { basename } from 'node:path';
import { type Environment, homeOf } from '../kernel/home.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { Scope } from '../kernel/scope.js';
import { ProcessExitError } from '../process/errors.js';
import { createProcess, type ManagedProcess } from '../process/managed-process.js';
import { checkCommand, type ProcessOptions } from '../process/options.js';
import type { Source } from './source.js';

export interface CommandLinesOptions extends Pick<ProcessOptions, 'cwd' | 'env' | 'maxLine' | 'killTimeout'> {
  /** Shows in reports; what a killed run has left is found by it. @default the last part of the command */
  readonly name?: string;
  /** Whose lines. @default 'stdout' */
  readonly output?: 'stdout' | 'stderr';
  /** Milliseconds after SIGTERM before SIGKILL. @default 2,000 */
  readonly terminateTimeout?: number;
}

const KEYS: readonly (keyof CommandLinesOptions)[] = [
  'cwd', 'env', 'maxLine', 'killTimeout', 'name', 'output', 'terminateTimeout',
]; // biome-ignore format: a list

/**
 * The lines that a command prints. It is started when the stream is opened, and ended with everything it has started itself when the stream is
 * closed. A command that ends well ends the stream; any other end is an error. No shell sees it.
 *
 * @param command - a program in PATH, or a path
 * @throws SPECTER_INVALID_ARGUMENT for a command or options that cannot be meant
 * @example
 * const devices = createWatcher('devices', { stream: commandLines('udevadm', ['monitor', '--udev']) });
 * devices.subscribe((line) => console.log(line));
 * await devices.start();
 */
export function commandLines(
  command: string,
  args: readonly string[] = [],
  options: CommandLinesOptions = {},
): Source<string> {
  const { name = basename(String(command)), output = 'stdout', ...how } = options;
  checkCommand(name, command, args);
  checkOptionKeys(`commandLines('${name}')`, options, KEYS);
  const around = homeOf(undefined)?.environment;
  const make = (owner: Scope) => createProcess(name, command, args, { terminateTimeout: 2_000, ...how, owner });
  return (signal) => follow(make, { name, output, signal, around });
}

interface Following {
  readonly name: string;
  readonly output: 'stdout' | 'stderr';
  readonly signal: AbortSignal;
  readonly around: Environment | undefined;
}

async function* follow(make: (owner: Scope) => ManagedProcess, following: Following): AsyncGenerator<string, void> {
  const { name, output, signal, around } = following;
  const owner = new Scope(name, around ? { events: around.events, births: around.births } : {});
  const process = make(owner);
  const stop = () => void process.stop();
  let lastWords = '';
  const silence = output === 'stdout' ? process.watchStream('stderr', (line) => void (lastWords = line)) : () => {};
  try {
    const lines = process.lines(output);
    if (signal.aborted) return;
    signal.addEventListener('abort', stop, { once: true });
    await process.start();
    for await (const line of lines) {
      if (signal.aborted) return;
      yield line;
    }
    const exit = await process.wait();
    if (exit.code !== 0 && !signal.aborted) throw new ProcessExitError(name, exit, { lastWords });
  } finally {
    signal.removeEventListener('abort', stop);
    silence();
    await process.stop();
    await owner.close();
  }
}
