// PageController: the page and what it is made of. All of it comes from here, so no other server is needed.
import { join } from 'node:path';
import { Controller, file, Get, Param, SetHeader } from 'specter-runtime';
import { BuiltFiles } from '../built-files.js';

const PUBLIC = join(import.meta.dirname, '..', '..', 'public');
const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

@Controller()
export class PageController {
  constructor(private readonly built: BuiltFiles) {}

  @Get('/')
  @SetHeader('Content-Security-Policy', POLICY)
  page() {
    return file('index.html', { root: PUBLIC });
  }

  @Get('/scripts/:name')
  script(@Param('name') name: string) {
    return file(name, { root: this.built.scripts });
  }

  @Get('/assets/:name')
  asset(@Param('name') name: string) {
    return file(name, { root: PUBLIC });
  }
}
