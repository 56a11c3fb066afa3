// Intake: the way into a queue: is it running, do the options make sense, does the data pass the gate, is there room.
import { randomBytes } from 'node:crypto';
import { checkDuration } from '../kernel/clock.js';
import { InvalidArgumentError, NotRunningError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import type { Phase } from '../kernel/runner.js';
import { isThenable } from '../kernel/thenable.js';
import { ValidationError } from '../validation/errors.js';
import type { Workplace } from './attempts.js';
import type { Added, NewJob } from './backend.js';
import { JobDataError } from './errors.js';
import type { Job } from './job.js';
import { checkCount } from './plan.js';

/** How one job is to be done. */
export interface EnqueueOptions {
  /** Milliseconds until it may run. @default 0 */
  readonly delay?: number;
  /** Lower goes first; equal ones in order of arrival. @default 100 */
  readonly priority?: number;
  /** While a job with this key is unfinished, enqueuing gives that job as it is: its data stays what it was. @default none */
  readonly key?: string;
  /** How often it is tried before it is dead. @default the attempts of the queue */
  readonly attempts?: number;
}

const PRIORITY = 100;
const KEYS: Readonly<Record<keyof EnqueueOptions, true>> = { delay: true, priority: true, key: true, attempts: true };

/** Takes jobs in. */
export class Intake {
  readonly #at: Workplace;
  readonly #phase: () => Phase;

  constructor(at: Workplace, phase: () => Phase) {
    this.#at = at;
    this.#phase = phase;
  }

  /** Takes all or none. @returns undefined when there is no room @throws SPECTER_NOT_RUNNING, SPECTER_INVALID_ARGUMENT, and what the gate refuses */
  async take(all: readonly unknown[], options: readonly EnqueueOptions[]): Promise<Job[] | undefined> {
    const { backend, ledger, plan } = this.#at;
    this.#check();
    const wanted = all.map((_, i) => this.#wanted(options[i] ?? {}));
    const checked = all.map((data) => this.#checked(data));
    // Without this, jobs that are taken in one after another would be claimed one turn later each.
    const passed = checked.some(isThenable) ? await Promise.all(checked) : checked;
    this.#check();
    // What is kept beyond the process is kept as it came, and passes the gate again.
    const kept = backend.durable ? all : passed;
    const added = await backend.add(
      wanted.map((job, i) => ({ ...job, data: kept[i] })),
      plan.maxSize,
    );
    return added?.map(({ record, isNew }: Added) => (isNew ? ledger.changed(record) : ledger.of(record)));
  }

  /** Whoever enqueues is told by the queue's name what is wrong with his data. */
  #checked(data: unknown): unknown {
    const refuse = (thrown: unknown): never => {
      throw thrown instanceof ValidationError ? new JobDataError(this.#at.name, thrown) : thrown;
    };
    try {
      const checked = this.#at.plan.gate.check(data);
      return isThenable(checked) ? checked.then(undefined, refuse) : checked;
    } catch (thrown) {
      return refuse(thrown);
    }
  }

  #check(): void {
    const phase = this.#phase();
    if (phase !== 'running' && phase !== 'starting') throw new NotRunningError(this.#at.name, 'enqueue a job', phase);
  }

  #wanted(options: EnqueueOptions): Omit<NewJob, 'data'> {
    const { name, plan } = this.#at;
    checkOptionKeys(`enqueue() of ${name}`, options, Object.keys(KEYS));
    const { delay = 0, priority = PRIORITY, key, attempts = plan.attempts } = options;
    checkDuration(`delay of enqueue() of ${name}`, delay);
    checkCount(`attempts of enqueue() of ${name}`, attempts, 1);
    if (!Number.isFinite(priority))
      throw new InvalidArgumentError(`priority of enqueue() of ${name}`, 'a finite number', priority);
    if (key !== undefined && (typeof key !== 'string' || key === ''))
      throw new InvalidArgumentError(`key of enqueue() of ${name}`, 'a text that is not empty', key);
    return { id: randomBytes(16).toString('hex'), delay, priority, key, attempts };
  }
}
