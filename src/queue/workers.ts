// Workers: the loop that takes jobs when somebody is free, and wakes when the next one is due.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Release } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import { Attempts, type Workplace } from './attempts.js';
import type { JobProgress, JobRecord } from './backend.js';
import { JobCancelledError } from './errors.js';
import type { Job } from './job.js';

/** Milliseconds until a backend that failed is asked again. */
const AGAIN = 1_000;
/** How many ids a report of lost jobs has. */
const TOLD = 100;

/** The workers of one queue. */
export class Workers {
  readonly #at: Workplace;
  readonly #attempts: Attempts;
  /** Jobs belong to nobody's request, whoever enqueues them. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #taking = false;
  #paused = false;
  #claiming = false;
  #again = false;
  #disarm: Release = () => {};

  constructor(at: Workplace) {
    this.#at = at;
    this.#attempts = new Attempts(at, () => this.poke());
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** How many attempts are over, and still keep their worker. */
  get stuck(): number {
    return this.#attempts.stuck.size;
  }

  /** What is worked on at this moment. */
  get jobs(): readonly Job[] {
    return this.#attempts.jobs;
  }

  start(): void {
    this.#taking = true;
    this.poke();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#at.environment().events.emit('queue-paused', { service: this.#at.name });
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#at.environment().events.emit('queue-resumed', { service: this.#at.name });
    this.poke();
  }

  /** There may be something to do. One round at a time: a call during one asks for another. */
  poke(): void {
    if (this.#claiming) this.#again = true;
    else if (this.#taking) this.#outside(() => void this.#pump());
  }

  async cancel(id: string): Promise<boolean> {
    const record = await this.#at.backend.cancel(id);
    if (!record) return false;
    this.#attempts.end(id, new JobCancelledError(this.#at.name, id));
    this.#at.ledger.changed(record);
    this.poke();
    return true;
  }

  async advance({ id, attempt }: Job, progress: JobProgress): Promise<void> {
    const { backend, ledger } = this.#at;
    await this.#guard(async () => {
      const record = await backend.progress({ id, attempt }, progress);
      if (record) ledger.tell(record);
    });
  }

  /** Takes no more jobs. @returns resolves when those at hand have ended */
  halt(): Promise<unknown> {
    this.#taking = false;
    this.#disarm();
    return this.#attempts.settled();
  }

  /** Asks those at hand to end. @returns resolves when they have */
  interrupt(): Promise<unknown> {
    return this.#attempts.interrupt();
  }

  /** Waits no more for those that have not ended. */
  async abandon(): Promise<void> {
    const ids = await this.#attempts.abandon();
    if (!this.#at.backend.durable) this.#tellLost(ids);
  }

  /** The queue has come to its end: what is left of its jobs is not known any more. */
  async end(): Promise<void> {
    const { backend, ledger, name } = this.#at;
    const ids = ledger.loseAll(`${name} has come to its end, and kept it in memory`);
    if (!backend.durable) this.#tellLost(ids);
    await backend.close();
  }

  #tellLost(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const { environment, name: service } = this.#at;
    environment().events.emit('jobs-lost', { service, lost: ids.length, jobs: ids.slice(0, TOLD) });
  }

  async #pump(): Promise<void> {
    this.#claiming = true;
    do {
      this.#again = false;
      const isDone = await this.#guard(() => this.#round());
      if (!isDone) this.#wake(AGAIN);
    } while (this.#again && this.#taking);
    this.#claiming = false;
  }

  async #round(): Promise<void> {
    const { backend, ledger, plan } = this.#at;
    const { due, next } = await backend.promote();
    this.#wake(next);
    for (const record of due) ledger.changed(record);
    const free = this.#paused ? 0 : plan.concurrency - this.#attempts.size;
    if (free > 0) for (const record of await backend.claim(free, this.#attempts.stuck)) await this.#take(record);
  }

  /** It may have stopped since it asked. */
  async #take(record: JobRecord): Promise<void> {
    if (this.#taking) this.#attempts.begin(record);
    else await this.#at.backend.giveBack(record);
  }

  #wake(ms: number | undefined): void {
    this.#disarm();
    if (ms === undefined || !this.#taking) return;
    this.#disarm = this.#at.environment().clock.setTimeout(() => this.poke(), ms);
  }

  /** @returns whether it went well; what went wrong has been told */
  async #guard(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      this.#at.environment().events.emit('queue-failed', { service: this.#at.name, error: errorOf(thrown) });
      return false;
    }
  }
}
