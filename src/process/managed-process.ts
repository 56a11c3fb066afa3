// ManagedProcess: a child process with an owner, as one uses it.
import { whenAborted } from '../kernel/abort.js';
import type { Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Health } from '../kernel/health.js';
import { Runner } from '../kernel/runner.js';
import type { Owner } from '../kernel/scope.js';
import { Custody, enter, environmentFor, type Ward } from './custody.js';
import type { ProcessExit } from './errors.js';
import { processWordings } from './events.js';
import type { LineInfo } from './lines.js';
import { checkCommand, type ProcessOptions, settingsOf } from './options.js';
import {
  type Abortable,
  type ChunkOptions,
  type FollowedLine,
  type LineOptions,
  type ListenOptions,
  type OutputName,
  Streams,
  signalOf,
} from './streams.js';
import { type ProcessEnd, type ProcessReady, Turns } from './turns.js';
import { Upkeep } from './upkeep.js';

/** Milliseconds for what else happens in a start and a stop: looking for what was left, and reading to the end. */
const MORE = 3_000;

/**
 * A child process with an owner. Made by `createProcess` or `startProcess`.
 *
 * It runs without a shell, in a process group of its own, which ends as a whole.
 */
export class ManagedProcess {
  readonly #runner: Runner;
  readonly #upkeep: Upkeep;
  readonly #streams: Streams;
  readonly #turns: Turns;
  readonly #takesInput: boolean;
  #custody: Custody;

