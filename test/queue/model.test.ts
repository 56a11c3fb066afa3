// Random sequences of everything that can be done with a queue, held against a tiny model: no job is lost, none runs twice, never too many at once.
import type { Job, JobState } from '../../src/index.js';
import { Random } from '../../src/testing/random.js';
import { closeStages, type QueueStage, queueStage } from './stage.js';

afterEach(closeStages);
const CONCURRENCY = 3;
const ATTEMPTS = 2;
const TIMEOUT = 40;
const BACKOFF = { min: 10, max: 10, factor: 1, jitter: 0 };
const ENDED: ReadonlySet<JobState> = new Set(['completed', 'dead', 'cancelled']);

/** What the model knows of a job. */
interface Known {
  job: Job<string, unknown>;
  /** Attempts that have begun, of its present life. */
  begun: number;
  /** Times that one was given back by a stop, and so does not count. */
  givenBack: number;
  cancelled: boolean;
  completed: number;
  running: number;
}

class Model {
  readonly known = new Map<string, Known>();
  readonly faults: string[] = [];
  running = 0;
  readonly #random: Random;
  readonly #stage: QueueStage;

  constructor(stage: QueueStage, random: Random) {
    this.#stage = stage;
    this.#random = random;
    stage.queue.work = (job) => this.#work(job);
  }

  /** A handler that takes its time, fails now and then, and ignores its signal now and then. */
  async #work(job: Job<string, unknown>): Promise<string> {
    const known = this.known.get(job.id);
    if (known) this.#enter(known, job);
    const { clock } = this.#stage.app;
    const ms = this.#random.below(60);
    const listens = this.#random.below(4) > 0;
    const fails = this.#random.below(4) === 0;
    try {
      await clock.sleep(ms, listens ? { signal: job.signal } : {});
      if (fails) throw new Error('not today');
      if (known && job.state === 'active') known.completed++;
      return 'ok';
    } catch (thrown) {
      const code = (job.signal.reason as { code?: string } | undefined)?.code;
      if (known && code === 'SPECTER_NOT_RUNNING') known.givenBack++;
      throw thrown;
    } finally {
      this.running--;
      if (known) known.running--;
    }
  }

  #enter(known: Known, job: Job): void {
    known.begun++;
    known.running++;
    this.running++;
    if (known.running > 1) this.faults.push(`${job.data} runs twice at once`);
    if (this.running > CONCURRENCY) this.faults.push(`${this.running} run at once`);
    if (known.cancelled) this.faults.push(`${job.data} runs although it is cancelled`);
    if (known.completed > 0) this.faults.push(`${job.data} runs although it is completed`);
    if (known.begun - known.givenBack > ATTEMPTS) this.faults.push(`${job.data} has ${known.begun} attempts`);
  }

  note(job: Job<string, unknown>): void {
    const known = { job, begun: 0, givenBack: 0, cancelled: false, completed: 0, running: 0 };
    if (!this.known.has(job.id)) this.known.set(job.id, known);
  }

  async step(i: number): Promise<void> {
    const { queue, app, Type } = this.#stage;
    const [one] = this.#random.below(2) === 0 ? [...this.known.values()].slice(-this.#random.below(10) - 1) : [];
    const doing = this.#random.pick(
      'add',
      'add',
      'many',
      'cancel',
      'retry',
      'time',
      'time',
      'pause',
      'resume',
      'restart',
    );
    if (doing === 'add') this.note(await queue.enqueue(`${i}`, { delay: this.#random.below(3) * 10 }));
    if (doing === 'many')
      for (const job of await queue.enqueueMany([`${i}a`, `${i}b`, `${i}c`], () => ({
        priority: this.#random.below(5),
      })))
        this.note(job);
    if (doing === 'cancel' && one && (await queue.cancel(one.job.id))) await this.#cancelled(one);
    if (doing === 'retry' && one) await this.#retry(one);
    if (doing === 'time') await app.clock.advance(this.#random.below(50));
    if (doing === 'pause') queue.pause();
    if (doing === 'resume') queue.resume();
    if (doing === 'restart' && this.#random.below(4) === 0) await this.#restart(() => app.restart(Type));
    await this.#check();
  }

  /** Now and then it is wanted after all, while its handler may still be at it. */
  async #cancelled(one: Known): Promise<void> {
    one.cancelled = true;
    if (this.#random.below(2) === 0) await this.#retry(one);
  }

  /** A stop waits in real time for those at hand, who wait in virtual time. */
  async #restart(restart: () => Promise<void>): Promise<void> {
    let done = false;
    const ended = restart().finally(() => {
      done = true;
    });
    while (!done) await this.#stage.app.clock.advance(20);
    await ended;
  }

  async #retry(one: Known): Promise<void> {
    const before = one.job.state;
    const job = await this.#stage.queue.retry(one.job.id);
    if (!job || before === 'failed') return;
    Object.assign(one, { job, begun: 0, givenBack: 0, cancelled: false, completed: 0 });
  }

  async #check(): Promise<void> {
    const counts = await this.#stage.queue.counts();
    if (counts.active > CONCURRENCY) this.faults.push(`${counts.active} are active`);
    const inAll = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (inAll !== this.known.size) this.faults.push(`${this.known.size} were enqueued, ${inAll} are there`);
  }

  async finish(): Promise<void> {
    const { queue, app } = this.#stage;
    queue.resume();
    for (let i = 0; i < 200; i++) {
      const { waiting, delayed, failed, active } = await queue.counts();
      if (waiting + delayed + failed + active === 0) break;
      await app.clock.advance(100);
    }
    for (const { job } of this.known.values()) {
      const state = (await queue.get(job.id))?.state;
      if (!state || !ENDED.has(state)) this.faults.push(`${job.data} is ${state} in the end`);
    }
  }
}

// Tried: without the ids of stuck jobs in claim(), and with a worker that is free at the timeout; each is found.
test.each([11, 22, 33, 44, 55, 66, 77, 88])(
  'whatever happens, no job is lost, runs twice, or is one too many (seed %i)',
  async (seed) => {
    const random = new Random(seed);
    const retain = { completed: 10_000, dead: 10_000 };
    const options = { concurrency: CONCURRENCY, attempts: ATTEMPTS, timeout: TIMEOUT, backoff: BACKOFF, retain };
    const stage = await queueStage({ ...options, stopTimeout: 5_000 });
    const model = new Model(stage, random);
    for (let i = 0; i < 150; i++) await model.step(i);
    await model.finish();
    expect(model.faults).toEqual([]);
    expect(stage.changes.some(({ state }) => state === 'dead')).toBe(true);
  },
);
