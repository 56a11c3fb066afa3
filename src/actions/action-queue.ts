// ActionQueue: the jobs of one deferred action. They wait while its controller is away, and are lost when the application ends.
import type { Environment } from '../kernel/home.js';
import type { Scope } from '../kernel/scope.js';
import type { Workplace } from '../queue/attempts.js';
import { QueueFullError } from '../queue/errors.js';
import { Intake } from '../queue/intake.js';
import type { Job } from '../queue/job.js';
import { Ledger } from '../queue/ledger.js';
import { MemoryBackend } from '../queue/memory-backend.js';
import type { QueuePlan } from '../queue/plan.js';
import { Workers } from '../queue/workers.js';

/** Does one job. */
export type Handle = (job: Job) => unknown;

/** A queue that belongs to the table of actions, and is worked on by whoever has the action at the moment. */
export class ActionQueue {
  readonly #at: Workplace;
  readonly #workers: Workers;
  readonly #intake: Intake;
  #handle: Handle | undefined;
  #closing = false;

  /** @param name - of the action, which names the queue in reports and on the bus */
  constructor(name: string, plan: QueuePlan, environment: Environment) {
    const home = {
      name,
      clock: environment.clock,
      advance: (...said: Parameters<Workers['advance']>) => void this.#workers.advance(...said),
    };
    this.#at = {
      name,
      plan,
      backend: new MemoryBackend({ retain: plan.retain, clock: () => environment.clock }),
      ledger: new Ledger(
        home,
        () => environment.bus,
        () => {},
      ),
      environment: () => environment,
      handle: (job) => this.#handle?.(job),
    };
    this.#workers = new Workers(this.#at);
    this.#intake = new Intake(this.#at, () => 'running');
  }

  /** @param key - while a job with it is unfinished, that one is given @throws SPECTER_QUEUE_FULL */
  async add(data: unknown, key: string | undefined): Promise<Job> {
    const { name, plan } = this.#at;
    const jobs = await this.#intake.take([data], [key === undefined ? {} : { key }]);
    if (!jobs) throw new QueueFullError(name, plan.maxSize);
    this.#workers.poke();
    return jobs[0] as Job;
  }

  cancel(id: string): Promise<boolean> {
    return this.#workers.cancel(id);
  }

  /** A controller has started: its method does the jobs until its scope closes. */
  serve(handle: Handle, scope: Scope): void {
    this.#handle = handle;
    scope.hold({
      kind: 'task',
      label: `jobs of ${this.#at.name}`,
      drain: () => this.halt(),
      quiesce: () => Promise.all([this.halt(), this.#workers.interrupt()]),
      release: () => this.#leave(),
      inside: () => this.#workers.jobs.map(({ id }) => ({ kind: 'task', label: `job ${id}`, children: [] })),
    });
    this.#workers.start();
  }

  /** Begins no more jobs. @returns resolves when those at hand have ended */
  halt(): Promise<unknown> {
    return this.#workers.halt();
  }

  /** The application has come to its end. Jobs at hand have the time of their controller; then all that is left is told as lost. */
  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#handle) await this.#workers.end();
  }

  async #leave(): Promise<void> {
    await this.#workers.abandon();
    this.#handle = undefined;
    if (this.#closing) await this.#workers.end();
  }
}
