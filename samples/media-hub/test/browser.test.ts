// The page in two tabs of a real browser: what one plays, the other shows.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, findChromium, type Tab } from './support/browser.js';
import { type BuiltHub, buildHub } from './support/built-hub.js';
import { HubProcess } from './support/hub-process.js';

const chromium = findChromium();
const required = process.env.SPECTER_REQUIRE_BROWSER === '1';
const MEDIA = join(__dirname, '..', 'media');

jest.setTimeout(30_000);

if (!chromium && !required)
  console.warn('No chromium is installed, so the page was not tried in a browser: apt-get install chromium');

(chromium || required ? describe : describe.skip)('the page in a browser', () => {
  let built: BuiltHub;
  let hub: HubProcess;
  let browser: Browser;
  let one: Tab;
  let other: Tab;
  const place = mkdtempSync(join(tmpdir(), 'hub-'));
  const folder = join(place, 'media');

  beforeAll(async () => {
    if (!chromium) throw new Error('SPECTER_REQUIRE_BROWSER=1, but no chromium is installed: apt-get install chromium');
    mkdirSync(folder);
    for (const file of ['Music/Evening/01 Lantern.wav', 'Pictures/Night sky.png', 'About these files.txt']) {
      copyFileSync(join(MEDIA, file), join(folder, file.split('/').at(-1) as string));
    }
    writeFileSync(join(folder, '<img src=x onerror=alert(1)>.txt'), 'a name like markup');
    built = buildHub();
    hub = new HubProcess(built.main, { folder, data: join(place, 'data') });
    browser = new Browser(chromium);
    one = await browser.open(await hub.url());
    other = await browser.open(await hub.url());
    await Promise.all([one, other].map((tab) => tab.until(`document.querySelectorAll('.item').length === 4`, 30_000)));
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.end('SIGKILL');
    built?.remove();
    rmSync(place, { recursive: true, force: true });
  });

  const button = (name: string) => `button[aria-label="${name}"]`;
  const title = (text: string) => `document.querySelector('#title').textContent === ${JSON.stringify(text)}`;

  it('shows the library and both tabs as people', async () => {
    await one.until(`document.querySelectorAll('#people li').length === 2`);
    expect(await one.text('#count')).toBe('4 files');
    expect(await one.value(`[...document.querySelectorAll('.item .name')].map((name) => name.textContent)`)).toContain(
      '<img src=x onerror=alert(1)>.txt',
    );
    await one.until(`document.querySelector('#scan').textContent === 'Up to date'`);
  });

  it('plays in one tab, and the other one shows it, moves with it, and can pause it', async () => {
    await one.click(button('Play 01 Lantern.wav'));
    await Promise.all([one, other].map((tab) => tab.until(title('01 Lantern.wav'))));
    await one.until(`!document.querySelector('#media').paused && document.querySelector('#media').currentTime > 0.3`);
    expect(await other.value(`document.querySelector('#media').paused`)).toBe(true);
    await other.until(`Number(document.querySelector('#seek').value) > 0.3`);
    await other.click('#toggle');
    await one.until(
      `document.querySelector('#media').paused && document.querySelector('#where').textContent === 'Paused'`,
    );
    await one.value(
      `(() => { const seek = document.querySelector('#seek'); seek.value = 3; seek.dispatchEvent(new Event('input')); seek.dispatchEvent(new Event('change')); })()`,
    );
    await other.until(`document.querySelector('#elapsed').textContent === '0:03'`);
  });

  it('shows a picture on every screen', async () => {
    await other.click(button('Show Night sky.png'));
    const shown = `!document.querySelector('#stage').hidden && document.querySelector('#picture').naturalWidth === 480`;
    await Promise.all([one, other].map((tab) => tab.until(shown)));
  });

  it('shows a new file without being asked, and searches', async () => {
    copyFileSync(join(MEDIA, 'Sounds/Doorbell.wav'), join(folder, 'Doorbell.wav'));
    await one.until(`document.querySelectorAll('.item').length === 5`);
    expect(await one.text('#changes')).toContain('Doorbell.wav');
    await one.value(
      `(() => { const box = document.querySelector('[name=search]'); box.value = 'door'; box.dispatchEvent(new Event('input', { bubbles: true })); })()`,
    );
    await one.until(`document.querySelectorAll('.item').length === 1`);
    expect(await other.value(`document.querySelectorAll('.item').length`)).toBe(5);
  });

  it('has labels for all that can be used, and complains about nothing', async () => {
    const unnamed = `[...document.querySelectorAll('button, input, select, a')].filter((control) => {
      const text = control.getAttribute('aria-label') || control.textContent.trim() || control.closest('label')?.textContent.trim();
      return !text;
    }).map((control) => control.outerHTML)`;
    expect(await one.value(unnamed)).toEqual([]);
    expect([...one.complaints, ...other.complaints]).toEqual([]);
  });

  it('comes back by itself when the hub was restarted', async () => {
    const { port } = new URL(await hub.url());
    expect((await hub.end('SIGTERM')).code).toBe(0);
    await one.until(`document.querySelector('#connection').dataset.state === 'off'`);
    hub = new HubProcess(built.main, { folder, data: join(place, 'data'), env: { PORT: port } });
    await one.until(`document.querySelector('#connection').dataset.state === 'on'`, 30_000);
    await one.until(title('Night sky.png'));
  });
});
