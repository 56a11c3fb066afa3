// Actions: one that is answered at once, and one that takes long, is deferred, and says how far it is.
import { IsInt, IsString, Length, Min } from 'class-validator';
import { Action, Clock, Controller, inject, Module, NotFound, Progress, type Report, Signal } from 'specter-runtime';

export class NewFilm {
  @IsString() @Length(1, 100) title = '';
}

export class FilmRef {
  @IsInt() @Min(1) id = 0;
}

@Controller()
export class FilmController {
  private readonly clock = inject(Clock);
  readonly #titles: string[] = [];

  @Action({ type: NewFilm }) add({ title }: NewFilm) {
    return { id: this.#titles.push(title), title, addedAt: new Date(this.clock.now()) };
  }

  /** Two at a time; whoever calls gets 202 at once. */
  @Action({ type: FilmRef, defer: { concurrency: 2, timeout: 60_000 } })
  async convert({ id }: FilmRef, @Signal() signal: AbortSignal, @Progress() report: Report) {
    const title = this.#titles[id - 1];
    if (title === undefined) throw new NotFound('There is no such film.');
    for (const percent of [25, 50, 75, 100]) {
      await this.clock.sleep(500, { signal });
      report(percent, `converting ${title}`);
    }
    return { file: `${id}.mp4` };
  }
}

@Module({ providers: [FilmController] })
export class AppModule {}
