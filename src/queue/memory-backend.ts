// MemoryBackend: jobs in memory, gone with the process.
import { checkOptionKeys } from '../kernel/option-keys.js';
import {
  type Added,
  type Claim,
  FINISHED,
  type JobFilter,
  type JobProgress,
  type JobRecord,
  type JobState,
  type NewJob,
  type QueueBackend,
} from './backend.js';
import { Entries, type Entry, type MemoryOptions } from './memory-entries.js';

/** Keeps the jobs of one queue in memory. Each move is made before its promise is, so none is ever half done. */
export class MemoryBackend implements QueueBackend {
  readonly durable: boolean = false;
  readonly #entries: Entries;

  constructor(options: MemoryOptions) {
    this.#entries = new Entries(options);
  }

  async add(jobs: readonly NewJob[], room: number): Promise<readonly Added[] | undefined> {
    const fresh = jobs.filter(({ key }) => !this.#entries.withKey(key));
    const keys = fresh.flatMap(({ key }) => key ?? []);
    const count = fresh.length - keys.length + new Set(keys).size;
    if (this.#entries.pending + count > room) return undefined;
    return jobs.map((job) => this.#add(job));
  }

  #add(job: NewJob): Added {
    const known = this.#entries.withKey(job.key);
    return { record: recordOf(known ?? this.#entries.add(job)), isNew: known === undefined };
  }

  async claim(limit: number, except: ReadonlySet<string>): Promise<readonly JobRecord[]> {
    const claimed: Entry[] = [];
    const passed: Entry[] = [];
    while (claimed.length < limit) {
      const entry = this.#entries.shift();
      if (!entry) break;
      (except.has(entry.id) ? passed : claimed).push(entry);
    }
    for (const entry of passed) this.#entries.unshift(entry);
    for (const entry of claimed) this.#entries.activate(entry);
    return claimed.map(recordOf);
  }

  async promote(): Promise<{ due: readonly JobRecord[]; next: number | undefined }> {
    const due = this.#entries.promote().map(recordOf);
    return { due, next: this.#entries.next };
  }

  async renew(claims: readonly Claim[]): Promise<readonly Claim[]> {
    return claims.filter((claim) => this.#held(claim));
  }

  async progress(claim: Claim, progress: JobProgress): Promise<JobRecord | undefined> {
    return this.#change(claim, (entry) => {
      entry.progress = progress;
    });
  }

  async complete(claim: Claim, result: unknown): Promise<JobRecord | undefined> {
    return this.#change(claim, (entry) => {
      Object.assign(entry, { result, error: undefined });
      this.#entries.finish(entry, 'completed');
    });
  }

  async fail(claim: Claim, error: Error, retryIn: number | undefined): Promise<JobRecord | undefined> {
    return this.#change(claim, (entry) => {
      entry.error = error;
      if (retryIn === undefined) this.#entries.finish(entry, 'dead');
      else this.#entries.postpone(entry, 'failed', retryIn);
    });
  }

  async giveBack(claim: Claim): Promise<JobRecord | undefined> {
    return this.#change(claim, (entry) => {
      entry.attempt -= 1;
      this.#entries.wait(entry);
    });
  }

  async lose(claim: Claim): Promise<void> {
    const entry = this.#held(claim);
    if (entry) this.#entries.forget(entry);
  }

  async cancel(id: string): Promise<JobRecord | undefined> {
    const entry = this.#entries.get(id);
    if (!entry || FINISHED.has(entry.state)) return undefined;
    this.#entries.finish(entry, 'cancelled');
    return recordOf(entry);
  }

  async retry(id: string, room: number): Promise<JobRecord | 'full' | undefined> {
    const entry = this.#entries.get(id);
    if (entry?.state === 'failed') this.#entries.hurry(entry);
    else if (entry?.state !== 'dead' && entry?.state !== 'cancelled') return undefined;
    else {
      const rival = this.#entries.withKey(entry.key);
      if (rival) return recordOf(rival);
      if (this.#entries.pending >= room) return 'full';
      this.#entries.revive(entry);
    }
    return recordOf(entry);
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const entry = this.#entries.get(id);
    return entry && recordOf(entry);
  }

  async counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#entries.counts;
  }

  async list(filter: JobFilter): Promise<readonly JobRecord[]> {
    checkOptionKeys('jobs()', filter, ['state', 'limit'] satisfies (keyof JobFilter)[]);
    const { state, limit = 100 } = filter;
    const found: JobRecord[] = [];
    for (const entry of this.#entries.all()) {
      if (found.length >= limit) break;
      if (state === undefined || entry.state === state) found.push(recordOf(entry));
    }
    return found;
  }

  async close(): Promise<void> {
    for (const entry of [...this.#entries.all()]) this.#entries.forget(entry);
  }

  #held({ id, attempt }: Claim): Entry | undefined {
    const entry = this.#entries.get(id);
    return entry?.state === 'active' && entry.attempt === attempt ? entry : undefined;
  }

  #change(claim: Claim, change: (entry: Entry) => void): JobRecord | undefined {
    const entry = this.#held(claim);
    if (!entry) return undefined;
    change(entry);
    return recordOf(entry);
  }
}

/** A snapshot: the entry itself goes on changing. */
function recordOf({ place: _place, order: _order, due: _due, ...record }: Entry): JobRecord {
  return record;
}
