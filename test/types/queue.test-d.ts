// A queue is typed at both ends: what is enqueued, what the handler gets, what comes of it. Compiled, not run.
import { type Job, Lifecycle, type Outcome, Queue, QueueService } from '../../src/index.js';

interface Picture {
  readonly file: string;
}

@Queue({ type: String })
export class Thumbs extends QueueService<Picture, number> {
  protected handle({ data, signal }: Job<Picture, number>): number | Outcome<number> {
    void signal.aborted;
    return data.file.length;
  }
}

export class Wrong extends QueueService<Picture, number> {
  // @ts-expect-error: the result is a number
  protected handle() {
    return 'text';
  }
}

export class Shop extends Lifecycle {
  constructor(readonly thumbs: Thumbs) {
    super();
  }
  protected override onStart() {
    this.listen('queue:thumbs', ({ id, state, progress }) => {
      const texts: [string, string, number | undefined] = [id, state, progress?.percent];
      void texts;
      // @ts-expect-error: there is no such state
      void (state === 'gone');
    });
  }
  async use() {
    const job = await this.thumbs.enqueue({ file: 'a' }, { key: 'a' });
    const size: number = await job.done();
    const file: string = job.data.file;
    // @ts-expect-error: a picture has a file
    await this.thumbs.enqueue({ name: 'a' });
    // @ts-expect-error: there is no such option
    await this.thumbs.enqueue({ file: 'a' }, { keys: 'a' });
    await this.thumbs.enqueueMany([{ file: 'a' }], (picture, i) => ({ key: picture.file, priority: i }));
    // @ts-expect-error: nobody but the queue calls it
    void this.thumbs.handle;
    return [size, file] as const;
  }
}
