// QueueService: the face of a queue: enqueue, look, cancel, retry, pause. The work is done by what it owns.
import { errorOf, WaitTimeoutError } from '../kernel/errors.js';
import type { Health } from '../kernel/health.js';
import { inNameOf, underConstruction } from '../kernel/home.js';
import { Lifecycle, type LifecycleOptions, runnerOf } from '../kernel/lifecycle.js';
import { checkedWait, DEFAULT_WAIT, type WaitOptions } from '../kernel/listen-options.js';
import type { Outcome } from '../kernel/outcome.js';
import type { Runner } from '../kernel/runner.js';
import type { Scope } from '../kernel/scope.js';
import type { Class } from '../kernel/token.js';
import type { Workplace } from './attempts.js';
import type { JobFilter, JobState } from './backend.js';
import { QueueFullError } from './errors.js';
import { queueWordings } from './events.js';
import { Idle } from './idle.js';
import { type EnqueueOptions, Intake } from './intake.js';
import type { Job, JobHome } from './job.js';
import { Ledger } from './ledger.js';
import { MemoryBackend } from './memory-backend.js';
import { planOf } from './plan.js';
import { within } from './within.js';
import { Workers } from './workers.js';

/**
 * Base of a queue: a service that does jobs one after another, or some at a time, and that others hand jobs to. Tag it with `@Queue`.
 *
 * Its jobs are in memory: a restart of the service keeps those that wait, the end of the application reports them as lost.
 *
 * @example
 * class Film { @IsString() file = ''; }
 *
 * @Queue({ name: 'thumbs', type: Film, concurrency: 2 })
 * class Thumbs extends QueueService<Film, string> {
 *   protected async handle({ data, signal }: Job<Film, string>) {
 *     await this.clock.sleep(100, { signal });
 *     return `${data.file}.png`;
 *   }
 * }
 */
export abstract class QueueService<Data = unknown, Result = unknown> extends Lifecycle {
  readonly #workers: Workers;
  readonly #at: Workplace;
  readonly #intake: Intake;
  readonly #idle: Idle;
  #halting: Promise<unknown> | undefined;