  /** Use `createProcess`. */
  constructor(name: string, command: string, given: { args: readonly string[]; options: ProcessOptions }) {
    checkCommand(name, command, given.args);
    const { owner } = given.options;
    const settings = settingsOf(name, given.options);
    const { startTimeout, terminateTimeout, killTimeout, maxLine, stdin, cwd, env } = settings;
    const stopTimeout = terminateTimeout + 2 * killTimeout + MORE;
    const environment = environmentFor(owner);
    environment.events.word(processWordings);
    this.#runner = new Runner(name, environment, { startTimeout: startTimeout + stopTimeout, stopTimeout });
    this.#streams = new Streams(this.#runner, maxLine);
    this.#turns = new Turns(this.#runner);
    this.#takesInput = stdin === 'pipe';
    const what = { name, command, args: [...given.args], cwd, env: { ...env }, stdin };
    const means = { command: what, settings, outputs: this.#streams.all, runner: this.#runner, turns: this.#turns };
    this.#upkeep = new Upkeep(means);
    this.#runner.bind(this, { onStart: () => this.#upkeep.begin(), onStop: () => this.#upkeep.end() });
    this.#custody = this.#keepFor(owner);
  }

  /** Shows in logs, errors and the ownership tree; what a killed run has left is found by it. */
  get name(): string {
    return this.#runner.name;
  }

  /** Whether it runs at this moment, and is ready. */
  get running(): boolean {
    const { child } = this.#upkeep;
    return this.#runner.phase === 'running' && child !== undefined && child.exit === undefined;
  }

  /** Of the run that is, or was the last. */
  get pid(): number | undefined {
    return this.#upkeep.child?.pid;
  }

  /** How it ended the last time; `null` while it runs, and after a signal. */
  get exitCode(): number | null {
    return this.#upkeep.child?.exit?.code ?? null;
  }

  /** The signal that ended it the last time. */
  get signalCode(): NodeJS.Signals | null {
    return this.#upkeep.child?.exit?.signal ?? null;
  }

  /**
   * Starts it, and waits until it is ready. What a run of this name that was killed has left is ended before. Idempotent.
   *
   * @throws SPECTER_SPAWN, SPECTER_NOT_READY, SPECTER_PROCESS_EXIT when it ends before it is ready, SPECTER_NOT_RUNNING when its owner does not run
   */
  async start(): Promise<this> {
    await this.#runner.start();
    return this;
  }

  /** Asks its whole group to end, and kills what has not after `terminateTimeout`. Never rejects: what goes wrong is reported. */
  async stop(): Promise<this> {
    await this.#runner.stop();
    return this;
  }

  /** Stops it and starts it. @throws as `start()` does */
  async restart(): Promise<this> {
    await this.stop();
    return this.start();
  }

  /**
   * Resolves when it has ended, is not started again, and all it said has been read.
   *
   * @throws SPECTER_NOT_RUNNING when it was never started, or the reason when `signal` is aborted before
   */
  async wait(options: Abortable = {}): Promise<ProcessExit> {
    const signal = signalOf(`wait() of process "${this.name}"`, options);
    if (!signal) return this.#upkeep.over;
    const aborted = whenAborted(signal);
    return Promise.race([this.#upkeep.over, aborted.promise]).finally(aborted.release);
  }

  /**
   * Gives it an owner that it was not made with.
   *
   * @throws SPECTER_INVALID_ARGUMENT while it runs
   */
  attach(owner: Owner): this {
    if (this.#runner.phase !== 'stopped')
      throw new InvalidArgumentError(`attach() of process "${this.name}"`, 'a process that does not run', this);
    this.#custody.disposed();
    enter(this.#runner, environmentFor(owner));
    this.#custody = this.#keepFor(owner);
    return this;
  }

  /** Up while it runs or when it has ended well, degraded while it is started again, down when it has failed or was stopped. */
  health(): Health {
    return this.#upkeep.health(this.running);
  }

  /**
   * Calls `onLine` with each line, without its end, over all restarts. The first to listen gets what came before, at most 64 KiB.
   *
   * @param options - `chunks: 'text'` or `'bytes'` gives what comes as it comes, instead of lines; `owner` ends the calling when it stops
   * @returns ends the calling
   * @example
   * const ping = createProcess('ping', 'ping', ['-c', '3', 'localhost']);
   * const release = ping.watchStream('stdout', (line) => console.log(line));
   */
  watchStream(name: OutputName, onLine: (line: string, info: LineInfo) => unknown, options?: LineOptions): Release;
  watchStream(name: OutputName, onText: (text: string) => unknown, options: ChunkOptions<'text'>): Release;
  watchStream(name: OutputName, onBytes: (bytes: Buffer) => unknown, options: ChunkOptions<'bytes'>): Release;
  watchStream(name: OutputName, fn: (what: never, info: never) => unknown, options: ListenOptions = {}): Release {
    return this.#streams.watch(name, fn as (what: unknown, info?: unknown) => unknown, options);
  }

  /** Calls `onLine` with each line of both streams. */
  followOutput(onLine: (line: string, info: FollowedLine) => unknown, options: LineOptions = {}): Release {
    return this.#streams.follow(onLine, options);
  }

  /** Calls `fn` each time it has ended, with all that it had started. @param options - `owner` ends the calling when it stops @returns ends it */
  onExit(fn: (end: ProcessEnd) => unknown, { owner }: LineOptions = {}): Release {
    return this.#turns.on('exit', fn, owner);
  }

  /** Calls `fn` each time it runs and is ready, over all restarts: the moment to tell it what it must know. Else as `onExit`. */
  onReady(fn: (ready: ProcessReady) => unknown, { owner }: LineOptions = {}): Release {
    return this.#turns.on('ready', fn, owner);
  }

  /**
   * The lines of a stream for a `for await`, over all restarts, until it has ended for good or its owner stops. A reader that is slow
   * holds the process up: not more than 1 MiB waits for it. Longer lines than `maxLine` are cut; `watchStream` tells which.
   *
   * @param options.signal - ends the reading; that of a task whose owner is another one
   */
  lines(name: OutputName, options: Abortable = {}): AsyncIterableIterator<string> {
    const signal = signalOf(`lines() of process "${this.name}"`, options) ?? this.#custody.signal;
    return this.#streams.output(name).read(signal);
  }

  /**
   * Writes to its stdin; resolves when it has taken it, so whoever waits never has more than that in memory.
   *
   * @throws SPECTER_INPUT_CLOSED when it does not run, is about to be started again, reads no more, or was made without `stdin: 'pipe'`
   */
  write(data: string | Uint8Array): Promise<void> {
    return this.#streams.write(this.#upkeep.child, data, this.#refusal);
  }

  /** Ends its stdin: a filter ends then. */
  endInput(): void {
    this.#upkeep.child?.stdin?.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#runner.stop();
  }

  /** Why it takes no input, as far as that is not the child's affair. */
  get #refusal(): string | undefined {
    if (!this.#takesInput) return "it was made without { stdin: 'pipe' }";
    return this.#upkeep.returning ? 'it has ended, and is started again; write when onReady() tells' : undefined;
  }

  #keepFor(owner: Owner | undefined): Custody {
    const self = this;
    const ward: Ward = {
      runner: this.#runner,
      get label() {
        return self.running ? `process "${self.name}", pid ${self.pid}` : `process "${self.name}"`;
      },
      hurry: (end) => this.#hurry(end),
    };
    const custody = new Custody(ward, owner);
    this.#runner.keeper = custody;
    return custody;
  }

  /** Whoever reads lines in a task of the owner must come to its end before the process does: tasks end first. */
  #hurry(end: number): void {
    this.#upkeep.hurry(end);
    for (const output of this.#streams.all) output.endReaders();
    if (this.#runner.phase === 'starting') this.#runner.abortStart('its owner is stopping');
  }
}

/**
 * Makes a process without starting it. In a field or constructor of a managed class it belongs to that instance, and stops with each run of it.
 *
 * @param name - shows in reports; unique in an application, as what a killed run has left is found by it
 * @param command - a program in PATH, or a path; no shell sees it
 * @param args - what comes from outside should stand behind `'--'`, where programs take it, so that it is no option
 * @throws SPECTER_INVALID_ARGUMENT for options that cannot be meant
 * @example
 * const date = createProcess('date', 'date', ['-u']);
 * date.watchStream('stdout', (line) => console.log(line));
 * await date.start();
 * const { code } = await date.wait();
 */
export function createProcess(
  name: string,
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): ManagedProcess {
  return new ManagedProcess(name, command, { args, options });
}
