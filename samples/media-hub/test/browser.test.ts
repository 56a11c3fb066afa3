// The page in tabs of a real browser: what one plays, the others show; they lose the hub, and agree again.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, findChromium, type Tab } from './support/browser.js';
import { type BuiltHub, buildHub } from './support/built-hub.js';
import { HubProcess } from './support/hub-process.js';
import { Wire } from './support/wire.js';

const chromium = findChromium();
const required = process.env.SPECTER_REQUIRE_BROWSER === '1';
const MEDIA = join(__dirname, '..', 'media');

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

  const seekTo = (seconds: number) =>
    `(() => { const seek = document.querySelector('#seek'); seek.value = ${seconds}; seek.dispatchEvent(new Event('input')); seek.dispatchEvent(new Event('change')); })()`;
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
    await one.value(seekTo(3));
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

  it('shows what is in the files and in the library', async () => {
    await one.until(
      `document.querySelector('#overview').textContent.startsWith('2 sounds, 0:09 in all · 1 picture · ')`,
    );
    const row = `[...document.querySelectorAll('.item')].find((row) => row.textContent.includes('Night sky'))`;
    await other.until(`${row}?.querySelector('.facts')?.textContent === '480 × 300'`);
    expect(await other.value(`${row}.querySelector('.cover').style.backgroundColor`)).toBe('rgb(17, 20, 47)');
  });

  it('has labels for all that can be used, and complains about nothing', async () => {
    const unnamed = `[...document.querySelectorAll('button, input, select, a')].filter((control) => {
      const text = control.getAttribute('aria-label') || control.textContent.trim() || control.closest('label')?.textContent.trim();
      return !text;
    }).map((control) => control.outerHTML)`;
    expect(await one.value(unnamed)).toEqual([]);
    expect([...one.complaints, ...other.complaints]).toEqual([]);
  });

  // Teeth: a page that does not ask again when it is connected again stays where it was (tried).
  it('keeps three tabs together: while they play, when one was away, and over a restart of the hub', async () => {
    const wire = new Wire(await hub.url());
    const third = await browser.open(await wire.open());
    const all = [one, other, third];
    const agree = (expression: string) => Promise.all(all.map((tab) => tab.until(expression, 30_000)));
    const people = (count: number) => `document.querySelectorAll('#people li').length === ${count}`;
    const where = (text: string) => `document.querySelector('#where').textContent === ${JSON.stringify(text)}`;
    const at = (text: string) => `document.querySelector('#elapsed').textContent === ${JSON.stringify(text)}`;
    await agree(people(3));

    await third.click(button('Play 01 Lantern.wav'));
    await agree(`${title('01 Lantern.wav')} && Number(document.querySelector('#seek').value) > 0.3`);
    await other.click('#toggle');
    await agree(where('Paused'));
    await one.value(seekTo(5));
    await agree(at('0:05'));

    wire.cut();
    await third.until(`document.querySelector('#connection').dataset.state === 'off'`);
    await one.until(people(2));
    await one.value(seekTo(2));
    await other.until(at('0:02'));
    expect(await third.text('#elapsed')).toBe('0:05');
    // What it is told meanwhile comes to nothing, and not to a surprise for the others once it is back.
    await third.click('#toggle');
    await third.until(`document.querySelector('#notice').textContent === 'The hub does not answer.'`);
    wire.mend();
    await agree(`${people(3)} && ${where('Paused')} && ${at('0:02')}`);

    const { port } = new URL(await hub.url());
    expect((await hub.end('SIGTERM')).code).toBe(0);
    await agree(`document.querySelector('#connection').dataset.state === 'off'`);
    hub = new HubProcess(built.main, { folder, data: join(place, 'data'), env: { PORT: port } });
    await agree(`document.querySelector('#connection').dataset.state === 'on' && ${people(3)}`);
    await agree(`${title('01 Lantern.wav')} && ${where('Paused')} && ${at('0:02')}`);
    await one.click('#toggle');
    await agree(`Number(document.querySelector('#seek').value) > 2.3`);
    wire.close();
  });
});
