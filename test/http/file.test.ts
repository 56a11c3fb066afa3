import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '../../src/http/controller.js';
import { type FileOptions, file } from '../../src/http/file.js';
import { Param } from '../../src/http/parameters.js';
import { Raw, serve } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'specter-file-'));
const root = join(folder, 'root');
const alphabet = 'abcdefghijklmnopqrstuvwxyz';

mkdirSync(join(root, 'sub', '.hidden'), { recursive: true });
mkdirSync(join(folder, 'root-and-more'));
writeFileSync(join(root, 'film.mp4'), alphabet);
writeFileSync(join(root, 'empty.txt'), '');
writeFileSync(join(root, 'page.html'), '<p>');
writeFileSync(join(root, 'noext'), 'x');
writeFileSync(join(root, '.env'), 'SECRET');
writeFileSync(join(root, 'sub', '.hidden', 'key'), 'SECRET');
writeFileSync(join(folder, 'outside.txt'), 'SECRET');
writeFileSync(join(folder, 'root-and-more', 'outside.txt'), 'SECRET');
writeFileSync(join(root, 'large.bin'), Buffer.alloc(20_000_000));
symlinkSync(join(folder, 'outside.txt'), join(root, 'link.txt'));
symlinkSync(folder, join(root, 'up'));
symlinkSync(join(root, 'film.mp4'), join(root, 'inside.mp4'));
symlinkSync(join(root, '.env'), join(root, 'env'));
utimesSync(join(root, 'film.mp4'), new Date(1e12), new Date(1e12));

afterAll(() => rmSync(folder, { recursive: true }));

@Controller()
class Files {
  options: FileOptions = { root };
  @Get('/files/*') get(@Param('*') path: string) {
    return file(path, this.options);
  }
  @Get('/trusted') trusted() {
    return file(join(root, '.env'));
  }
}

/** How many descriptors of this process lead into the folder. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}

// A descriptor is closed a moment after the response has ended.
afterEach(async () => {
  while (openFiles() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a file leaves with its type, length and version', async () => {
  const app = await serve([new Files()]);
  const answer = await app.fetch('/files/film.mp4');
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'video/mp4',
    'content-length': '26',
    'accept-ranges': 'bytes',
    'last-modified': new Date(1e12).toUTCString(),
    etag: expect.stringMatching(/^"[0-9a-z]+-[0-9a-z]+"$/),
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
  });
  expect(await answer.text()).toBe(alphabet);
});

test.each([
  ['empty.txt', 'text/plain; charset=utf-8', ''],
  ['page.html', 'text/html; charset=utf-8', '<p>'],
  ['noext', 'application/octet-stream', 'x'],
  ['inside.mp4', 'video/mp4', alphabet],
  ['sub/../film.mp4', 'video/mp4', alphabet],
])('%s is %s', async (path, type, text) => {
  const app = await serve([new Files()]);
  const answer = await app.fetch(`/files/${path}`);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, text]);
});

test.each([
  'missing', '..%2foutside.txt', '..%2froot-and-more%2foutside.txt', '%2e%2e%2foutside.txt', '....//outside.txt', 'sub%2f..%2f..%2foutside.txt', 'sub%2f..%2ffilm.mp4',
  '..%5coutside.txt', '%2fetc%2fpasswd', 'link.txt', 'up/outside.txt', 'up', 'sub', '', '.env', 'env', 'sub/.hidden/key', 'film.mp4/', 'film.mp4%2fx',
  'a'.repeat(3000),
])('%s is 404: it is not there, not a file, hidden or outside', async (path) => {
  const app = await serve([new Files()]);
  const raw = await new Raw(app.port).send(`GET /files/${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await raw.closed;
  expect(raw.received).toMatch(path === 'film.mp4/' ? /^HTTP\/1\.1 (404|200) / : /^HTTP\/1\.1 404 /);
  expect(raw.received).not.toContain('SECRET');
  expect(raw.received).not.toContain(folder);
  if (path === 'missing') expect(raw.received).toContain('"code":"SPECTER_NO_FILE"');
}); // biome-ignore format: a list

test("without a root the path is the code's own", async () => {
  const app = await serve([new Files()]);
  expect(await (await app.fetch('/trusted')).text()).toBe('SECRET');
});

test.each([
  ['bytes=0-4', 206, 'abcde', 'bytes 0-4/26'],
  ['bytes=20-', 206, 'uvwxyz', 'bytes 20-25/26'],
  ['bytes=-2', 206, 'yz', 'bytes 24-25/26'],
  ['bytes=0-1,4-5', 200, alphabet, null],
  ['lines=1-2', 200, alphabet, null],
])('%s is %i', async (range, status, text, contentRange) => {
  const app = await serve([new Files()]);
  const answer = await app.fetch('/files/film.mp4', { headers: { range } });
  expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
    status,
    text,
    contentRange,
  ]);
  const head = await app.fetch('/files/film.mp4', { method: 'HEAD', headers: { range } });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    status,
    String(text.length),
    '',
  ]);
});

test('a range beyond the end is a 416 problem that tells the size', async () => {
  const app = await serve([new Files()]);
  const answer = await app.fetch('/files/film.mp4', { headers: { range: 'bytes=26-' } });
  expect([answer.status, answer.headers.get('content-range'), answer.headers.get('content-type')]).toEqual([
    416,
    'bytes */26',
    'application/problem+json',
  ]);
  expect(await answer.json()).toMatchObject({ code: 'SPECTER_RANGE' });
});

