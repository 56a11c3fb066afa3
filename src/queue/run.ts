// Run: one attempt at one job, while its handler is at it.
import type { Release } from '../kernel/clock.js';
import type { Claim, JobRecord } from './backend.js';
import { type Job, jobDriver } from './job.js';

/** One attempt under way. It holds its worker until the handler has really ended. */
export class Run {
  readonly job: Job;
  readonly claim: Claim;
  /** Its end has been told already: what the handler still does counts no more. */
  over = false;
  /** The queue is stopping, and it was asked to end. */
  interrupted = false;
  /** Resolves when the handler has ended. */
  ended: Promise<void> = Promise.resolve();
  readonly #timers: Release[] = [];

  constructor(job: Job, { id, attempt }: JobRecord) {
    this.job = job;
    this.claim = { id, attempt };
  }

  get id(): string {
    return this.claim.id;
  }

  /** Keeps a timer until the run ends. */
  time(release: Release): void {
    this.#timers.push(release);
  }

  abort(reason: Error): void {
    jobDriver.abort(this.job, reason);
  }

  /** Ends its timers. */
  release(): void {
    for (const release of this.#timers.splice(0)) release();
  }

  /** Whether an error only says that the run was asked to end. */
  isConsequence(error: Error): boolean {
    const { aborted, reason } = this.job.signal;
    return aborted && (error === reason || error.name === 'AbortError' || error.cause === reason);
  }
}
