// Idle: those who wait until a queue has nothing left to do.
import { errorOf, WaitEndedError } from '../kernel/errors.js';
import type { QueueBackend } from './backend.js';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait for an idle queue. */
export class Idle {
  readonly #backend: QueueBackend;
  readonly #waiters = new Set<Waiter>();

  constructor(backend: QueueBackend) {
    this.#backend = backend;
  }

  /** Resolves when no job is left that will run. */
  wait(): { readonly work: Promise<void>; readonly forget: () => void } {
    let waiter: Waiter | undefined;
    const work = new Promise<void>((resolve, reject) => {
      waiter = { resolve, reject };
      this.#waiters.add(waiter);
    });
    this.look();
    return { work, forget: () => void this.#waiters.delete(waiter as Waiter) };
  }

  /** A job has ended: it may have been the last. */
  look(): void {
    if (this.#waiters.size > 0) void this.#look();
  }

  /** Nothing more is done. */
  end(name: string): void {
    this.#reject(new WaitEndedError(`${name}.idle()`, 'its last job', `${name} is stopping`));
  }

  async #look(): Promise<void> {
    try {
      const { waiting, delayed, failed, active } = await this.#backend.counts();
      if (waiting + delayed + failed + active > 0) return;
      for (const { resolve } of this.#waiters) resolve();
      this.#waiters.clear();
    } catch (thrown) {
      this.#reject(errorOf(thrown));
    }
  }

  #reject(error: Error): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
  }
}
