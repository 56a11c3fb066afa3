// Job: one job as its queue, its handler and whoever waits for it see it.
import { LazyAbort } from '../kernel/abort.js';
import type { Clock } from '../kernel/clock.js';
import { InvalidArgumentError, WaitTimeoutError } from '../kernel/errors.js';
import { checkedWait, type WaitOptions } from '../kernel/listen-options.js';
import { FINISHED, type JobProgress, type JobRecord, type JobState } from './backend.js';
import { JobCancelledError, JobLostError } from './errors.js';
import type { JobChange } from './events.js';
import { within } from './within.js';

/** The queue as its jobs see it. */
export interface JobHome {
  readonly name: string;
  readonly clock: Clock;
  /** Keeps and tells how far an active job is. */
  advance(job: Job, progress: JobProgress): void;
}

/** The queue's own hold on a job. */
export let jobDriver: {
  /** Takes what is known of it now. */
  update(job: Job, record: JobRecord): void;
  /** Its data has passed the gate once more. */
  renew(job: Job, data: unknown): void;
  /** An attempt begins. */
  begin(job: Job): void;
  abort(job: Job, reason: Error): void;
  lose(job: Job, why: string): void;
};

type End<Result> = { readonly value: Result } | { readonly error: Error };

/**
 * One job of a queue. A queue makes it: `enqueue()` and `get()` give it, and `handle(job)` gets it.
 *
 * @example
 * const job = await thumbs.enqueue({ file: 'a.png' });
 * report(job.id, job.state);
 * const file = await job.done({ timeout: 60_000 });
 * report(file);
 */
export class Job<Data = unknown, Result = unknown> {
  readonly #home: JobHome;
  #record: JobRecord;
  #data: Data;
  #abort = new LazyAbort();
  #end: End<Result> | undefined;
  /** Made for the first who waits: of very many jobs most are never waited for. */
  #waiting: { readonly promise: Promise<Result>; readonly settle: (end: End<Result>) => void } | undefined;

  constructor(record: JobRecord, home: JobHome) {
    this.#home = home;
    this.#record = record;
    this.#data = record.data as Data;
    this.#conclude();
  }

  /** 128 random bits: who knows it may ask for the job. */
  get id(): string {
    return this.#record.id;
  }

  get data(): Data {
    return this.#data;
  }

  get key(): string | undefined {
    return this.#record.key;
  }

  get state(): JobState {
    return this.#record.state;
  }

  /** Lower goes first. */
  get priority(): number {
    return this.#record.priority;
  }

  /** Which attempt this is, or how many there have been. */
  get attempt(): number {
    return this.#record.attempt;
  }

  /** How many attempts there are at most. */
  get attempts(): number {
    return this.#record.attempts;
  }

  /** When it was enqueued, in milliseconds since 1970. */
  get enqueuedAt(): number {
    return this.#record.enqueuedAt;
  }

  /** What `progress()` said last in this attempt. */
  get reported(): JobProgress | undefined {
    return this.#record.progress;
  }

  /** Why its last attempt failed. */
  get error(): Error | undefined {
    return this.#record.error;
  }

  /** Aborted when it is cancelled, when its time is over, and when its queue stops. Each attempt has its own. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * Says how far it is. Of a job that is not active nobody wants to know: then it does nothing.
   *
   * @param percent - 0 to 100
   * @throws SPECTER_INVALID_ARGUMENT
   */
  progress(percent: number, message?: string): void {
    if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100))
      throw new InvalidArgumentError('job.progress()', 'a number from 0 to 100', percent);
    if (this.state !== 'active') return;
    const progress = message === undefined ? { percent } : { percent, message };
    this.#record = { ...this.#record, progress };
    this.#home.advance(this as Job, progress);
  }

  /**
   * What came of it. It waits as long as the job takes, through all attempts, unless it is told otherwise.
   *
   * @param options - `timeout` in milliseconds, and `signal`
   * @throws why the job is dead; SPECTER_JOB_CANCELLED; SPECTER_JOB_LOST when nobody can know; SPECTER_WAIT_TIMEOUT, or the
   *   signal's reason. A rejection that nobody handles is no uncaught error.
   */
  done(options: WaitOptions = {}): Promise<Result> {
    const { timeout, signal } = checkedWait('job.done()', options);
    const { clock, name } = this.#home;
    const hint = () => `It is ${this.state}.`;
    const missed = (ms: number) => new WaitTimeoutError('job.done()', `job ${this.id} of ${name}`, ms, hint());
    return within(this.#ended(), { clock, timeout, signal, missed });
  }

  /** What a client may see: its id, its state, and how far it is. */
  toJSON(): JobChange {
    const { id, state, reported } = this;
    return reported ? { id, state, progress: reported } : { id, state };
  }

  static {
    jobDriver = {
      update: (job, record) => job.#update(record),
      renew: (job, data) => {
        job.#data = data;
      },
      begin: (job) => job.#begin(),
      abort: (job, reason) => job.#abort.abort(() => reason),
      lose: (job, why) => job.#settle({ error: new JobLostError(job.#home.name, job.id, why) }),
    };
  }

  #update(record: JobRecord): void {
    this.#record = record;
    this.#conclude();
  }

  #begin(): void {
    if (this.#abort.aborted) this.#abort = new LazyAbort();
  }

  #conclude(): void {
    const { state, result, error, id } = this.#record;
    if (!FINISHED.has(state)) return;
    if (state === 'completed') this.#settle({ value: result as Result });
    else if (state === 'dead') this.#settle({ error: error as Error });
    else this.#settle({ error: new JobCancelledError(this.#home.name, id) });
  }

  #settle(end: End<Result>): void {
    this.#end = end;
    this.#waiting?.settle(end);
    this.#waiting = undefined;
  }

  #ended(): Promise<Result> {
    if (this.#end) return 'error' in this.#end ? Promise.reject(this.#end.error) : Promise.resolve(this.#end.value);
    this.#waiting ??= this.#wait();
    return this.#waiting.promise;
  }

  #wait() {
    let settle: (end: End<Result>) => void = () => {};
    const promise = new Promise<Result>((resolve, reject) => {
      settle = (end) => ('error' in end ? reject(end.error) : resolve(end.value));
    });
    promise.catch(() => {});
    return { promise, settle };
  }
}
