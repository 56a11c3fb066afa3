// What says that nothing has changed, and what is a part, says the same to caches as the whole (RFC 9110, 15.4.5).
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '../../src/http/controller.js';
import { file } from '../../src/http/file.js';
import { SetHeader } from '../../src/http/plan.js';
import { serve } from './harness.js';

const root = mkdtempSync(join(tmpdir(), 'unchanged-'));
const LARGE = 'films '.repeat(1_000);
writeFileSync(join(root, 'style.css'), LARGE);
writeFileSync(join(root, 'small.css'), 'a{}');
writeFileSync(join(root, 'song.mp3'), LARGE);

@Controller()
class Unchanged {
  @Get('/films') @SetHeader('Cache-Control', 'private, max-age=9') films() {
    return { text: LARGE };
  }
  @Get('/few') few() {
    return ['Alien'];
  }
  @Get('/own') @SetHeader('ETag', '"mine"') own() {
    return LARGE;
  }
  @Get('/style') style() {
    return file('style.css', { root });
  }
  @Get('/small') small() {
    return file('small.css', { root });
  }
  @Get('/song') song() {
    return file('song.mp3', { root });
  }
}

const http = { etag: true, compression: true, cors: { origins: ['https://films.example'] } };
const CACHED = ['vary', 'etag', 'cache-control', 'last-modified'];
const spoken = ({ headers }: Response) => Object.fromEntries(CACHED.map((name) => [name, headers.get(name)]));

describe.each(['br', 'identity'])('for a client that takes %s', (encoding) => {
  // `fetch` would ask for a fresh answer otherwise.
  const headers = { 'accept-encoding': encoding, 'cache-control': 'max-age=0', origin: 'https://films.example' };

  // (tried: without a choice made before the tag is compared, Vary lacks the encoding and the tag of a file is strong)
  test.each(['/films', '/few', '/own', '/style', '/small', '/song'])(
    'a 304 of %s speaks as its 200 does',
    async (path) => {
      const app = await serve([new Unchanged()], { http });
      for (const method of ['GET', 'HEAD']) {
        const whole = await app.fetch(path, { method, headers });
        expect(whole.status).toBe(200);
        const tag = whole.headers.get('etag') as string;
        const again = await app.fetch(path, { method, headers: { ...headers, 'if-none-match': tag } });
        expect([again.status, await again.text(), spoken(again)]).toEqual([304, '', spoken(whole)]);
        expect([again.headers.get('content-encoding'), again.headers.get('content-type')]).toEqual([null, null]);
      }
    },
  );

  test.each([
    ['/style', 'Origin, Accept-Encoding'],
    ['/small', 'Origin'],
    ['/song', 'Origin'],
  ])('a part of %s varies as the whole does', async (path, vary) => {
    const app = await serve([new Unchanged()], { http });
    expect((await app.fetch(path, { headers })).headers.get('vary')).toBe(vary);
    const part = await app.fetch(path, { headers: { ...headers, range: 'bytes=0-1' } });
    expect([part.status, part.headers.get('vary'), part.headers.get('content-encoding')]).toEqual([206, vary, null]);
    // A client can put parts together only when the tag is a strong one.
    expect(part.headers.get('etag')).toMatch(/^"/);
  });
});
