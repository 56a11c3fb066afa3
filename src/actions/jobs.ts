// ActionJobs: the jobs of all deferred actions by id: who handed them over, how far they are, and what came of them.
import type { Environment } from '../kernel/home.js';
import { Outcome, type OutcomeJson } from '../kernel/outcome.js';
import { FINISHED, type JobProgress, type JobState } from '../queue/backend.js';
import { JobCancelledError, JobLostError, JobTimeoutError } from '../queue/errors.js';
import type { Job } from '../queue/job.js';
import type { QueuePlan } from '../queue/plan.js';
import { ActionQueue } from './action-queue.js';
import { type ActionAnswer, answerOf, rejectionOf } from './answer.js';
import { ActionTimeoutError, CancelledJobError, LostJobError, UnknownJobError } from './errors.js';
import { Kept } from './kept.js';
import type { Named } from './replays.js';

/** Says something to one caller. */
export type Tell = (event: string, data: unknown) => void;

/** What is handed over: the arguments of the method, and whose job it is. */
export interface Order {
  readonly name: string;
  readonly payload: unknown;
  readonly session: unknown;
  /** What its client calls the call that handed it over. */
  readonly callId: string | undefined;
  /** The session by which callers are told apart; undefined where they are not. */
  readonly caller: string | undefined;
  /** To the socket that handed it over, or that asked for it last. */
  tell: Tell | undefined;
}

/** A job of a deferred action, as its caller sees it. */
export interface ActionJobView {
  readonly jobId: string;
  readonly name: string;
  /** As of every queue; `lost` when the application ended before it did. */
  readonly state: JobState | 'lost';
  readonly progress?: JobProgress;
  /** What came of it, once it has ended. */
  readonly outcome?: OutcomeJson<unknown>;
}

/** Emitted to whoever handed a job over when it has ended. */
const DONE_EVENT = 'action:done';

/** How long outcomes can be asked for, in milliseconds, and how many of them. */
const KEPT = { window: 900_000, most: 10_000 };

/** What is kept of a job that has ended. */
interface Finished {
  readonly name: string;
  readonly caller: string | undefined;
  readonly state: ActionJobView['state'];
  /** Its outcome as JSON. */
  readonly text: string;
}

interface Live {
  readonly order: Order;
  readonly job: Job;
  /** Resolves when its outcome is known. */
  readonly ended: Promise<void>;
}

/** Hands work over to queues, one for each action, and knows whose it is. */
export class ActionJobs {
  readonly #environment: Environment;
  readonly #queues = new Map<string, ActionQueue>();
  readonly #live = new Map<string, Live>();
  readonly #finished: Kept<Finished>;
  /** Says something to all sockets of a session. */
  announce: (caller: string, event: string, data: unknown) => void = () => {};

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#finished = new Kept(environment.clock, KEPT);
  }

  /** The queue of an action, which outlives the runs of its controller. */
  queueOf(name: string, plan: QueuePlan): ActionQueue {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = new ActionQueue(name, plan, this.#environment);
    this.#queues.set(name, queue);
    return queue;
  }

  /** The name of the action of each job that is being done. */
  get underWay(): readonly string[] {
    return [...this.#live.values()].filter(({ job }) => job.state === 'active').map(({ order }) => order.name);
  }

  /** @param key - of a call that is sent again @throws SPECTER_QUEUE_FULL */
  async add(order: Order, plan: QueuePlan, key: string | undefined): Promise<ActionAnswer> {
    const job = await this.queueOf(order.name, plan).add(order, key);
    const { id: jobId } = job;
    const known = this.#live.get(jobId);
    if (known) known.order.tell = order.tell ?? known.order.tell;
    else if (job.data === order) this.#live.set(jobId, { order, job, ended: this.#finish(order, job, plan) });
    return answerOf(Outcome.success({ jobId }, { status: 202 }));
  }

  /** The name of the action of a job. @throws SPECTER_JOB_UNKNOWN, also when it is somebody else's */
  nameOf(id: unknown, caller: string | undefined): string {
    const found = this.#live.get(id as string)?.order ?? this.#finished.get(id as string);
    if (!found || found.caller !== caller) throw new UnknownJobError();
    return found.name;
  }

  /** @param tell - hears of it from now on */
  view(jobId: string, tell?: Tell): ActionJobView {
    const live = this.#live.get(jobId);
    if (!live) return this.#ended(jobId);
    const { order, job } = live;
    order.tell = tell ?? order.tell;
    return { jobId, name: order.name, state: job.state, ...(job.reported && { progress: job.reported }) };
  }

  /** Calls a job off, unless it has ended. */
  async cancel(jobId: string): Promise<void> {
    const live = this.#live.get(jobId);
    if (!live) return;
    // One that is just ending is not called off, and its outcome is known in a moment.
    await this.#queues.get(live.order.name)?.cancel(jobId);
    await live.ended;
  }

  /** Calls off what a call has handed over whose caller does not even want to know its id. */
  async giveUp({ id, action, caller }: Named): Promise<void> {
    const meant = [...this.#live].filter(
      ([, { order }]) => order.callId === id && order.name === action && order.caller === caller,
    );
    await Promise.all(meant.map(([jobId]) => this.cancel(jobId)));
  }

  /** Begins no more jobs. @returns resolves when those at hand have ended, and their callers have been told */
  async halt(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.halt()));
    const over = [...this.#live.values()].filter(({ job }) => FINISHED.has(job.state));
    await Promise.all(over.map(({ ended }) => ended));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#finished.clear();
  }

  #ended(jobId: string): ActionJobView {
    const found = this.#finished.get(jobId);
    if (!found) throw new UnknownJobError();
    const { name, state, text } = found;
    return { jobId, name, state, outcome: JSON.parse(text) as OutcomeJson<unknown> };
  }

  async #finish(order: Order, job: Job, plan: QueuePlan): Promise<void> {
    const { name, caller } = order;
    let state: ActionJobView['state'] = 'lost';
    let answer: ActionAnswer;
    try {
      answer = (await job.done()) as ActionAnswer;
      state = job.state;
    } catch (thrown) {
      if (!(thrown instanceof JobLostError)) state = job.state;
      answer = rejectionOf(told(thrown as Error, plan));
    }
    this.#live.delete(job.id);
    this.#finished.add(job.id, { name, caller, state, text: answer.text });
    this.#tell(order, { jobId: job.id, name, outcome: JSON.parse(answer.text) as unknown });
  }

  #tell({ caller, tell }: Order, done: { readonly jobId: string; readonly name: string; readonly outcome: unknown }) {
    if (caller === undefined) tell?.(DONE_EVENT, done);
    else this.announce(caller, DONE_EVENT, done);
  }
}

/** The ends that a queue gives a job by itself, in the words of actions. */
function told(error: Error, { timeout = 0 }: QueuePlan): Error {
  if (error instanceof JobTimeoutError) return new ActionTimeoutError(timeout);
  if (error instanceof JobCancelledError) return new CancelledJobError();
  return error instanceof JobLostError ? new LostJobError() : error;
}