  /** @param options - only for one that stands alone; in an application its decorator and the application say it all */
  constructor(options: LifecycleOptions = {}) {
    const { plan, ...said } = planOf(new.target as unknown as Class);
    const isAlone = underConstruction() === undefined;
    super({}, isAlone ? { ...said, ...options } : options);
    const runner = runnerOf(this);
    // An application has done it: without their wording, nobody would see its errors.
    if (isAlone) runner.environment.events.word(queueWordings);
    // The one place that chooses where jobs are kept.
    const backend = new MemoryBackend({ retain: plan.retain, clock: () => this.clock });
    this.#idle = new Idle(backend);
    this.#at = {
      name: runner.name,
      plan,
      backend,
      ledger: this.#ledger(runner),
      environment: () => runner.environment,
      handle: (job) => inNameOf(runner, () => this.handle(job as Job<Data, Result>)),
    };
    this.#workers = new Workers(this.#at);
    this.#intake = new Intake(this.#at, () => runner.phase);
    runner.scope.hold({ kind: 'resource', label: 'jobs', release: () => this.#workers.end() });
    runner.attach((run) => this.#open(run));
  }

  /**
   * Does one job. What it returns is the result; a throw, or a failed `Outcome`, is a failed attempt.
   *
   * @param job - pass on `job.signal`: as long as this runs, it keeps its worker
   */
  protected abstract handle(job: Job<Data, Result>): Result | Outcome<Result> | Promise<Result | Outcome<Result>>;

  /** Called at each start, before the first job is taken. */
  protected onWorkersStarted?(): void | Promise<void>;

  /** Called at each stop, when no more jobs are taken and those at hand are waited for. */
  protected onWorkersStopping?(): void | Promise<void>;

  /** Whether it takes no jobs because of `pause()`. */
  get paused(): boolean {
    return this.#workers.paused;
  }

  /**
   * Hands over a job.
   *
   * @returns the job; when an unfinished one has that `key` that one, and `data` is checked but not used
   * @throws SPECTER_QUEUE_FULL, SPECTER_VALIDATION, SPECTER_NOT_RUNNING before the start and after the stop
   */
  async enqueue(data: Data, options: EnqueueOptions = {}): Promise<Job<Data, Result>> {
    return (await this.tryEnqueue(data, options)) ?? this.#refuse();
  }

  /** Like `enqueue`, but gives undefined when the queue is full. */
  async tryEnqueue(data: Data, options: EnqueueOptions = {}): Promise<Job<Data, Result> | undefined> {
    return this.#typed(await this.#intake.take([data], [options]))?.[0];
  }

  /**
   * Hands over many jobs: all of them, or none.
   *
   * @param options - for all, or made for each
   * @throws as `enqueue` does
   */
  async enqueueMany(
    all: readonly Data[],
    options: EnqueueOptions | ((data: Data, index: number) => EnqueueOptions) = {},
  ): Promise<readonly Job<Data, Result>[]> {
    const each = all.map((data, i) => (typeof options === 'function' ? options(data, i) : options));
    return this.#typed(await this.#intake.take(all, each)) ?? this.#refuse();
  }

  /** A job by its id; undefined when there is none, or none any more. */
  async get(id: string): Promise<Job<Data, Result> | undefined> {
    const record = await this.#at.backend.get(id);
    return record && (this.#at.ledger.of(record) as Job<Data, Result>);
  }

  /** Jobs, the oldest first. @param filter - of one `state`, and 100 at most unless `limit` says another number */
  async jobs(filter: JobFilter = {}): Promise<readonly Job<Data, Result>[]> {
    const records = await this.#at.backend.list(filter);
    return records.map((record) => this.#at.ledger.of(record) as Job<Data, Result>);
  }

  /** How many jobs are in each state, of those that are kept. */
  counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#at.backend.counts();
  }

  /** Calls off a job that is not finished; the signal of one that is active is aborted. @returns whether there was one */
  cancel(id: string): Promise<boolean> {
    return this.#workers.cancel(id);
  }

  /**
   * Lets a dead or cancelled job begin anew, with all its attempts, or a failed one go on at once. When another unfinished job has its key, that
   * one is given.
   *
   * @returns undefined when there is no such job, or when it is in another state
   * @throws SPECTER_QUEUE_FULL
   */
  async retry(id: string): Promise<Job<Data, Result> | undefined> {
    const record = await this.#at.backend.retry(id, this.#at.plan.maxSize);
    if (record === 'full') return this.#refuse();
    if (!record) return undefined;
    const job = record.id === id ? this.#at.ledger.changed(record) : this.#at.ledger.of(record);
    this.#workers.poke();
    return job as Job<Data, Result>;
  }

  /** Takes no more jobs until `resume()`; those at hand go on. It holds over a restart. */
  pause(): void {
    this.#workers.pause();
  }

  resume(): void {
    this.#workers.resume();
  }

  /**
   * Waits until nothing is left that will run: no job is waiting, delayed, active or failed.
   *
   * @param options - `timeout` in milliseconds, by default 10,000, and `signal`
   * @throws SPECTER_WAIT_TIMEOUT, SPECTER_WAIT_ENDED when the queue stops, or the signal's reason
   */
  idle(options: WaitOptions = {}): Promise<void> {
    const { timeout = DEFAULT_WAIT, signal } = checkedWait(`${this.name}.idle()`, options);
    const { work, forget: ended } = this.#idle.wait();
    const hint = this.paused ? 'It is paused.' : '';
    const missed = (ms: number) => new WaitTimeoutError(`${this.name}.idle()`, 'its last job', ms, hint);
    return within(work, { clock: this.clock, timeout, signal, missed, ended });
  }

  /** Degraded when it is full, or when jobs keep their workers although they are over. */
  override async health(): Promise<Health> {
    const { status } = await super.health();
    const { waiting, delayed, active, failed, dead } = await this.counts();
    const { stuck, paused } = this.#workers;
    const isUneasy = stuck > 0 || waiting + delayed + failed >= this.#at.plan.maxSize;
    const more = { ...(stuck > 0 && { stuck }), ...(paused && { paused }) };
    return {
      status: status === 'up' && isUneasy ? 'degraded' : status,
      ...{ waiting, delayed, active, failed, dead },
      ...more,
    };
  }

  #ledger(runner: Runner): Ledger {
    const home: JobHome = {
      name: runner.name,
      get clock() {
        return runner.environment.clock;
      },
      advance: (job, progress) => void this.#workers.advance(job, progress),
    };
    return new Ledger(
      home,
      () => runner.environment.bus,
      () => this.#idle.look(),
    );
  }

  async #open(run: Scope): Promise<void> {
    this.#halting = undefined;
    await this.onWorkersStarted?.();
    run.hold({
      kind: 'task',
      label: 'workers',
      drain: () => this.#halt(),
      quiesce: () => Promise.all([this.#halt(), this.#workers.interrupt()]),
      release: () => this.#abandon(),
      inside: () => this.#workers.jobs.map(({ id }) => ({ kind: 'task', label: `job ${id}`, children: [] })),
    });
    this.#workers.start();
  }

  #halt(): Promise<unknown> {
    this.#halting ??= Promise.all([this.#workers.halt(), this.#sayStopping()]);
    return this.#halting;
  }

  async #abandon(): Promise<void> {
    await this.#workers.abandon();
    this.#idle.end(this.name);
  }

  async #sayStopping(): Promise<void> {
    try {
      await this.onWorkersStopping?.();
    } catch (thrown) {
      const { events } = this.#at.environment();
      events.emit('release-failed', { service: this.name, error: errorOf(thrown) });
    }
  }

  #typed(jobs: Job[] | undefined): Job<Data, Result>[] | undefined {
    this.#workers.poke();
    return jobs as Job<Data, Result>[] | undefined;
  }

  #refuse(): never {
    throw new QueueFullError(this.name, this.#at.plan.maxSize);
  }
}
