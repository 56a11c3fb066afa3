// Ledger: the jobs of a queue that live in this process, and who is told when one changes.
import type { Bus } from '../kernel/bus.js';
import { FINISHED, type JobProgress, type JobRecord } from './backend.js';
import type { JobChange } from './events.js';
import { Job, type JobHome, jobDriver } from './job.js';

/** Knows every unfinished job, so that all who ask for one get the same object. */
export class Ledger {
  readonly #live = new Map<string, Job>();
  readonly #home: JobHome;
  readonly #bus: () => Bus;
  readonly #finished: () => void;

  /** @param finished - called after each job that came to its end */
  constructor(home: JobHome, bus: () => Bus, finished: () => void) {
    this.#home = home;
    this.#bus = bus;
    this.#finished = finished;
  }

  /** The job of a record. */
  of(record: JobRecord): Job {
    const known = this.#live.get(record.id);
    if (known) return known;
    const job = new Job(record, this.#home);
    if (!FINISHED.has(record.state)) this.#live.set(record.id, job);
    return job;
  }

  /** Takes a change over, and tells it. */
  changed(record: JobRecord): Job {
    const job = this.of(record);
    jobDriver.update(job, record);
    const isFinished = FINISHED.has(record.state);
    if (isFinished) this.#live.delete(record.id);
    this.tell(record);
    if (isFinished) this.#finished();
    return job;
  }

  tell({ id, state, progress }: Pick<JobRecord, 'id' | 'state'> & { progress?: JobProgress | undefined }): void {
    const event = `queue:${this.#home.name}` as const;
    if (!this.#bus().hasListeners(event)) return;
    const change: JobChange = progress ? { id, state, progress } : { id, state };
    this.#bus().emit(event, change);
  }

  /** Nobody can tell what becomes of it. */
  lose(job: Job, why: string): void {
    this.#live.delete(job.id);
    jobDriver.lose(job, why);
    this.#finished();
  }

  /** Loses all that are unfinished. @returns their ids */
  loseAll(why: string): string[] {
    const ids = [...this.#live.keys()];
    for (const job of [...this.#live.values()]) this.lose(job, why);
    return ids;
  }
}
