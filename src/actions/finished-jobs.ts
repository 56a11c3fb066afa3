// FinishedJobs: what came of deferred actions, for as long as somebody may ask.
import type { Clock } from '../kernel/clock.js';

/** What is kept of a job that has ended. */
export interface Finished {
  readonly name: string;
  readonly caller: string | undefined;
  readonly state: string;
  /** Its outcome as JSON. */
  readonly text: string;
}

/** Milliseconds for which an outcome is kept. */
const KEPT = 900_000;
/** The most outcomes that are kept. */
const MOST = 10_000;
/** The most characters of all of them. */
const MOST_TEXT = 16 * 1024 * 1024;

/** The outcomes of jobs, the oldest of which are forgotten first. */
export class FinishedJobs {
  readonly #clock: Clock;
  /** In the order in which they ended. */
  readonly #jobs = new Map<string, Finished & { readonly until: number }>();
  #text = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#jobs.size;
  }

  get(id: string): Finished | undefined {
    this.#forgetOld();
    return this.#jobs.get(id);
  }

  add(id: string, job: Finished): void {
    this.#jobs.set(id, { ...job, until: this.#clock.monotonic() + KEPT });
    this.#text += job.text.length;
    this.#forgetOld();
  }

  clear(): void {
    this.#jobs.clear();
    this.#text = 0;
  }

  /** Without a timer: what is kept too long is only in the way of what comes next. */
  #forgetOld(): void {
    const now = this.#clock.monotonic();
    for (const [id, { text, until }] of this.#jobs) {
      if (until > now && this.#jobs.size <= MOST && this.#text <= MOST_TEXT) return;
      this.#jobs.delete(id);
      this.#text -= text.length;
    }
  }
}
