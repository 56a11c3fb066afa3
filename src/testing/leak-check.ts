// leakCheck(): everything that a piece of code has left open in this process, by seven probes that see different things.
import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { stat } from 'node:fs/promises';
import { systemClock } from '../kernel/clock.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { LeakError } from './errors.js';
import { type Leak, type Owning, stillOwned } from './leak.js';
import { HandleLedger, patiently } from './leaks.js';
import { countListeners } from './listeners.js';
import { type Counts, files, growth, handles, LINUX, processes, resources, threads } from './readings.js';

/**
 * Where a check looks: what stopped applications still own (`owned`), raw handles and listeners of `process` with the line that made them (`made`),
 * Node's list of resources (`resources`), libuv's handles (`handles`), open files (`files`), threads, child processes and their children (`processes`),
 * listeners of emitters (`listeners`), and warnings of too many listeners (`warnings`).
 */
export type Probe =
  | 'owned' | 'made' | 'resources' | 'handles' | 'files' | 'threads' | 'processes' | 'listeners' | 'warnings'; // biome-ignore format: a list

const PROBES: readonly Probe[] = [
  'owned', 'made', 'resources', 'handles', 'files', 'threads', 'processes', 'listeners', 'warnings',
]; // biome-ignore format: a list
const LINUX_ONLY: readonly Probe[] = ['files', 'threads', 'processes'];

export interface LeakCheckOptions {
  /** Where to look. @default everywhere */
  readonly probes?: readonly Probe[];
  /** Emitters besides `process` whose listeners are counted, by name. @default none */
  readonly emitters?: Readonly<Record<string, EventEmitter>>;
}

/** A check under way. Made by `leakCheck`. */
export class LeakCheck {
  /** Probes that this platform does not have: those of `/proc` are Linux's. */
  readonly missing: readonly Probe[];
  readonly #probes: readonly Probe[];
  readonly #emitters: Readonly<Record<string, EventEmitter>>;
  /** Stands in the environment variable SPECTER_RUN, by which children of the checked code, and theirs, are known. */
  readonly #run = randomUUID();
  readonly #outerRun = process.env.SPECTER_RUN;
  /** Without `made` nothing is followed, and so nothing is kept alive by being followed. */
  readonly #ledger: HandleLedger | undefined;
  readonly #warnings: Leak[] = [];
  readonly #before: ReadonlyMap<string, Counts>;
  #closed = false;

  constructor({ probes = PROBES, emitters = {} }: LeakCheckOptions) {
    this.missing = LINUX ? [] : probes.filter((probe) => LINUX_ONLY.includes(probe));
    this.#probes = probes.filter((probe) => !this.missing.includes(probe));
    this.#emitters = emitters;
    process.env.SPECTER_RUN = this.#run;
    // Before the ledger, which would take it for the checked code's.
    process.on('warning', this.#warn);
    this.#ledger = probes.includes('made') ? new HandleLedger({ everything: true }) : undefined;
    this.#before = this.#read();
  }

  /**
   * What is open now and was not when the check began. Things get up to a second to close.
   *
   * @param stopped - applications that have stopped, so that nothing may be left in their ledgers
   */
  leaks(...stopped: readonly Owning[]): Promise<readonly Leak[]> {
    return patiently(
      () => this.#find(stopped),
      (ms) => (this.#ledger ?? systemClock).sleep(ms),
    );
  }

  /**
   * Ends the check.
   *
   * @param stopped - applications that have stopped, so that nothing may be left in their ledgers
   * @throws SPECTER_LEAK when anything is open that was not when it began
   */
  async end(...stopped: readonly Owning[]): Promise<void> {
    const leaks = await this.leaks(...stopped).finally(() => this.close());
    if (leaks.length > 0) throw new LeakError(leaks, 'the check');
  }

  /** Ends the check without looking. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ledger?.close();
    process.removeListener('warning', this.#warn);
    if (this.#outerRun === undefined) delete process.env.SPECTER_RUN;
    else process.env.SPECTER_RUN = this.#outerRun;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  readonly #warn = ({ name, message }: Error) => {
    if (name === 'MaxListenersExceededWarning')
      this.#warnings.push({ kind: 'warning', label: message, place: undefined });
  };

  #find(stopped: readonly Owning[]): readonly Leak[] {
    const known = this.#known(stopped);
    const told = new Set(known.map(({ kind, label }) => `${kind} ${label}`));
    return [...known, ...this.#grown().filter(({ kind, label }) => !told.has(`${kind} ${label}`))];
  }

  /** What tells its place. */
  #known(stopped: readonly Owning[]): Leak[] {
    const found: Partial<Record<Probe, readonly Leak[]>> = {
      owned: stopped.flatMap(stillOwned),
      made: this.#ledger?.leaks ?? [],
      warnings: this.#warnings,
    };
    return this.#probes.flatMap((probe) => found[probe] ?? []);
  }

  /** What can only be counted. */
  #grown(): Leak[] {
    return [...this.#read()].flatMap(([kind, after]) =>
      growth(this.#before.get(kind) ?? new Map(), after).map(({ name, more }) => ({
        kind,
        label: more > 1 ? `${name}, ${more} more` : name,
        place: undefined,
      })),
    );
  }

  #read(): ReadonlyMap<string, Counts> {
    const readers: Partial<Record<Probe, readonly [kind: string, read: () => Counts]>> = {
      resources: ['resource', resources],
      handles: ['libuv handle', () => without(handles(), "tcp, unref'd", this.#ledger?.pooled ?? 0)],
      files: ['file', () => without(files(), 'socket', this.#ledger?.pooled ?? 0)],
      threads: ['thread', threads],
      processes: ['process', () => processes(`SPECTER_RUN=${this.#run}`)],
      listeners: ['listener', () => this.#listeners()],
    };
    return new Map(
      this.#probes.flatMap((probe) => (readers[probe] ? [readers[probe]] : [])).map(([kind, read]) => [kind, read()]),
    );
  }

  #listeners(): Counts {
    const emitters = Object.entries({ process, ...this.#emitters } as Record<string, EventEmitter>);
    return new Map(emitters.flatMap(([name, emitter]) => [...countListeners(name, emitter)]));
  }
}

/** Connections that wait in a pool for the next request are nobody's leak. */
function without(counts: Counts, name: string, pooled: number): Counts {
  return pooled === 0 ? counts : new Map([...counts, [name, (counts.get(name) ?? 0) - pooled]]);
}

/**
 * Begins to watch what is opened in this process. What a process opens once and keeps (threads for files, the output) is opened before.
 *
 * Run the code once before the check when it loads things at its first run.
 *
 * @example
 * const check = await leakCheck();
 * const app = await bootstrap(AppModule, { signals: false });
 * await app.stop();
 * await check.end(app);
 */
export async function leakCheck(options: LeakCheckOptions = {}): Promise<LeakCheck> {
  checkOptionKeys('leakCheck()', options, ['probes', 'emitters'] satisfies (keyof LeakCheckOptions)[]);
  await Promise.all(Array.from({ length: 4 }, () => stat('.')));
  for (const output of [process.stdout, process.stderr]) void output.writable;
  return new LeakCheck(options);
}
