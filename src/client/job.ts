// ActionJob: the work of a deferred action, as a client follows it.
import { type Release, systemClock } from '../kernel/clock.js';
import { outcomeOf } from './answer.js';
import type { CallOptions, Door } from './client.js';
import { NotDeferredError } from './errors.js';
import { Outcome } from './outcome.js';
import { type Limits, within } from './within.js';

/** How far an action is. */
export interface ActionProgress {
  /** 0 to 100. */
  readonly percent: number;
  readonly message?: string;
}

export type ProgressListener = (progress: ActionProgress) => void;

/** The work of a deferred action. */
export interface ActionJob<Result> {
  /** 128 random bits; only who has handed the job over can ask for it. */
  readonly id: string;
  /**
   * What came of it; it waits as long as that takes, also over lost connections.
   *
   * @param options - `timeout` in milliseconds and `signal` give the waiting up; the job goes on
   * @throws SPECTER_UNREACHABLE, SPECTER_WAIT_TIMEOUT, or the signal's reason
   */
  done(options?: Omit<CallOptions, 'onProgress'>): Promise<Outcome<Result>>;
  /** Calls `fn` with how far it is, as long as somebody waits in `done()`; over a socket also before. */
  onProgress(fn: ProgressListener): Release;
  /** Calls it off. @returns what came of it: SPECTER_JOB_CANCELLED, unless it had ended before */
  cancel(): Promise<Outcome<Result>>;
}

/** As much of a job as the server tells. */
interface View {
  readonly progress?: ActionProgress;
  readonly outcome?: unknown;
}

/** Milliseconds between two questions, at last. */
const LONGEST = 5_000;

/** The id of the job that an answer stands for. */
export function jobIn({ ok, status, ...rest }: Outcome<unknown>): string | undefined {
  const { jobId } = ((rest as { value?: unknown }).value ?? {}) as { jobId?: string };
  return ok && status === 202 ? jobId : undefined;
}

/** A job as the caller of `defer()` gets it. @throws SPECTER_NOT_DEFERRED */
export function handed(door: Door, first: Outcome<unknown>, limits: Limits): Outcome<ActionJob<unknown>> {
  if (!first.ok) return first as Outcome<never>;
  const id = jobIn(first);
  if (!id) throw new NotDeferredError(limits.name);
  return Outcome.success(jobOf(door, id, limits), { status: 202 });
}

/** @param limits - how long an answer is waited for when it is called off */
export function jobOf(door: Door, id: string, limits: Limits): ActionJob<unknown> {
  const listeners = new Set<ProgressListener>();
  const told = whenNew((progress) => {
    for (const fn of listeners) tell(fn, progress);
  });
  let release: Release | undefined;
  const hush = () => {
    listeners.clear();
    release?.();
    release = undefined;
  };
  return {
    id,
    done: ({ timeout, signal } = {}) =>
      within({ name: limits.name, ms: timeout, signal }, async (signal) => {
        const outcome = await follow(door, id, signal, told);
        hush();
        return outcome;
      }),
    onProgress: (fn) => {
      release ??= hear(door, { jobId: id }, told);
      listeners.add(fn);
      return () => {
        listeners.delete(fn);
        if (listeners.size === 0) hush();
      };
    },
    cancel: async () => {
      const view = await within(limits, (signal) => door.job(id, true, signal));
      return (endOf(view) ?? view) as Outcome<never>;
    },
  };
}

/** What comes of a job whose caller waits for it; called off when that is given up. */
export async function awaited(
  job: ActionJob<unknown>,
  { signal, onProgress }: Pick<CallOptions, 'onProgress'> & { readonly signal: AbortSignal },
): Promise<Outcome<unknown>> {
  const release = onProgress && job.onProgress(onProgress);
  try {
    return await job.done({ signal });
  } catch (error) {
    if (signal.aborted) job.cancel().catch(() => {});
    throw error;
  } finally {
    release?.();
  }
}

/** Hears how far a call or a job is. */
export function hear(door: Door, of: { id?: string; jobId?: string }, fn: ProgressListener): Release {
  return door.on('action:progress', (told) => {
    const { id, jobId, ...progress } = told as ActionProgress & typeof of;
    if (id === of.id && jobId === of.jobId) fn(progress);
  });
}

/**
 * Waits until the server says that it has ended, and asks in between: at first, over the next connection when this one is lost,
 * and after a while. A server that is about to stop still says what came of it, but answers no more.
 */
async function follow(door: Door, id: string, signal: AbortSignal, told: ProgressListener): Promise<Outcome<unknown>> {
  let nap = new AbortController();
  let end: Outcome<unknown> | undefined;
  const over = new AbortController();
  const wake = () => nap.abort();
  const giveUp = () => {
    over.abort(signal.reason);
    wake();
  };
  const releases = [
    door.on('disconnect', wake),
    door.on('action:done', (done) => {
      const { jobId, outcome } = done as { readonly jobId?: unknown } & View;
      if (jobId !== id) return;
      end = outcomeOf(outcome);
      if (end) over.abort();
      wake();
    }),
  ];
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  try {
    for (let { pause } = door; ; pause = Math.max(door.pause, Math.min(pause * 1.5, LONGEST))) {
      nap = new AbortController();
      const view = await door.job(id, false, over.signal);
      const { progress } = view.ok ? (view.value as View) : {};
      if (progress) told(progress);
      end ??= endOf(view);
      if (end) return end;
      await systemClock.sleep(view.ok ? pause : LONGEST, { signal: nap.signal }).catch(() => {});
      if (end) return end;
    }
  } catch (error) {
    if (end && !signal.aborted) return end;
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
    for (const release of releases) release();
  }
}

/** What the server says that came of it, or why it will never say. That it is busy, or about to stop, says nothing of the job. */
function endOf(view: Outcome<unknown>): Outcome<unknown> | undefined {
  if (view.ok) return outcomeOf((view.value as View).outcome);
  return view.status === 429 || view.status === 503 ? undefined : view;
}

/** What a listener throws is its own, and nothing of the call's. */
function tell(fn: ProgressListener, progress: ActionProgress): void {
  void Promise.resolve(progress).then(fn);
}

/** The same is told by the server and in its answers. */
function whenNew(fn: ProgressListener): ProgressListener {
  let last: ActionProgress | undefined;
  return (progress) => {
    const isOld = last?.percent === progress.percent && last.message === progress.message;
    last = progress;
    if (!isOld) fn(progress);
  };
}
