// naturalExit(): runs a program, and proves that it ends by itself once it has said that it stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemClock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { ExitError } from './errors.js';

export interface NaturalExitOptions {
  readonly args?: readonly string[];
  /** Arguments of Node itself, as `['--import', 'tsx']`. @default none */
  readonly execArgv?: readonly string[];
  /** Added to the environment of this process. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** What a line of its output contains once it has stopped. @default 'stopped' */
  readonly stopped?: string | RegExp;
  /** Milliseconds from that line to its end. @default 500 */
  readonly within?: number;
  /** Milliseconds from its beginning to that line. @default 30,000 */
  readonly timeout?: number;
}

const KEYS: readonly (keyof NaturalExitOptions)[] = ['args', 'execArgv', 'env', 'stopped', 'within', 'timeout'];

/** How a program ended by itself. */
export interface NaturalExit {
  /** Milliseconds from the report of its stop to its end. */
  readonly after: number;
  /** All that it printed. */
  readonly output: string;
}

/**
 * Runs a program file in a process of its own, and waits until it has said that it stopped and has ended: by itself, in time, with exit code 0.
 *
 * A program that is kept alive by something left open is killed.
 *
 * @param file - path of the program, which stops its application without `process.exit()` and then prints a line with `stopped`
 * @throws SPECTER_NO_EXIT with its output
 * @example
 * const { after } = await naturalExit('test/start-and-stop.js');
 */
export async function naturalExit(file: string, options: NaturalExitOptions = {}): Promise<NaturalExit> {
  checkOptionKeys('naturalExit()', options, KEYS);
  const { args = [], execArgv = [], env, within = 500, timeout = 30_000 } = options;
  const child = spawn(process.execPath, [...execArgv, file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watched = new Watched(file, child, options.stopped ?? 'stopped');
  try {
    await watched.stopped(timeout);
    return await watched.ended(within);
  } finally {
    child.kill('SIGKILL');
  }
}

/** A running program. */
class Watched {
  readonly #file: string;
  readonly #lines: string[] = [];
  readonly #said: Promise<number>;
  readonly #closed: Promise<number>;
  #how = '';

  constructor(file: string, child: ChildProcess, pattern: string | RegExp) {
    this.#file = file;
    this.#said = new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        if (stream) createInterface({ input: stream }).on('line', (line) => this.#hear(line, pattern, resolve));
      }
    });
    const exited = once(child, 'exit').then(([code, signal]) => {
      this.#how = code === 0 ? '' : `ended with ${code === null ? signal : `exit code ${code}`}`;
      return systemClock.monotonic();
    });
    // The output may come after the end.
    this.#closed = Promise.all([exited, once(child, 'close')]).then(([at]) => at);
    this.#closed.catch(() => {});
  }

  /** @throws SPECTER_NO_EXIT when it ends, or the time does, before it says that it has stopped */
  async stopped(timeout: number): Promise<void> {
    const ended = this.#closed.then(() => {
      throw this.#error(this.#how || 'ended without having said that it stopped');
    });
    ended.catch(() => {});
    const late = () => this.#error(`did not say within ${timeout} ms that it stopped`);
    // The last line and the end may come at once: the line counts.
    await new Deadline(timeout).wait(Promise.race([this.#said, ended]), late);
  }

  /** @throws SPECTER_NO_EXIT when it does not end by itself in time, or not well */
  async ended(within: number): Promise<NaturalExit> {
    const said = await this.#said;
    const late = () => this.#error(`was still running ${within} ms after it stopped: something keeps it alive`);
    const at = await new Deadline(within).wait(this.#closed, late);
    if (this.#how) throw this.#error(this.#how);
    return { after: Math.max(0, at - said), output: this.#lines.join('\n') };
  }

  #hear(line: string, pattern: string | RegExp, said: (at: number) => void): void {
    this.#lines.push(line);
    if (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)) said(systemClock.monotonic());
  }

  #error(what: string): ExitError {
    return new ExitError(this.#file, what, this.#lines);
  }
}
