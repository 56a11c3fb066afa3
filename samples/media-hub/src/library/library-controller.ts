// LibraryController: list, search, one item, and its bytes.
import { Controller, file, Get, NotFound, Param, Query, SetHeader } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';
import { Catalogue } from './catalogue.js';
import type { Item } from './item.js';
import { ListQuery } from './list-query.js';

@Controller('/library')
export class LibraryController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly config: HubConfig,
  ) {}

  @Get()
  list(@Query() query: ListQuery) {
    const { items, total } = this.catalogue.find(query);
    return { items, total, page: query.page, pages: Math.ceil(total / query.size) };
  }

  /** Files with the same content, in groups. */
  @Get('/duplicates')
  duplicates() {
    return this.catalogue.duplicates();
  }

  @Get('/:id')
  one(@Param('id') id: string): Item {
    const item = this.catalogue.get(id);
    if (!item) throw new NotFound('The library has no such item.');
    return item;
  }

  /** Whole, or in part for a player that seeks. A page among the files must not run scripts under our name. */
  @Get('/:id/file')
  @SetHeader(
    'Content-Security-Policy',
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'",
  )
  bytes(@Param('id') id: string) {
    const { path, type } = this.one(id);
    return file(path, { root: this.config.folder, type });
  }
}
