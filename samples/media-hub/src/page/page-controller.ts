// PageController: the page and what it is made of; socket.io's client comes from its package, so no other server is needed.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, file, Get, Param, SetHeader } from 'specter-runtime';

const PUBLIC = join(import.meta.dirname, '..', '..', 'public');
const SOCKET_IO = join(dirname(createRequire(import.meta.url).resolve('socket.io-client/package.json')), 'dist');
const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

@Controller()
export class PageController {
  @Get('/')
  @SetHeader('Content-Security-Policy', POLICY)
  page() {
    return file('index.html', { root: PUBLIC });
  }

  @Get('/assets/socket.io.js')
  client() {
    return file('socket.io.esm.min.js', { root: SOCKET_IO });
  }

  @Get('/assets/:name')
  asset(@Param('name') name: string) {
    return file(name, { root: PUBLIC });
  }
}
