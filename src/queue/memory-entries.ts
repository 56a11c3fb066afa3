// Entries: jobs in memory, each in the heap, the index and the count that belong to its state.
import type { Clock } from '../kernel/clock.js';
import { FINISHED, JOB_STATES, type JobRecord, type JobState, type NewJob, PENDING } from './backend.js';
import { Heap, type Placed } from './heap.js';

/** How many finished jobs are kept, the latest ones. */
export interface Retention {
  /** Completed and cancelled ones. @default 100 */
  readonly completed?: number;
  /** Dead ones, which can be looked at and retried. @default 1,000 */
  readonly dead?: number;
}

export interface MemoryOptions {
  readonly retain: Required<Retention>;
  /** Asked each time: an owner may move to another clock. */
  readonly clock: () => Clock;
}

/** One job, and where it stands. */
export type Entry = { -readonly [K in keyof JobRecord]: JobRecord[K] } & Placed & { order: number; due: number };

const BLANK = { state: 'waiting', attempt: 0, progress: undefined, result: undefined, error: undefined } as const;

/** All jobs of one queue. Those that wait are in order of priority, those that come later in order of time. */
export class Entries {
  readonly #options: MemoryOptions;
  readonly #byId = new Map<string, Entry>();
  /** Unfinished ones by key. */
  readonly #byKey = new Map<string, Entry>();
  readonly #ready = new Heap<Entry>(
    (a, b) => a.priority < b.priority || (a.priority === b.priority && a.order < b.order),
  );
  readonly #later = new Heap<Entry>((a, b) => a.due < b.due || (a.due === b.due && a.order < b.order));
  /** Finished ones in the order in which they ended. */
  readonly #ended = { completed: new Set<Entry>(), dead: new Set<Entry>() };
  readonly #counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  #order = 0;

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  get(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  /** The unfinished one that has a key. */
  withKey(key: string | undefined): Entry | undefined {
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  all(): IterableIterator<Entry> {
    return this.#byId.values();
  }

  get counts(): Readonly<Record<JobState, number>> {
    return { ...this.#counts };
  }

  /** How many take up room. */
  get pending(): number {
    let sum = 0;
    for (const state of PENDING) sum += this.#counts[state];
    return sum;
  }

  /** Milliseconds until the next of those that come later; undefined when there is none. */
  get next(): number | undefined {
    const { first } = this.#later;
    return first && Math.max(0, first.due - this.#now());
  }

  add({ delay, ...job }: NewJob): Entry {
    const entry: Entry = {
      ...job,
      ...BLANK,
      enqueuedAt: this.#options.clock().now(),
      order: this.#order++,
      place: 0,
      due: 0,
    };
    this.#byId.set(entry.id, entry);
    this.#counts[entry.state] += 1;
    if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
    if (delay > 0) this.postpone(entry, 'delayed', delay);
    else this.wait(entry);
    return entry;
  }

  /** Takes the first of those that wait out of their heap. */
  shift(): Entry | undefined {
    const { first } = this.#ready;
    if (first) this.#ready.remove(first);
    return first;
  }

  /** Puts one back that `shift()` gave. */
  unshift(entry: Entry): void {
    this.#ready.add(entry);
  }

  /** Those whose time has come, which wait from now on. */
  promote(): Entry[] {
    const due: Entry[] = [];
    const now = this.#now();
    for (let entry = this.#later.first; entry && entry.due <= now; entry = this.#later.first) {
      this.#later.remove(entry);
      this.wait(entry);
      due.push(entry);
    }
    return due;
  }

  activate(entry: Entry): void {
    this.#count(entry, 'active');
    entry.attempt += 1;
    entry.progress = undefined;
  }

  wait(entry: Entry): void {
    this.#count(entry, 'waiting');
    this.#ready.add(entry);
  }

  postpone(entry: Entry, state: 'delayed' | 'failed', ms: number): void {
    this.#count(entry, state);
    entry.due = this.#now() + ms;
    this.#later.add(entry);
  }

  /** A failed one need not be patient any more. */
  hurry(entry: Entry): void {
    this.#later.remove(entry);
    this.wait(entry);
  }

  /** A finished one begins anew, behind the others. */
  revive(entry: Entry): void {
    this.#setOf(entry.state).delete(entry);
    Object.assign(entry, { attempt: 0, order: this.#order++, progress: undefined, error: undefined });
    if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
    this.wait(entry);
  }

  finish(entry: Entry, state: 'completed' | 'dead' | 'cancelled'): void {
    this.#unplace(entry);
    this.#count(entry, state);
    if (entry.key !== undefined) this.#byKey.delete(entry.key);
    const ended = this.#setOf(state);
    ended.add(entry);
    const [oldest] = ended;
    if (oldest && ended.size > this.#options.retain[state === 'dead' ? 'dead' : 'completed']) this.forget(oldest);
  }

  forget(entry: Entry): void {
    this.#unplace(entry);
    this.#counts[entry.state] -= 1;
    this.#byId.delete(entry.id);
    if (FINISHED.has(entry.state)) this.#setOf(entry.state).delete(entry);
    else if (entry.key !== undefined) this.#byKey.delete(entry.key);
  }

  #now(): number {
    return this.#options.clock().monotonic();
  }

  #setOf(state: JobState): Set<Entry> {
    return state === 'dead' ? this.#ended.dead : this.#ended.completed;
  }

  #unplace(entry: Entry): void {
    if (entry.state === 'waiting') this.#ready.remove(entry);
    if (entry.state === 'delayed' || entry.state === 'failed') this.#later.remove(entry);
  }

  #count(entry: Entry, state: JobState): void {
    this.#counts[entry.state] -= 1;
    this.#counts[state] += 1;
    entry.state = state;
  }
}
