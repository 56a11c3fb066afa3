// What clients may ask, in two versions, and what fits.
import { Body, Clock, Controller, Get, inject, Module, Post, Query, Signal, Status, Version } from 'specter-runtime';
import { Films, NewFilm } from './films.js';

@Controller({ prefix: '/films', version: ['1', '2'] })
export class FilmController {
  private readonly films = inject(Films);
  private readonly clock = inject(Clock);

  @Post() @Status(201) add(@Body(NewFilm) film: NewFilm) {
    return this.films.add(film);
  }

  @Get() @Version('1') titles() {
    return this.films.state.films.map(({ title }) => title);
  }

  @Get() @Version('2') list(@Query('since', Number) since = 0) {
    return this.films.state.films.filter(({ year }) => year >= since);
  }

  @Get('/news') async *news(@Signal() signal: AbortSignal) {
    for (let seen = 0; !signal.aborted; ) {
      const { films } = this.films.state;
      for (const { title } of films.slice(seen)) yield { event: 'film', data: title };
      seen = films.length;
      await this.clock.sleep(500, { signal }).catch(() => {});
    }
  }
}

@Module({ providers: [FilmController, Films] })
export class AppModule {}
