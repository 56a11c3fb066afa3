// watchFiles() with real files and folders, which vanish, come back and are replaced.
import fs from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, open, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWatcher, type FileChange, type WatchFilesOptions, watchFiles } from '../../src/index.js';
import { Folder } from '../../src/sources/folder.js';
import { leakCheck, ManualClock } from '../../src/testing/index.js';
import { rejection } from '../kernel/heard.js';
import { until as untilSo } from '../until.js';
import { LookingClock } from './looking-clock.js';

let top: string;
let inbox: string;
let stop: AbortController;
let clock: LookingClock;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'specter-watch-'));
  inbox = join(top, 'inbox');
  await mkdir(inbox);
  stop = new AbortController();
  clock = new LookingClock();
});
afterEach(async () => {
  stop.abort();
  await rm(top, { recursive: true });
});

const told = ({ type, kind, path }: FileChange) => `${type} ${kind} ${relative(top, path)}`;

/** Reads in the background; resolves when the first look is over. */
async function watching(
  options: WatchFilesOptions = {},
  source = watchFiles(inbox, { debounce: 20, clock, ...options }),
) {
  const changes: string[] = [];
  const work = (async () => {
    for await (const change of source(stop.signal)) changes.push(told(change));
  })();
  await Promise.race([clock.looked(), work.catch(() => {})]);
  const until = async (change: string) => {
    const over = work.then(() => {
      throw new Error(`It has ended without ${change}.`);
    });
    over.catch(() => {});
    while (!changes.includes(change)) await Promise.race([sleep(5), over]);
    return changes;
  };
  const end = async () => {
    stop.abort();
    await work;
    stop = new AbortController();
  };
  return { changes, until, work, end };
}

test('tells what comes, changes and goes, in folders within folders; what was there is not told', async () => {
  await writeFile(join(inbox, 'old.txt'), '1');
  const { changes, until } = await watching();
  await writeFile(join(inbox, 'a.txt'), '1');
  await until('added file inbox/a.txt');
  await appendFile(join(inbox, 'a.txt'), '2');
  await until('changed file inbox/a.txt');
  await mkdir(join(inbox, 'deep/er'), { recursive: true });
  await writeFile(join(inbox, 'deep/er/b.txt'), '1');
  await until('added file inbox/deep/er/b.txt');
  await unlink(join(inbox, 'a.txt'));
  await until('removed file inbox/a.txt');
  await rm(join(inbox, 'deep'), { recursive: true });
  await until('removed folder inbox/deep');
  expect(changes).toEqual([
    'added file inbox/a.txt',
    'changed file inbox/a.txt',
    'added folder inbox/deep',
    'added folder inbox/deep/er',
    'added file inbox/deep/er/b.txt',
    'removed file inbox/a.txt',
    'removed file inbox/deep/er/b.txt',
    'removed folder inbox/deep/er',
    'removed folder inbox/deep',
  ]);
});

test('can tell what is there at first, leave out what is ignored, and stay in one folder', async () => {
  await mkdir(join(inbox, 'deep'));
  for (const name of ['a.txt', 'b.part', 'deep/c.txt']) await writeFile(join(inbox, name), '1');
  const ignore = (name: string) => name.endsWith('.part');
  const { changes } = await watching({ existing: true, ignore });
  expect([...changes].sort()).toEqual([
    'added file inbox/a.txt',
    'added file inbox/deep/c.txt',
    'added folder inbox',
    'added folder inbox/deep',
  ]);
  stop.abort();
  stop = new AbortController();
  const flat = await watching({ existing: true, ignore, recursive: false });
  expect([...flat.changes].sort()).toEqual(['added file inbox/a.txt', 'added folder inbox', 'added folder inbox/deep']);
});

// Teeth: telling each change at once fails this test (tried).
test('a file that is being written is told once, when it has come to rest', async () => {
  const { changes, until } = await watching({ debounce: 500 });
  const handle = await open(join(inbox, 'film.mkv'), 'a');
  for (let i = 0; i < 20; i++) {
    await handle.write('x'.repeat(1_000));
    await sleep(15);
  }
  await handle.close();
  await writeFile(join(inbox, 'end'), '');
  await until('added file inbox/end');
  await sleep(600);
  expect(changes.filter((change) => change.includes('film'))).toEqual(['added file inbox/film.mkv']);
});

test('what comes and goes before it has come to rest is not told at all', async () => {
  const { changes, until } = await watching({ debounce: 500 });
  await writeFile(join(inbox, 'temporary'), '');
  await unlink(join(inbox, 'temporary'));
  await writeFile(join(inbox, 'end'), '');
  await until('added file inbox/end');
  expect(changes).toEqual(['added file inbox/end']);
});

test('a file that is replaced by a rename, as editors do, is a changed file', async () => {
  const file = join(inbox, 'a.txt');
  await writeFile(file, '1');
  const { changes, until } = await watching();
  for (const text of ['2', '3']) {
    await writeFile(`${file}~`, text);
    await rename(`${file}~`, file);
    await until('changed file inbox/a.txt');
    changes.length = 0;
  }
});

