// What is found in files, by the real program that looks into them: it is killed, held up, and given strange files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { Module } from 'specter-runtime';
import { type TestApplication, testApplication } from 'specter-runtime/testing';
import { until } from '../../../test/until.js';
import { BuiltFiles } from '../src/built-files.js';
import { FactFinder } from '../src/metadata/fact-finder.js';
import { type BuiltHub, buildHub } from './support/built-hub.js';

const MEDIA = join(__dirname, '..', 'media');
const SONG = join(MEDIA, 'Sounds', 'Doorbell.wav');

/** A worker that some files kill. */
const FRAGILE = `
  import { createInterface } from 'node:readline';
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, path } = JSON.parse(line);
    if (path.startsWith('deadly')) process.exit(1);
    console.log(JSON.stringify({ id, facts: { seconds: 1 } }));
  }
`;

@Module({ providers: [BuiltFiles, FactFinder] })
class OnlyFacts {}

let built: BuiltHub;
let app: TestApplication;
let finder: FactFinder;
let folder: string;
beforeAll(() => {
  built = buildHub();
});
afterAll(() => built.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'facts-'));
  await start(built);
});
afterEach(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

async function start(files: BuiltHub): Promise<void> {
  app = await testApplication(OnlyFacts, { logger: false }).override(BuiltFiles).useValue(files).start();
  finder = app.get(FactFinder);
}

const pid = () => (finder.health() as { pid?: number }).pid as number;
const health = async () => (await app.health()).services.FactFinder;
const next = (event: 'process-restarting' | 'process-started') =>
  new Promise<void>((resolve) => void app.events.on(event, () => resolve()));

/** Lets the supervisor's pause before a restart pass, and waits for the next worker. */
const comeBack = async (restarting: Promise<void>) => {
  await restarting;
  const started = next('process-started');
  await app.clock.advance(1_000);
  await started;
};

function file(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function png(rows: readonly number[][], { width, kind }: { width: number; kind: number }): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(name, 'latin1'), data, Buffer.alloc(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(rows.length, 4);
  head.set([8, kind, 0, 0, 0], 8);
  const data = deflateSync(Buffer.from(rows.flat()));
  // In two pieces, as large pictures come.
  const pieces = [data.subarray(0, 5), data.subarray(5)].map((piece) => chunk('IDAT', piece));
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), ...pieces]);
}

describe('what is found in a file', () => {
  it('is the length of a sound, the size of a picture, and its colour', async () => {
    expect(await finder.find(SONG)).toEqual({ seconds: 2.3 });
    expect(await finder.find(join(MEDIA, 'Pictures', 'Hills at dusk.svg'))).toEqual({ width: 800, height: 500 });
    expect(await finder.find(join(MEDIA, 'Pictures', 'Night sky.png'))).toEqual({
      ...{ width: 480, height: 300 },
      colour: '#11142f',
    });
  });

  it('is the right colour, by whatever filter a row was written', async () => {
    // Four rows of one colour, each as its filter writes it; the fifth is of another one, and transparent.
    const rows = [
      [1, 200, 100, 50, 255, 0, 0, 0, 0],
      [2, 0, 0, 0, 0, 0, 0, 0, 0],
      [3, 100, 50, 25, 128, 0, 0, 0, 0],
      [4, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 1, 2, 3, 0, 1, 2, 3, 0],
    ];
    const path = file('filters.png', png(rows, { width: 2, kind: 6 }));
    expect(await finder.find(path)).toEqual({ width: 2, height: 5, colour: '#c86432' });
  });

  it('is the frame of a JPEG, behind segments of other kinds', async () => {
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x06]), Buffer.from('note')]);
    const frame = Buffer.from([0xff, 0xc2, 0x00, 0x11, 8, 0x02, 0x58, 0x03, 0x20, 3]);
    const path = file('photo.jpg', Buffer.concat([Buffer.from([0xff, 0xd8]), comment, frame]));
    expect(await finder.find(path)).toEqual({ width: 800, height: 600 });
  });

  it.each([
    ['an empty sound', 'empty.wav', ''],
    [
      'a sound that says of itself that a second has no bytes',
      'zero.wav',
      `RIFF....WAVEfmt \x10\0\0\0${'\0'.repeat(16)}data\x04\0\0\0....`,
    ],
    ['a sound without an end', 'short.wav', 'RIFF....WAVEfmt \x10\0\0\0'],
    ['a picture that is a text', 'text.png', 'only a text, long enough to have room for a header'],
    ['a picture that is a page', 'page.jpg', '<html>'],
    ['a picture without a size', 'any.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="100%">'],
    ['what nobody looks into', 'notes.txt', 'notes'],
  ])('is nothing in %s', async (_, name, text) => {
    expect(await finder.find(file(name, text))).toEqual({});
  });

  it('is refused, with the reason, where the file cannot be read', async () => {
    await expect(finder.find(join(folder, 'gone.wav'))).rejects.toThrow('It is not there at the moment.');
  });
});

