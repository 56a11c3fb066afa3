// A queue of thumbnails: some at a time, with progress, tried again when they fail.
import { IsInt, IsString, Min } from 'class-validator';
import {
  Body, Conflict, Controller, Delete, Get, inject, type Job, Lifecycle, Listen, Module, NotFound, Param, Post, Queue, QueueService, Service,
} from 'specter-runtime'; // biome-ignore format: a list

export class Picture {
  @IsString() file = '';
  @IsInt() @Min(1) width = 1;
}

@Queue({ name: 'thumbs', type: Picture, concurrency: 2, attempts: 3, timeout: 10_000, maxSize: 100 })
export class Thumbs extends QueueService<Picture, string> {
  /** It reads, scales and writes; broken files fail. */
  protected async handle(job: Job<Picture, string>) {
    for (const percent of [33, 66, 100]) {
      await this.clock.sleep(500, { signal: job.signal });
      job.progress(percent);
    }
    if (job.data.file.includes('broken')) throw new Error('it is no picture');
    return `${job.data.file}-${job.data.width}.png`;
  }
}

@Service()
export class Display extends Lifecycle {
  @Listen('queue:thumbs') show({ id, state, progress }: { id: string; state: string; progress?: { percent: number } }) {
    console.log(id.slice(0, 6), state, progress ? `${progress.percent} %` : '');
  }
}

@Controller('/thumbs')
export class ThumbController {
  private readonly thumbs = inject(Thumbs);

  @Post() make(@Body(Picture) picture: Picture) {
    return this.thumbs.enqueue(picture, { key: `${picture.file}-${picture.width}` });
  }

  @Get() counts() {
    return this.thumbs.counts();
  }

  @Get('/:id') async look(@Param('id', String) id: string) {
    const job = await this.thumbs.get(id);
    if (!job) throw new NotFound('There is no such job.');
    return { state: job.state, percent: job.reported?.percent ?? 0, attempt: job.attempt, error: job.error?.message };
  }

  @Delete('/:id') async cancel(@Param('id', String) id: string) {
    if (!(await this.thumbs.cancel(id))) throw new Conflict('It is finished, or was never there.');
  }
}

@Module({ providers: [Thumbs, Display, ThumbController] })
export class AppModule {}