test('a single file is watched through its replacement, its absence and its return', async () => {
  const file = join(inbox, 'settings.json');
  const { changes, until } = await watching({}, watchFiles(file, { debounce: 20, clock }));
  await writeFile(file, '1');
  await until('added file inbox/settings.json');
  await writeFile(join(inbox, 'other'), '1');
  await writeFile(`${file}~`, '22');
  await rename(`${file}~`, file);
  await until('changed file inbox/settings.json');
  await unlink(file);
  await until('removed file inbox/settings.json');
  await writeFile(file, '1');
  while (changes.length < 4) await sleep(5);
  expect(changes.every((change) => change.endsWith('settings.json'))).toBe(true);
});

// Teeth: a watch that is kept when its folder is another one fails this test (tried).
test('a folder that is removed and made anew is watched on, again and again', async () => {
  const { until, changes } = await watching({ interval: 600_000 });
  for (let i = 0; i < 5; i++) {
    await writeFile(join(inbox, `${i}`), '1');
    await until(`added file inbox/${i}`);
    await rm(inbox, { recursive: true });
    await until('removed folder inbox');
    await mkdir(inbox);
    await until('added folder inbox');
    changes.length = 0;
  }
  await mkdir(join(inbox, 'in'));
  await until('added folder inbox/in');
  // Too quickly to be told; but it is another folder now.
  await rm(join(inbox, 'in'), { recursive: true });
  await mkdir(join(inbox, 'in'));
  await sleep(100);
  await writeFile(join(inbox, 'in', 'x'), '1');
  await until('added file inbox/in/x');
});

test('a folder that takes the place of another one by a rename is seen with what is in it, as a mount is', async () => {
  await writeFile(join(inbox, 'same'), '1');
  await writeFile(join(inbox, 'gone'), '1');
  const { until } = await watching();
  await mkdir(join(top, 'disk'));
  await writeFile(join(top, 'disk', 'new'), '1');
  await rename(inbox, join(top, 'old'));
  await rename(join(top, 'disk'), inbox);
  await until('added file inbox/new');
  await until('removed file inbox/gone');
  await writeFile(join(inbox, 'later'), '1');
  await until('added file inbox/later');
});

test('a folder that is not there yet, nor what it is in, is found when it comes', async () => {
  const path = join(top, 'usb', 'stick');
  const { until } = await watching({}, watchFiles(path, { debounce: 20, clock }));
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'a'), '1');
  await until('added file usb/stick/a');
});

test('a link in it is what it is, and a ring of links has no end to walk', async () => {
  await symlink(inbox, join(inbox, 'ring'));
  const { until } = await watching();
  await writeFile(join(inbox, 'a'), '1');
  expect(await until('added file inbox/a')).toEqual(['added file inbox/a']);
  await symlink('nowhere', join(inbox, 'broken'));
  await until('added file inbox/broken');
});

test('opened again it tells what has happened meanwhile, and nothing twice', async () => {
  const source = watchFiles(inbox, { debounce: 20, clock });
  const first = await watching({}, source);
  await writeFile(join(inbox, 'a'), '1');
  await first.until('added file inbox/a');
  await first.end();
  await writeFile(join(inbox, 'b'), '1');
  await unlink(join(inbox, 'a'));
  const second = await watching({}, source);
  await second.until('added file inbox/b');
  await second.until('removed file inbox/a');
  expect(second.changes).toHaveLength(2);
});

test('what a failing transform keeps from being told costs nothing else', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  const seen: string[] = [];
  const watcher = createWatcher<FileChange>('inbox', {
    stream: watchFiles(inbox, { debounce: 20, clock }),
    backoff: { min: 5, max: 5 },
    transform: (change) => {
      if (change.path.endsWith('2')) throw new Error('two');
      return change;
    },
  });
  watcher.subscribe((change) => seen.push(told(change)));
  await Promise.all([watcher.start(), clock.looked()]);
  await Promise.all([1, 2, 3].map((n) => writeFile(join(inbox, `${n}`), '')));
  while (seen.length < 2) await sleep(5);
  await watcher[Symbol.asyncDispose]();
  expect(seen.sort()).toEqual(['added file inbox/1', 'added file inbox/3']);
  jest.restoreAllMocks();
});

