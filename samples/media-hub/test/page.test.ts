// The page, what it is made of, and the bytes of the files.
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuiltHub, buildHub } from './support/built-hub.js';
import { type TestHub, testHub } from './support/test-hub.js';

describe('the page', () => {
  let hub: TestHub;
  let built: BuiltHub;
  const folder = mkdtempSync(join(tmpdir(), 'media-'));
  beforeAll(() => {
    built = buildHub();
    mkdirSync(join(folder, 'Music'));
    writeFileSync(join(folder, 'Music', 'für Ada.wav'), '0123456789');
    writeFileSync(join(folder, 'page.html'), '<script>alert(1)</script>');
  });
  beforeEach(async () => {
    hub = await testHub({ HUB_FOLDER: folder }, {}, built);
  });
  afterEach(() => hub.app.stop());
  afterAll(() => {
    built.remove();
    rmSync(folder, { recursive: true });
  });

  it('is one HTML page that may load nothing from elsewhere', async () => {
    const { text, headers } = await hub.app.http
      .get('/')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    const assets = [...text.matchAll(/"(\/(?:assets|scripts)\/[^"]+)"/g)].map(([, path]) => path as string);
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) await hub.app.http.get(asset).expect(200);
  });

  it('has one script, with all that it needs from others in it', async () => {
    const { text } = await hub.app.http
      .get('/scripts/app.js')
      .expect(200)
      .expect('Content-Type', /javascript/);
    expect(text).toContain('playback.view');
    expect(text).not.toMatch(/\bimport\b\s*["'{(]/);
    expect(text).not.toContain('reflect-metadata');
  });

  it.each([
    '/assets/nothing.js',
    '/scripts/..%2fmain.js',
    '/assets/..%2fpackage.json',
    '/assets/%2e%2e%2fREADME.md',
    '/nothing',
  ])('answers 404 for %s', async (path) => {
    await hub.app.http
      .get(path)
      .expect(404)
      .expect('Content-Type', /problem\+json/);
  });

  it('sends a file whole, in part, or not at all when the client has it', async () => {
    const path = 'Music/für Ada.wav';
    hub.folder.show({ [path]: statSync(join(folder, path)).size });
    const { id } = await hub.item(path);
    const get = () => hub.app.http.get(`/library/${id}/file`).buffer(true);
    const { headers } = await get()
      .expect(200)
      .expect('Content-Type', 'audio/wav')
      .expect('Accept-Ranges', 'bytes')
      .expect('Content-Length', '10');
    const part = await get().set('Range', 'bytes=2-4').expect(206).expect('Content-Range', 'bytes 2-4/10');
    expect(String(part.body)).toBe('234');
    await get().set('Range', 'bytes=-3').expect(206).expect('Content-Range', 'bytes 7-9/10');
    await get().set('Range', 'bytes=10-').expect(416).expect('Content-Range', 'bytes */10');
    await get().set('If-None-Match', String(headers.etag)).expect(304);
  });

  it('does not let a page among the files run scripts', async () => {
    hub.folder.show({ 'page.html': 25 });
    const { id } = await hub.item('page.html');
    const { headers } = await hub.app.http
      .get(`/library/${id}/file`)
      .expect(200)
      .expect('Content-Type', 'application/octet-stream');
    expect(headers['content-security-policy']).toMatch(/^sandbox;/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('does not follow a link out of the folder', async () => {
    symlinkSync('/etc/hostname', join(folder, 'link.txt'));
    hub.folder.show({ 'link.txt': 1 });
    const { id } = await hub.item('link.txt');
    await hub.app.http.get(`/library/${id}/file`).expect(404);
  });
});