describe('the program that looks into files', () => {
  it('answers many at once, each its own', async () => {
    const paths = Array.from({ length: 200 }, (_, n) => file(`${n}.svg`, `<svg width="${n + 1}" height="7">`));
    const found = await Promise.all(paths.map((path) => finder.find(path)));
    expect(found.map(({ width }) => width)).toEqual(paths.map((_, n) => n + 1));
  });

  // Teeth: without asking again when the next one is ready, nobody is ever answered (tried).
  it('is started again when it is killed, and what it had not answered is asked again', async () => {
    const first = pid();
    process.kill(first, 'SIGSTOP');
    const found = [finder.find(SONG), finder.find(join(MEDIA, 'Pictures', 'Night sky.png'))];
    const restarting = next('process-restarting');
    process.kill(first, 'SIGKILL');
    await restarting;
    expect(await health()).toMatchObject({ status: 'degraded' });
    const late = finder.find(join(MEDIA, 'Sounds', 'Kitchen timer.wav'));
    await comeBack(restarting);
    expect(await Promise.all([...found, late])).toMatchObject([{ seconds: 2.3 }, { width: 480 }, { seconds: 2.32 }]);
    expect(pid()).not.toBe(first);
    await until('all is well', async () => (await health())?.status === 'up');
  });

  // Teeth: without a limit the worker dies over it until it is given up, and the other is never answered (tried).
  it('is not tried a third time on a file that kills it; the others are answered', async () => {
    await app.stop();
    await start({ ...built, worker: file('fragile.mjs', FRAGILE) });
    const restarting = next('process-restarting');
    const refused = expect(finder.find('deadly.wav')).rejects.toMatchObject({ code: 'HUB_NO_FACTS' });
    const other = finder.find('harmless.wav');
    await comeBack(restarting);
    await comeBack(next('process-restarting'));
    await refused;
    expect(await other).toEqual({ seconds: 1 });
  });

  it('is replaced when it hangs over a file: that one is refused, and the others are answered', async () => {
    const first = pid();
    process.kill(first, 'SIGSTOP');
    const hanging = finder.find(SONG);
    const refused = expect(hanging).rejects.toMatchObject({ status: 503, code: 'HUB_NO_FACTS' });
    await app.clock.advance(5_000);
    const other = finder.find(join(MEDIA, 'Sounds', 'Kitchen timer.wav'));
    const started = next('process-started');
    await app.clock.advance(5_000);
    await refused;
    await started;
    expect(await other).toEqual({ seconds: 2.32 });
    expect(pid()).not.toBe(first);
  });

  it('ends with the hub, and refuses whoever still waits', async () => {
    const last = pid();
    process.kill(last, 'SIGSTOP');
    const waiting = expect(finder.find(SONG)).rejects.toMatchObject({ code: 'HUB_NO_FACTS' });
    await app.stop();
    await waiting;
    expect(() => process.kill(last, 0)).toThrow('ESRCH');
  });
});