describe('when the system does not help', () => {
  afterEach(() => void jest.restoreAllMocks());

  test('without watches everything is looked at every interval', async () => {
    jest.spyOn(fs, 'watch').mockImplementation(() => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    const { until } = await watching({ interval: 50 });
    expect(fs.watch).toHaveBeenCalled();
    await mkdir(join(inbox, 'deep'));
    await writeFile(join(inbox, 'deep', 'a'), '1');
    await until('added file inbox/deep/a');
  });

  // Teeth: looking again at once after each hint fails this test (tried).
  test('never looks more often than the debounce, however much happens or is said to happen', async () => {
    const look = jest.spyOn(Folder.prototype, 'look');
    const { changes } = await watching({ debounce: 50 });
    look.mockClear();
    const begun = performance.now();
    while (performance.now() - begun < 500) {
      await writeFile(join(inbox, 'a'), `${performance.now()}`);
      await unlink(join(inbox, 'a'));
    }
    const rounds = Math.ceil((performance.now() - begun) / 50) + 1;
    // Two folders a round: the one that was asked for, and the one that it is in.
    expect(look.mock.calls.length).toBeLessThanOrEqual(2 * rounds);
    expect(changes.length).toBeLessThanOrEqual(rounds);
  });

  test('a tree that is gone is looked for once a second, and costs nothing else', async () => {
    const hand = new ManualClock();
    const look = jest.spyOn(Folder.prototype, 'look');
    const source = watchFiles(join(top, 'gone', 'far', 'away'), { clock: hand, debounce: 100 });
    const work = (async () => {
      for await (const _ of source(stop.signal));
    })();
    await untilSo('it has looked', () => hand.pending > 0);
    look.mockClear();
    await hand.advance(60_000);
    expect(look.mock.calls.length).toBeLessThanOrEqual(60);
    expect(look.mock.calls.length).toBeGreaterThan(40);
    expect(hand.pending).toBe(1);
    stop.abort();
    await work;
  });
});

// Whoever may do everything is refused nothing.
const mortal = process.getuid?.() !== 0;
(mortal ? test : test.skip)('a folder that cannot be read is told once, and what is known of it stays', async () => {
  const shut = join(inbox, 'shut');
  await mkdir(shut);
  await writeFile(join(shut, 'a'), '1');
  const { until, changes } = await watching();
  await chmod(shut, 0);
  await writeFile(join(inbox, 'b'), '1');
  await until('added file inbox/b');
  await chmod(shut, 0o700);
  expect(changes).not.toContain('removed file inbox/shut/a');
});

test('a folder that fails to be read is told once until it can be read; what is known of it stays', async () => {
  const shut = join(inbox, 'shut');
  await mkdir(shut);
  await writeFile(join(shut, 'a'), '1');
  const { until, changes } = await watching({ interval: 30 });
  const fault = Object.assign(new Error('stale file handle'), { code: 'ESTALE' });
  const look = Folder.prototype.look;
  const spy = jest.spyOn(Folder.prototype, 'look').mockImplementation(async function (this: Folder, ...all) {
    if (this.path !== shut) return look.apply(this, all);
    this.trouble = fault;
    return [];
  });
  await until('unreadable folder inbox/shut');
  await sleep(150);
  spy.mockRestore();
  await sleep(100);
  expect(changes).toEqual(['unreadable folder inbox/shut']);
});

test('more than it may hold is refused, and so is the root of all', async () => {
  for (let i = 0; i < 12; i++) await writeFile(join(inbox, `${i}`), '');
  const { work } = await watching({ maxEntries: 10 });
  expect(await rejection(work)).toMatchObject({
    code: 'SPECTER_SOURCE',
    message: expect.stringContaining('holds more than 10 files and folders'),
  });
  expect(() => watchFiles('/')).toThrow(/a folder within another/);
  expect(() => watchFiles('x', { debounce: 0 })).toThrow(/debounce of watchFiles/);
  expect(() => watchFiles('x', { interval: 0 })).toThrow(/interval of watchFiles/);
  expect(() => watchFiles('x', { recursiv: false } as never)).toThrow(/Did you mean recursive\?/);
});

test('what holds too much is told of again once it holds less, what was found in a look that failed as well', async () => {
  const stream = watchFiles(inbox, { debounce: 20, maxEntries: 3, clock });
  const watcher = createWatcher('inbox', { stream, backoff: { min: 30, max: 30 } });
  const changes: string[] = [];
  watcher.subscribe((change) => changes.push(told(change)));
  const silence = jest.spyOn(console, 'error').mockImplementation();
  await Promise.all([watcher.start(), clock.looked()]);
  for (const name of ['a', 'b', 'c']) await writeFile(join(inbox, name), '');
  while (watcher.health().status !== 'degraded') await sleep(5);
  await unlink(join(inbox, 'b'));
  while (!changes.includes('removed file inbox/b')) await sleep(5);
  await watcher.stop();
  silence.mockRestore();
  // With the size asked for before the folder itself is looked at: it never recovers, and a and c are lost (tried).
  expect([...changes].sort()).toEqual([
    ...['a', 'b', 'c'].map((name) => `added file inbox/${name}`),
    'removed file inbox/b',
  ]);
});

// Teeth: folders that are not closed in the end fail this test (tried).
test('nothing is left open, wherever it is stopped and whatever becomes of the folder', async () => {
  for (let i = 0; i < 20; i++) await mkdir(join(inbox, `${i}`));
  const check = await leakCheck();
  for (let i = 0; i < 60; i++) {
    const stopping = new AbortController();
    const work = (async () => {
      for await (const _ of watchFiles(inbox, { debounce: 10 })(stopping.signal));
    })();
    await sleep(i % 12);
    if (i % 10 === 9) await rm(inbox, { recursive: true });
    stopping.abort();
    await work;
    await mkdir(join(inbox, 'a'), { recursive: true });
  }
  await check.end();
});
