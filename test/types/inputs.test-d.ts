// What @Body, @Query and @Cookie take, and what they do not. Compiled, not run.
import { Body, type BodyOptions, Cookie, Param, Post, Query, unchecked } from '../../src/index.js';

class Film {
  title = '';
}

export function inputs(options: BodyOptions) {
  class Films {
    @Post() plain(@Body() film: Film, @Param('id', Number) id: number) {
      return { film, id };
    }
    @Post() all(
      @Body(Film, { accept: ['json', 'form', 'image/*'], limit: 1, limits: { depth: 2 }, inflate: true, unsafe: true })
      film: Film,
    ) {
      return film;
    }
    @Post() groups(
      @Body([Film], { groups: ['create'], always: true }) films: Film[],
      @Query(Film, { groups: ['a'] }) q: Film,
    ) {
      return [films, q];
    }
    @Post() bytes(@Body(Buffer, options) bytes: Buffer, @Cookie('a', String, { signed: false }) a?: string) {
      return [bytes, a];
    }
    // @ts-expect-error no such form
    @Post() form(@Body(Film, { accept: 'xml' }) film: Film) {
      return film;
    }
    // @ts-expect-error no such limit
    @Post() limits(@Body(unchecked, { limits: { width: 1 } }) film: unknown) {
      return film;
    }
    // @ts-expect-error a limit is a number
    @Post() limit(@Body(Film, { limit: '1mb' }) film: Film) {
      return film;
    }
    // @ts-expect-error one value of a query has no groups
    @Post() one(@Query('page', Number, { groups: ['a'] }) page: number) {
      return page;
    }
    // @ts-expect-error a cookie is signed or not
    @Post() cookie(@Cookie('a', String, { signed: 'sha256' }) a: string) {
      return a;
    }
  }
  return Films;
}
