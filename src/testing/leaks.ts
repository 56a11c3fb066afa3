// What an application's code opened behind the framework's back and did not close, by file and line.
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One thing that outlived its application. */
export interface Leak {
  /** `timer`, `server`, `socket`, `process`, `watcher`, `worker`, `listener`, `registry entry` ... */
  readonly kind: string;
  readonly label: string;
  /** File and line that made it, as far as the host tells. */
  readonly place: string | undefined;
}

/** Kinds of raw handles that live until somebody closes them. */
const KINDS: Readonly<Record<string, string>> = {
  Timeout: 'timer',
  TCPSERVERWRAP: 'server',
  PIPESERVERWRAP: 'server',
  TCPWRAP: 'socket',
  PIPEWRAP: 'pipe',
  UDPWRAP: 'socket',
  PROCESSWRAP: 'process',
  FSEVENTWRAP: 'watcher',
  STATWATCHER: 'watcher',
  WORKER: 'worker',
};

interface Handle {
  readonly kind: string;
  readonly stack: string;
  readonly byApplication: boolean;
}

/** Handles may take a few turns to close after the stop; look again after these pauses before calling it a leak. */
const PATIENCE = [0, 5, 20, 80, 200, 400];

/** Follows every raw handle, unref'd ones too, and every listener on `process`, from its making until its release. */
export class HandleLedger {
  readonly #open = new Map<number, Handle>();
  readonly #inside = new AsyncLocalStorage<HandleLedger>();
  readonly #testFile: string | undefined;
  readonly #processListeners = countProcessListeners();
  readonly #hook = createHook({
    init: (id, type) => this.#opened(id, type),
    destroy: (id) => void this.#open.delete(id),
  });

  /** @param testFile - the file whose own handles are not the application's */
  constructor(testFile: string | undefined) {
    this.#testFile = testFile;
    this.#hook.enable();
  }

  /** Runs what counts as the application's doing, with everything that follows from it. */
  run<T>(work: () => T): T {
    return this.#inside.run(this, work);
  }

  /** What is still open once things have had time to close. */
  async settle(): Promise<readonly Leak[]> {
    for (const ms of PATIENCE) {
      await this.#inside.exit(() => new Promise((resolve) => setTimeout(resolve, ms)));
      if (this.leaks.length === 0) return [];
    }
    return this.leaks;
  }

  /** Without what the test's own file made. */
  ofApplication(leaks: readonly Leak[]): readonly Leak[] {
    const own = this.#testFile;
    return own === undefined ? leaks : leaks.filter(({ place }) => !place?.startsWith(own));
  }

  get leaks(): readonly Leak[] {
    return [...this.#handles(), ...this.#listeners()];
  }

  /** Stops following. */
  close(): void {
    this.#hook.disable();
    this.#open.clear();
  }

  #opened(id: number, type: string): void {
    const kind = KINDS[type];
    if (kind)
      this.#open.set(id, {
        kind,
        stack: new Error('made here').stack ?? '',
        byApplication: this.#inside.getStore() === this,
      });
  }

  #handles(): Leak[] {
    return [...this.#open.values()].flatMap(({ kind, stack, byApplication }) => {
      const place = userPlace(stack);
      if (place === undefined || !(byApplication || this.#isApplicationFile(place))) return [];
      return [{ kind, label: 'made behind the framework', place }];
    });
  }

  #isApplicationFile(place: string): boolean {
    return (
      this.#testFile !== undefined &&
      !place.startsWith(this.#testFile) &&
      !/[\\/](test|tests|__tests__)[\\/]|\.(test|spec)\./.test(place)
    );
  }

  #listeners(): Leak[] {
    return [...countProcessListeners()].flatMap(([event, count]) => {
      const more = count - (this.#processListeners.get(event) ?? 0);
      return more > 0 ? [{ kind: 'listener', label: `${more} on process "${String(event)}"`, place: undefined }] : [];
    });
  }
}

function countProcessListeners(): Map<string | symbol, number> {
  return new Map(process.eventNames().map((event) => [event, process.listenerCount(event)]));
}

const PACKAGE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Where our own code lies: compiled, and as source maps name it. */
const FRAMEWORK = ['dist', 'src'].map((folder) => join(PACKAGE, folder) + sep);

/** The first frame that is neither ours, nor Node's, nor a package's. Undefined when there is none: then it is not the user's. */
export function userPlace(stack: string): string | undefined {
  for (const line of stack.split('\n')) {
    const frame = /(?:\(|at (?:async )?)(?:file:\/\/)?([^()\s][^()]*:\d+:\d+)\)?$/.exec(line.trim())?.[1];
    if (frame === undefined || frame.startsWith('node:') || FRAMEWORK.some((folder) => frame.startsWith(folder)))
      continue;
    return frame.includes('node_modules') ? undefined : frame;
  }
  return undefined;
}
