// A queue in an application in virtual time, whose jobs do what a test says.
import { type Class, type Job, type JobChange, type LifecycleEvent, Module } from '../../src/index.js';
import type { QueueOptions } from '../../src/queue/queue.js';
import { Queue } from '../../src/queue/queue.js';
import { QueueService } from '../../src/queue/queue-service.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';

/** Something that is promised, and that a test settles. */
export class Gate<T = void> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => Object.assign(this, { resolve, reject }));
}

export type Work = (job: Job<string, unknown>) => unknown;

/** Jobs are texts; what is done with them can be changed at any time. */
export interface Doer extends QueueService<string, unknown> {
  work: Work;
  /** What was begun, by its data, in order. */
  readonly begun: string[];
  readonly hooks: string[];
  /** How many handlers ran at once at most. */
  readonly most: number;
  fail(error: Error): void;
}

export interface QueueStage {
  readonly app: TestApplication;
  readonly queue: Doer;
  readonly changes: JobChange[];
  readonly told: LifecycleEvent[];
  readonly Type: Class<Doer>;
}

/** A class whose queue is called `jobs`. */
export function doer(options: QueueOptions = {}): Class<Doer> {
  @Queue({ name: 'jobs', type: String, ...options })
  class Jobs extends QueueService<string, unknown> implements Doer {
    work: Work = (job) => `${job.data} done`;
    readonly begun: string[] = [];
    readonly hooks: string[] = [];
    most = 0;
    #now = 0;
    protected override onStart() {
      this.hooks.push('onStart');
    }
    protected override onStop() {
      this.hooks.push('onStop');
    }
    protected override onWorkersStarted() {
      this.hooks.push('onWorkersStarted');
    }
    protected override onWorkersStopping() {
      this.hooks.push('onWorkersStopping');
    }
    protected async handle(job: Job<string, unknown>) {
      this.begun.push(job.data);
      this.most = Math.max(this.most, ++this.#now);
      try {
        return await this.work(job);
      } finally {
        this.#now--;
      }
    }
  }
  return Jobs as unknown as Class<Doer>;
}

const open: TestApplication[] = [];
/** Ends what a test has started. */
export async function closeStages(): Promise<void> {
  for (const app of open.splice(0)) await app.stop().catch(() => {});
}

export async function queueStage(options: QueueOptions = {}): Promise<QueueStage> {
  const Type = doer({ stopTimeout: 300, ...options });
  @Module({ providers: [Type] })
  class App {}
  const told: LifecycleEvent[] = [];
  const changes: JobChange[] = [];
  const app = await testApplication(App, { logger: false }).start();
  open.push(app);
  app.events.on('*', (event) => void told.push(event));
  app.bus.on('queue:jobs', (change) => void changes.push(change));
  return { app, queue: app.get(Type), changes, told, Type };
}
