// Attempts: runs the handler for each job that was claimed, and says what came of it. Retries, backoff and timeouts are decided here.
import { backoffDelay } from '../kernel/backoff.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { Outcome } from '../kernel/outcome.js';
import type { JobRecord, QueueBackend } from './backend.js';
import { JobInterruptedError, JobTimeoutError, NoRetryError, PayloadError } from './errors.js';
import { type Job, jobDriver } from './job.js';
import type { Ledger } from './ledger.js';
import type { QueuePlan } from './plan.js';
import { Run } from './run.js';

/** What is worked on, where, and how. */
export interface Workplace {
  readonly name: string;
  readonly plan: QueuePlan;
  readonly backend: QueueBackend;
  readonly ledger: Ledger;
  /** Asked each time: an owner may move. */
  readonly environment: () => Pick<Environment, 'clock' | 'events'>;
  readonly handle: (job: Job) => unknown;
}

/** Milliseconds until a handler that ignores its aborted signal is reported. */
const STUCK = 1_000;

type End = { readonly value: unknown } | { readonly error: Error };

/** All attempts under way in one queue. As long as a handler is at a job, its worker is not free, whatever has become of the job. */
export class Attempts {
  readonly #at: Workplace;
  readonly #freed: () => void;
  readonly #runs = new Map<string, Run>();
  readonly #stuck = new Set<string>();

  /** @param freed - called when a worker is free again */
  constructor(at: Workplace, freed: () => void) {
    this.#at = at;
    this.#freed = freed;
  }

  /** How many workers are busy. */
  get size(): number {
    return this.#runs.size;
  }

  /** Jobs whose attempt is over although the handler is still at it: none of them must begin again meanwhile. */
  get stuck(): ReadonlySet<string> {
    return this.#stuck;
  }

  get jobs(): readonly Job[] {
    return [...this.#runs.values()].map(({ job }) => job);
  }

  begin(record: JobRecord): void {
    const run = new Run(this.#at.ledger.changed(record), record);
    this.#runs.set(run.id, run);
    run.ended = this.#run(run);
  }

  /** Ends the attempt at a job, if there is one: it counts no more, and its handler is asked to end. */
  end(id: string, reason: Error): void {
    const run = this.#runs.get(id);
    if (run && !run.over) this.#end(run, reason);
  }

  /** @returns resolves when those at hand have ended, but for those that are stuck */
  settled(): Promise<unknown> {
    return Promise.all([...this.#runs.values()].filter(({ over }) => !over).map(({ ended }) => ended));
  }

  /** The queue is stopping: asks all to end. @returns resolves when they have, those that are stuck as well */
  interrupt(): Promise<unknown> {
    const runs = [...this.#runs.values()];
    for (const run of runs.filter(({ over }) => !over)) {
      run.interrupted = true;
      run.abort(new JobInterruptedError(this.#at.name, run.id));
    }
    return Promise.all(runs.map(({ ended }) => ended));
  }

  /** Waits no more. @returns the ids of the jobs that are lost by that */
  async abandon(): Promise<string[]> {
    const { backend, ledger, name } = this.#at;
    for (const run of this.#runs.values()) run.release();
    const left = [...this.#runs.values()].filter(({ over }) => !over);
    for (const { job, claim } of left.map((run) => this.#over(run))) {
      if (backend.durable) await backend.giveBack(claim);
      else await backend.lose(claim);
      ledger.lose(job, `it did not end when ${name} stopped, although its signal was aborted`);
    }
    return left.map(({ id }) => id);
  }

  async #run(run: Run): Promise<void> {
    const end = await this.#attempt(run);
    run.release();
    await this.#guard(() => this.#conclude(run, end));
    this.#runs.delete(run.id);
    this.#stuck.delete(run.id);
    this.#freed();
  }

  async #attempt(run: Run): Promise<End> {
    const { backend, handle, plan, environment } = this.#at;
    try {
      if (backend.durable) jobDriver.renew(run.job, await this.#checked(run.job));
      jobDriver.begin(run.job);
      if (plan.timeout !== undefined)
        run.time(environment().clock.setTimeout(() => void this.#late(run), plan.timeout));
      const returned = await handle(run.job);
      return { value: Outcome.is(returned) ? returned.unwrap() : returned };
    } catch (thrown) {
      return { error: errorOf(thrown) };
    }
  }

  /** What was kept may be of an older version of the type. */
  async #checked({ id, data }: Job): Promise<unknown> {
    try {
      return await this.#at.plan.gate.check(data);
    } catch (thrown) {
      throw new PayloadError(this.#at.name, id, thrown);
    }
  }

  async #conclude(run: Run, end: End): Promise<void> {
    if (run.over) this.#tellLate(run, end);
    else if ('value' in end) await this.#kept(this.#at.backend.complete(run.claim, end.value));
    else if (run.interrupted) await this.#kept(this.#at.backend.giveBack(run.claim));
    else await this.#failed(run, end.error);
  }

  async #kept(kept: Promise<JobRecord | undefined>): Promise<void> {
    const record = await kept;
    if (record) this.#at.ledger.changed(record);
  }

  async #failed(run: Run, error: Error): Promise<void> {
    const { backend, environment, name: service } = this.#at;
    const retryIn = this.#retryIn(run, error);
    const record = await backend.fail(run.claim, error, retryIn);
    if (!record) return;
    const { id: job, attempt } = run.claim;
    environment().events.emit('job-failed', {
      service,
      job,
      attempt,
      error,
      ...(retryIn !== undefined && { retryIn }),
    });
    this.#at.ledger.changed(record);
    // Somebody must see to it when its backoff is over.
    this.#freed();
  }

  /** Milliseconds until the next attempt; undefined when there is none. */
  #retryIn({ job }: Run, error: Error): number | undefined {
    const isFinal = error instanceof NoRetryError || error instanceof PayloadError;
    return job.attempt < job.attempts && !isFinal ? backoffDelay(job.attempt, this.#at.plan.backoff) : undefined;
  }

  async #late(run: Run): Promise<void> {
    if (run.over) return;
    const error = new JobTimeoutError(this.#at.name, run.id, this.#at.plan.timeout as number);
    this.#end(run, error);
    await this.#guard(() => this.#failed(run, error));
  }

  #end(run: Run, reason: Error): void {
    this.#over(run).abort(reason);
    const { environment, name: service } = this.#at;
    const tell = () => environment().events.emit('job-stuck', { service, job: run.id, duration: STUCK });
    run.time(environment().clock.setTimeout(tell, STUCK));
  }

  #over(run: Run): Run {
    run.over = true;
    this.#stuck.add(run.id);
    return run;
  }

  /** Its end has been told; what went wrong after it still is not lost. */
  #tellLate(run: Run, end: End): void {
    if ('value' in end || run.isConsequence(end.error)) return;
    const { environment, name: service } = this.#at;
    environment().events.emit('task-failed', { service, task: `job ${run.id}`, error: end.error });
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#at.environment().events.emit('queue-failed', { service: this.#at.name, error: errorOf(thrown) });
    }
  }
}