test('a client that has this version gets 304; a range of another version is the whole', async () => {
  const app = await serve([new Files()]);
  const first = await app.fetch('/files/film.mp4');
  await first.text();
  const etag = first.headers.get('etag') as string;
  const modified = first.headers.get('last-modified') as string;
  for (const headers of [
    { 'if-none-match': etag },
    { 'if-none-match': `W/${etag}` },
    { 'if-modified-since': modified },
  ] as Record<string, string>[]) {
    const answer = await app.fetch('/files/film.mp4', { headers: { 'cache-control': '', ...headers } });
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, etag, '']);
    expect(openFiles()).toBe(0);
  }
  expect((await app.fetch('/files/film.mp4', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  expect((await app.fetch('/files/film.mp4', { headers: { range: 'bytes=0-1', 'if-range': etag } })).status).toBe(206);
  expect((await app.fetch('/files/film.mp4', { headers: { range: 'bytes=0-1', 'if-range': modified } })).status).toBe(
    206,
  );
  expect((await app.fetch('/files/film.mp4', { headers: { range: 'bytes=0-1', 'if-range': '"other"' } })).status).toBe(
    200,
  );
});

test('a file can be offered for saving, with another type, and be kept for a while', async () => {
  const files = new Files();
  files.options = { root, download: '電影 Ada.mp4', type: 'application/x-film', maxAge: 60_000 };
  const app = await serve([files]);
  const answer = await app.fetch('/files/film.mp4');
  expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''%E9%9B%BB%E5%BD%B1%20Ada.mp4");
  expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    'application/x-film',
    'private, max-age=60',
  ]);
});

test('a download that is given up closes its file', async () => {
  const app = await serve([new Files()]);
  const raw = new Raw(app.port);
  await raw.connected;
  await raw.send('GET /files/large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  await raw.until('\r\n\r\n');
  raw.socket.pause();
  expect(openFiles()).toBe(1);
  raw.socket.destroy();
  expect(await app.event('http-request')).toMatchObject({ aborted: true });
  while (openFiles() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(app.of('http-failed')).toEqual([]);
});

test('a file that becomes shorter while it is sent cuts the connection', async () => {
  const path = join(root, 'shrinking.bin');
  writeFileSync(path, Buffer.alloc(20_000_000));
  const app = await serve([new Files()]);
  const raw = new Raw(app.port);
  await raw.connected;
  await raw.send('GET /files/shrinking.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  await raw.until('\r\n\r\n');
  raw.socket.pause();
  truncateSync(path, 1000);
  raw.socket.resume();
  await raw.closed;
  expect(raw.received.length).toBeLessThan(20_000_000);
});
