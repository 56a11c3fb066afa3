// RunningAction: one action while its controller runs: the check of its payload, its time, and its signal.

import { setMaxListeners } from 'node:events';
import type { GuardFunction } from '../http/guard.js';
import { errorOf } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { problemOf } from '../kernel/problem.js';
import type { Class } from '../kernel/token.js';
import type { JobProgress } from '../queue/backend.js';
import { JobInterruptedError } from '../queue/errors.js';
import type { Job } from '../queue/job.js';
import type { QueuePlan } from '../queue/plan.js';
import type { Argument, ArgumentPlan } from '../sockets/arguments.js';
import { AwayError, isFailure } from '../sockets/errors.js';
import { InFlight } from '../sockets/in-flight.js';
import { type ActionAnswer, answerOf, rejectionOf } from './answer.js';
import { CallSignal } from './call-signal.js';
import { ActionTimeoutError } from './errors.js';
import type { Order } from './jobs.js';
import { Reporter } from './progress.js';
import type { ActionRequest } from './table.js';

/** What is known of an action at boot. */
export interface ActionPlan extends ArgumentPlan {
  /** `todo.add`. */
  readonly name: string;
  readonly target: Class;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly idempotent: boolean;
  /** How its jobs are done, when its caller does not wait. */
  readonly deferral: QueuePlan | undefined;
}

/** Who runs an action. */
export interface Running {
  readonly instance: object;
  /** The name of the instance, for reports. */
  readonly service: string;
  readonly guards: readonly GuardFunction[];
  readonly environment: Pick<Environment, 'clock' | 'events'>;
}

type Values = Readonly<Partial<Record<Argument, unknown>>>;

/** What is known of a call when its payload has passed. */
export type Checked = Readonly<Record<'payload' | 'session', unknown>>;

/** Emitted to the socket of a caller while its action runs. */
const PROGRESS_EVENT = 'action:progress';

/** One action of one controller, until the controller stops. */
export class RunningAction {
  readonly service: string;
  readonly guards: readonly GuardFunction[];
  readonly #plan: ActionPlan;
  readonly #running: Running;
  readonly #calls = new InFlight();
  readonly #leaving = new AbortController();

  constructor(plan: ActionPlan, running: Running) {
    this.#plan = plan;
    this.#running = running;
    this.service = running.service;
    this.guards = running.guards;
    setMaxListeners(Number.POSITIVE_INFINITY, this.#leaving.signal);
  }

  get name(): string {
    return this.#plan.name;
  }

  get target(): Class {
    return this.#plan.target;
  }

  get method(): string | symbol {
    return this.#plan.method;
  }

  /** Whether it may run again for a call that is sent again. */
  get idempotent(): boolean {
    return this.#plan.idempotent;
  }

  get deferral(): QueuePlan | undefined {
    return this.#plan.deferral;
  }

  get active(): boolean {
    return !this.#leaving.signal.aborted;
  }

  /** Takes no more calls, and asks those under way to end. @returns resolves when they have; undefined when there are none */
  stop(): Promise<void> | undefined {
    this.#leaving.abort(new AwayError());
    return this.#calls.settled();
  }

  /** The checked payload, and who is calling. @throws SPECTER_VALIDATION */
  async check(request: ActionRequest): Promise<Checked> {
    const { gate, parameters } = this.#plan;
    const payload = await gate?.check(request.payload);
    return { payload, session: parameters.includes('session') ? await request.session() : undefined };
  }

  /** Calls the method. @throws whatever comes of it, SPECTER_TIMEOUT among it */
  async run(request: ActionRequest, checked: Checked): Promise<unknown> {
    if (!this.#plan.parameters.includes('progress')) return this.#run(request, checked);
    const { id, tell } = request;
    const reporter = this.#reporter((progress) => {
      if (id !== undefined) tell?.(PROGRESS_EVENT, { id, ...progress });
    });
    try {
      return await this.#run(request, { ...checked, progress: reporter.report });
    } finally {
      reporter.end();
    }
  }

  /** Does one job of a deferred action. A refusal is an answer as well: it would be the same the next time. @throws a failure, which may be tried again */
  async work(job: Job<Order>): Promise<ActionAnswer> {
    const { payload, session } = job.data;
    const reporter = this.#reporter(({ percent, message }) => {
      if (job.state !== 'active') return;
      job.progress(percent, message);
      job.data.tell?.(PROGRESS_EVENT, { jobId: job.id, percent, message });
    });
    try {
      return answerOf(await this.#method({ payload, session, signal: job.signal, progress: reporter.report }));
    } catch (thrown) {
      return this.#refusal(job, errorOf(thrown));
    } finally {
      reporter.end();
    }
  }

  async #run(request: ActionRequest, checked: Values): Promise<unknown> {
    const { parameters, timeout } = this.#plan;
    if (timeout === undefined && !parameters.includes('signal')) return this.#call(checked);
    const following = new CallSignal([...request.signals(), this.#leaving.signal]);
    const work = this.#call({ ...checked, signal: following.signal }).catch((thrown) => {
      throw following.seen(thrown);
    });
    if (timeout === undefined) return work.finally(() => following.end());
    return this.#within(timeout, work, following);
  }

  /** A job that may not run again has its answer also when the stop of its controller has overtaken it. */
  #refusal(job: Job<Order>, error: Error): ActionAnswer {
    const { aborted, reason } = job.signal;
    const isOvertaken = aborted && reason instanceof JobInterruptedError && job.attempts === 1;
    const isConsequence = error === reason || error.name === 'AbortError' || error.cause === reason;
    const seen = isOvertaken && isConsequence ? new AwayError() : error;
    if (!isOvertaken && (aborted || problemOf(seen).status >= 500)) throw error;
    const type = isFailure(seen) ? 'action-failed' : 'action-refused';
    this.#running.environment.events.emit(type, { service: this.service, action: this.name, error: seen });
    return rejectionOf(seen);
  }

  #reporter(tell: (progress: JobProgress) => void): Reporter {
    const { clock, events } = this.#running.environment;
    const told = { service: this.service, task: `the progress of ${this.name}` };
    return new Reporter(clock, tell, (error) => events.emit('task-failed', { ...told, error }));
  }

  /** The method; counted until it really ends, also when nobody waits for it any more. */
  #call(values: Values): Promise<unknown> {
    return this.#calls.run(() => this.#method(values));
  }

  async #method(values: Values): Promise<unknown> {
    const methods = this.#running.instance as Record<string | symbol, (...args: unknown[]) => unknown>;
    const { method, parameters } = this.#plan;
    return methods[method]?.(...parameters.map((argument) => values[argument]));
  }

  #within(timeout: number, work: Promise<unknown>, following: CallSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let late = false;
      const disarm = this.#running.environment.clock.setDeadline(() => {
        late = true;
        const error = new ActionTimeoutError(timeout);
        following.abort(error);
        reject(error);
      }, timeout);
      const end = () => {
        disarm();
        following.end();
      };
      work.then(resolve, (thrown) => (late ? this.#tooLate(thrown, following.signal) : reject(thrown))).finally(end);
    });
  }

  /** The caller has had an answer; what went wrong after it still is not lost. */
  #tooLate(thrown: unknown, signal: AbortSignal): void {
    if (thrown === signal.reason) return;
    this.#running.environment.events.emit('action-failed', {
      service: this.service,
      action: this.name,
      error: errorOf(thrown),
    });
  }
}
