// What an application's code opened behind the framework's back and did not close, by file and line.
import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock } from '../kernel/clock.js';
import { Handles } from './handles.js';
import type { Leak } from './leak.js';
import { ProcessListeners } from './listeners.js';
import { UnownedRuns } from './unowned-runs.js';

/** Things may take a few turns to close after the stop; look again after these pauses before calling it a leak. */
const PATIENCE = [0, 5, 20, 80, 200, 400];

/** Calls `find` until it finds nothing, or patience is at an end. */
export async function patiently(
  find: () => readonly Leak[],
  sleep: (ms: number) => Promise<void>,
): Promise<readonly Leak[]> {
  let found: readonly Leak[] = [];
  for (const ms of PATIENCE) {
    await sleep(ms);
    found = find();
    if (found.length === 0) break;
  }
  return found;
}

/** Whose doings count. */
export interface LedgerOptions {
  /** The file whose own doings are not the application's. */
  readonly testFile?: string | undefined;
  /** Whatever is made from now on counts, whoever makes it. @default false: what is made inside `run`, or in a file of the application */
  readonly everything?: boolean;
}

/** Follows raw handles and the listeners of `process`, and tells the application's from the test's. */
export class HandleLedger {
  readonly #options: LedgerOptions;
  readonly #inside = new AsyncLocalStorage<HandleLedger>();
  /** True while it sets a timer of its own. */
  #mine = false;
  readonly #handles: Handles;
  readonly #listeners: ProcessListeners;
  readonly #unowned: UnownedRuns;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#handles = new Handles(() => this.#counts());
    this.#listeners = new ProcessListeners(() => this.#counts());
    this.#unowned = new UnownedRuns(() => this.#counts());
  }

  /** Runs what counts as the application's doing, with everything that follows from it. */
  run<T>(work: () => T): T {
    return this.#inside.run(this, work);
  }

  /** What is still open once things have had time to close. */
  settle(): Promise<readonly Leak[]> {
    return patiently(
      () => this.leaks,
      (ms) => this.sleep(ms),
    );
  }

  /** Waits without leaving a trace in itself. */
  sleep(ms: number): Promise<void> {
    this.#mine = true;
    try {
      return this.#inside.exit(() => systemClock.sleep(ms));
    } finally {
      this.#mine = false;
    }
  }

  /** Without what the test's own file made. */
  ofApplication(leaks: readonly Leak[]): readonly Leak[] {
    const { testFile } = this.#options;
    return testFile === undefined ? leaks : leaks.filter(({ place }) => !place?.startsWith(testFile));
  }

  get leaks(): readonly Leak[] {
    return [...this.#handles.open, ...this.#listeners.open, ...this.#unowned.open]
      .filter(({ leak, counts }) => counts || this.#isApplicationFile(leak.place))
      .map(({ leak }) => leak);
  }

  /** How many connections wait in a pool for the next request. */
  get pooled(): number {
    return this.#handles.pooled;
  }

  /** Stops following. */
  close(): void {
    this.#handles.close();
    this.#listeners.close();
    this.#unowned.close();
    this.#inside.disable();
  }

  #counts(): boolean {
    return !this.#mine && (this.#options.everything === true || this.#inside.getStore() === this);
  }

  #isApplicationFile(place: string | undefined): boolean {
    const { testFile } = this.#options;
    return (
      place !== undefined &&
      testFile !== undefined &&
      !place.startsWith(testFile) &&
      !/[\\/](test|tests|__tests__)[\\/]|\.(test|spec)\./.test(place)
    );
  }
}
