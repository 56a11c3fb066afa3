// UnownedRuns: watchers and lifecycles that were started although nobody owns them, and have not been stopped.
import type { Release } from '../kernel/clock.js';
import { followUnowned, type Unowned } from '../kernel/unowned.js';
import type { OpenHandle } from './handles.js';

/** Follows what starts without an owner. */
export class UnownedRuns {
  /** Each with whether it counts. */
  readonly #running = new Map<Unowned, boolean>();
  readonly #unfollow: Release;

  /** @param counts - asked at the start of each: whether it is the application's doing */
  constructor(counts: () => boolean) {
    this.#unfollow = followUnowned({
      started: (run) => void this.#running.set(run, counts()),
      ended: (run) => void this.#running.delete(run),
    });
  }

  /** All that still run, and have no owner yet. */
  get open(): readonly OpenHandle[] {
    return [...this.#running]
      .filter(([run]) => !run.isAdopted)
      .map(([{ kind, name, place }, counts]) => ({ leak: { kind, label: `"${name}" has no owner`, place }, counts }));
  }

  /** Stops following. */
  close(): void {
    this.#unfollow();
    this.#running.clear();
  }
}
