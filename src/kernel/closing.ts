// Closing: gives back what a scope owns, in two passes and in reverse, whatever fails on the way.
import type { Deadline } from './deadline.js';
import { errorOf, ReleaseFailedError, ScopeCloseError, StopTimeoutError } from './errors.js';
import type { Holding, OwnershipNode } from './scope.js';
import { isThenable } from './thenable.js';

/** One closing of one scope: its deadline, and what has failed so far, each by its path. */
export class Closing {
  readonly failures: Error[] = [];
  readonly #scope: string;
  readonly #owned: Set<Holding>;
  readonly #deadline: Deadline;
  #quiet: Promise<void> | undefined;

  constructor(scope: string, owned: Set<Holding>, deadline: Deadline) {
    this.#scope = scope;
    this.#owned = owned;
    this.#deadline = deadline;
  }

  /** First pass: no new work, and the work at hand is awaited, all of it at the same time. Once, whoever asks. */
  quiesce(): Promise<void> {
    this.#quiet ??= this.#quiesce();
    return this.#quiet;
  }

  async #quiesce(): Promise<void> {
    const busy: Busy[] = [];
    for (const holding of [...this.#owned].reverse()) {
      if (!holding.quiesce) continue;
      const pending = this.#call(holding, 'quiesce');
      if (isThenable(pending)) busy.push(follow(holding, pending));
      else this.#quiesced(holding);
    }
    if (busy.length > 0) await this.#awaitAll(busy);
  }

  async #awaitAll(busy: readonly Busy[]): Promise<void> {
    const all = Promise.all(busy.map(({ end }) => end));
    await this.#deadline.wait(all, () => new StopTimeoutError(this.#scope, this.#deadline.ms)).catch(() => {});
    for (const { holding, outcome } of busy) {
      // A scope tells what of it was late when it is closed itself.
      if (!outcome) this.failures.push(...(holding.scope ? [] : [this.#late(holding)]));
      else if (outcome.failed) this.#failed(holding, outcome.cause);
      this.#quiesced(holding);
    }
  }

  #quiesced(holding: Holding): void {
    if (holding.quiesce === holding.release) this.#owned.delete(holding);
  }

  /** Second pass. Only waits for what really takes time, so that ten thousand quick releases stay quick. */
  async release(): Promise<void> {
    for (const holding of [...this.#owned].reverse()) {
      if (!this.#owned.delete(holding)) continue;
      const pending = this.#call(holding, 'release');
      if (isThenable(pending)) await this.#await(holding, pending);
    }
  }

  #call(holding: Holding, step: 'quiesce' | 'release'): unknown {
    try {
      return holding[step]?.();
    } catch (cause) {
      this.failures.push(new ReleaseFailedError(describe(holding, this.#scope), cause));
      return undefined;
    }
  }

  async #await(holding: Holding, pending: PromiseLike<unknown>): Promise<void> {
    try {
      await this.#deadline.wait(pending, () => this.#late(holding));
    } catch (cause) {
      this.#failed(holding, cause);
    }
  }

  #late(holding: Holding): Error {
    const what = describe(holding, this.#scope);
    return new StopTimeoutError(what, this.#deadline.ms, { open: labelsOf(holding.inside?.() ?? []) });
  }

  #failed(holding: Holding, cause: unknown): void {
    const error = errorOf(cause);
    if (error instanceof ScopeCloseError) this.failures.push(...(error.errors as Error[]));
    else if (error instanceof StopTimeoutError) this.failures.push(error);
    else this.failures.push(new ReleaseFailedError(describe(holding, this.#scope), cause));
  }
}

/** One whose work at hand is coming to its end, and how it ended once it has. */
interface Busy {
  readonly holding: Holding;
  readonly end: PromiseLike<void>;
  outcome?: { readonly failed: boolean; readonly cause?: unknown };
}

function follow(holding: Holding, pending: PromiseLike<unknown>): Busy {
  const busy: { -readonly [key in keyof Busy]: Busy[key] } = { holding, end: Promise.resolve() };
  busy.end = pending.then(
    () => {
      busy.outcome = { failed: false };
    },
    (cause) => {
      busy.outcome = { failed: true, cause };
    },
  );
  return busy;
}

/** What it is, where it is, and where it comes from, for errors. */
export function describe({ kind, label, birth }: Holding, scope: string): string {
  const place = birth?.place;
  return `${kind} "${label}" in scope "${scope}"${place ? ` (from ${place})` : ''}`;
}

/** Owned things as a list in a sentence. */
export function labelsOf(nodes: readonly OwnershipNode[]): string {
  return nodes.map((node) => `${node.kind} "${node.label}"`).join(', ');
}
