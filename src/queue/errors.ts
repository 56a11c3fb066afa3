// The failures of queues: what whoever enqueues, waits for or runs a job is told.
import { counted } from '../kernel/counted.js';
import { messageOf, SpecterError } from '../kernel/errors.js';
import { type Fault, makeProblem, ProblemError } from '../kernel/problem.js';
import { printable } from '../observability/printable.js';
import { ValidationError } from '../validation/errors.js';

/** A queue has no room: status 503, since there is too much to do. */
export class QueueFullError extends ProblemError {
  constructor(queue: string, maxSize: number) {
    const detail = `The queue "${queue}" is full: ${counted(maxSize, 'job')} at most can wait in it. Try again later.`;
    super(makeProblem(503, { detail, code: 'SPECTER_QUEUE_FULL' }));
  }
}

/** The data of a job breaks the rules of its queue. For the caller it is the same problem as everywhere. */
export class JobDataError extends ValidationError {
  constructor(queue: string, { faults, cause }: ValidationError) {
    const message = `A job for ${queue} was refused, as its data did not pass validation: ${saidOf(faults)}.`;
    super(faults, { cause, message });
  }
}

/** Nobody knows what became of a job, or ever will. */
export class JobLostError extends SpecterError {
  constructor(queue: string, id: string, why: string) {
    super(
      'SPECTER_JOB_LOST',
      `Job ${id} of ${queue} is lost: ${why}. Enqueue it again, if it may be done twice, or give it more time to end with stopTimeout.`,
    );
  }
}

/** An attempt at a job used up its time. Its signal has been aborted with this. */
export class JobTimeoutError extends SpecterError {
  constructor(queue: string, id: string, ms: number) {
    super(
      'SPECTER_JOB_TIMEOUT',
      `Job ${id} of ${queue} did not end within ${ms} ms. Pass job.signal to what it waits for, or raise timeout in @Queue.`,
    );
  }
}

/** Somebody called the job off. Its signal has been aborted with this. */
export class JobCancelledError extends SpecterError {
  constructor(queue: string, id: string) {
    super('SPECTER_JOB_CANCELLED', `Job ${id} of ${queue} was cancelled. retry(id) lets it run after all.`);
  }
}

/** The queue is stopping, and the job has used up its time: the reason of its signal. */
export class JobInterruptedError extends SpecterError {
  constructor(queue: string, id: string) {
    super(
      'SPECTER_NOT_RUNNING',
      `${queue} is stopping, and the time of job ${id} is over. Stop working on it: it runs again when ${queue} does.`,
    );
  }
}

/**
 * Thrown by a handler when trying again is of no use: the job is dead at once, whatever attempts it has left.
 *
 * @example
 * @Queue({ type: String })
 * class Deliveries extends QueueService<string> {
 *   protected async handle(job: Job<string>) {
 *     if (!job.data.includes('@')) throw new NoRetryError('The recipient has no address.');
 *   }
 * }
 */
export class NoRetryError extends SpecterError {
  /** @param message - what went wrong; `cause` is kept */
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('SPECTER_NO_RETRY', message, options);
  }
}

/** The data of a job that was kept does not fit any more: it is dead at once. */
export class PayloadError extends SpecterError {
  constructor(queue: string, id: string, cause: unknown) {
    const why = cause instanceof ValidationError ? `${saidOf(cause.faults)}.` : messageOf(cause);
    super(
      'SPECTER_PAYLOAD',
      `The data of job ${id} of ${queue} is not what ${queue} takes: ${why} It was kept by another version of it. Cancel it, or let the type take both.`,
      { cause },
    );
  }
}

/** More faults than these help nobody in a log. */
const TOLD = 5;

function saidOf(faults: readonly Fault[]): string {
  const told = faults.slice(0, TOLD).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = faults.length > TOLD ? [`and ${faults.length - TOLD} more`] : [];
  // Paths hold keys, which may come from a stranger.
  return printable([...told, ...more].join('; '));
}
