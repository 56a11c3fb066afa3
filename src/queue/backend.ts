// QueueBackend: what a place where jobs are kept must do; the workers above it decide when.

/**
 * Where a job is.
 *
 * - `waiting`: for a free worker
 * - `delayed`: until its delay is over
 * - `active`: a worker has it
 * - `failed`: an attempt has failed, and another one follows when its backoff is over
 * - `completed`: done; it has a result
 * - `dead`: no attempt follows by itself: all have failed, or its data does not fit any more
 * - `cancelled`: somebody called it off
 */
export type JobState = 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'dead' | 'cancelled';

/** Every state, in the order of a job's life. */
export const JOB_STATES: readonly JobState[] = [
  'waiting',
  'delayed',
  'active',
  'failed',
  'completed',
  'dead',
  'cancelled',
];

/** States of jobs that will still run, and so take up room. */
export const PENDING: ReadonlySet<JobState> = new Set<JobState>(['waiting', 'delayed', 'failed']);

/** States from which nothing follows by itself. */
export const FINISHED: ReadonlySet<JobState> = new Set<JobState>(['completed', 'dead', 'cancelled']);

/** How far a job is. */
export interface JobProgress {
  /** 0 to 100. */
  readonly percent: number;
  readonly message?: string;
}

/** A job to be kept. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
  readonly key: string | undefined;
  /** Lower goes first; equal ones in the order in which they were added. */
  readonly priority: number;
  /** Milliseconds until it may run. */
  readonly delay: number;
  /** How often it is tried. */
  readonly attempts: number;
}

/** A job as it is kept: a snapshot. */
export interface JobRecord extends Omit<NewJob, 'delay'> {
  readonly state: JobState;
  /** How many attempts have begun. */
  readonly attempt: number;
  /** Wall time at which it was added. */
  readonly enqueuedAt: number;
  readonly progress: JobProgress | undefined;
  readonly result: unknown;
  /** Why its last attempt failed. Its message and code must survive, whatever the backend makes of the rest. */
  readonly error: Error | undefined;
}

/** One attempt at a job: whoever has an older one has lost the job, and can change nothing about it. */
export interface Claim {
  readonly id: string;
  readonly attempt: number;
}

/** What came of adding: the job, and whether it is a new one or has that key already. */
export interface Added {
  readonly record: JobRecord;
  readonly isNew: boolean;
}

/** Which jobs to list. */
export interface JobFilter {
  /** @default all */
  readonly state?: JobState;
  /** How many at most, the oldest first. @default 100 */
  readonly limit?: number;
}

/**
 * Where the jobs of one queue are kept. Every move is atomic. A backend moves jobs and decides nothing: how many run, how often and
 * how long is the workers' business. What every backend must do is written down as tests, in `test/queue/contract.ts`.
 */
export interface QueueBackend {
  /** Whether jobs outlive the process. Their data must be JSON then, and is validated again before it runs. */
  readonly durable: boolean;

  /**
   * Adds all jobs or none. A job whose key an unfinished one has is that one, and takes up no room.
   *
   * @param room - how many may wait, be delayed or failed together
   * @returns undefined when there is no room
   */
  add(jobs: readonly NewJob[], room: number): Promise<readonly Added[] | undefined>;

  /** Makes up to `limit` of the jobs that wait active, and begins an attempt at each. @param except - ids that must not be taken */
  claim(limit: number, except: ReadonlySet<string>): Promise<readonly JobRecord[]>;

  /** Lets those wait whose delay or backoff is over. @returns these, and how many milliseconds later the next one is due */
  promote(): Promise<{ readonly due: readonly JobRecord[]; readonly next: number | undefined }>;

  /** Says that these are still worked on. @returns those of them that are still theirs; a lease of each begins anew */
  renew(claims: readonly Claim[]): Promise<readonly Claim[]>;

  /** The four ends of an attempt, and its progress. @returns undefined when the claim has been lost */
  progress(claim: Claim, progress: JobProgress): Promise<JobRecord | undefined>;
  complete(claim: Claim, result: unknown): Promise<JobRecord | undefined>;
  /** @param retryIn - milliseconds until the next attempt; undefined: it is dead */
  fail(claim: Claim, error: Error, retryIn: number | undefined): Promise<JobRecord | undefined>;
  /** The attempt does not count, and the job waits again, in its old place. */
  giveBack(claim: Claim): Promise<JobRecord | undefined>;
  /** Forgets the job: nobody knows what became of it. */
  lose(claim: Claim): Promise<void>;

  /** Calls a job off that is not finished. @returns undefined when there is none */
  cancel(id: string): Promise<JobRecord | undefined>;

  /**
   * Lets a job wait again: a failed one at once, a dead or cancelled one with all its attempts, behind the others. One whose key an unfinished
   * job has is that one.
   *
   * @returns `'full'` when there is no room, undefined when it is in none of these states
   */
  retry(id: string, room: number): Promise<JobRecord | 'full' | undefined>;

  get(id: string): Promise<JobRecord | undefined>;
  counts(): Promise<Readonly<Record<JobState, number>>>;
  list(filter: JobFilter): Promise<readonly JobRecord[]>;
  close(): Promise<void>;
}
