// Films: what one must look like, how many there may be, and who added it.
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { inject, Lifecycle, RequestContext, Service, TooManyRequests } from 'specter-runtime';

export class NewFilm {
  @IsString() @Length(1, 100) title!: string;
  @IsInt() @Min(1888) @Max(2100) year!: number;
}

export interface Film extends NewFilm {
  readonly addedBy: string; // the name of the request, as in the log
}

@Service()
export class Films extends Lifecycle<{ films: readonly Film[] }> {
  private readonly request = inject(RequestContext);

  constructor() {
    super({ films: [] });
  }

  add({ title, year }: NewFilm): Film {
    if (this.state.films.length >= 3) throw new TooManyRequests('Three films are enough.', { retryAfter: 60_000 });
    const film = { title, year, addedBy: this.request.requestId };
    this.setState({ films: [...this.state.films, film] });
    return film;
  }
}
