// tailFile() with real files, which are rotated, cut and torn as logs are.
import { appendFile, mkdtemp, open, rename, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWatcher, type TailFileOptions, tailFile } from '../../src/index.js';
import { systemClock } from '../../src/kernel/clock.js';
import { leakCheck } from '../../src/testing/index.js';
import { rejection } from '../kernel/heard.js';
import { LookingClock } from './looking-clock.js';

let folder: string;
let log: string;
let stop: AbortController;
let clock: LookingClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'specter-tail-'));
  log = join(folder, 'app.log');
  stop = new AbortController();
  clock = new LookingClock();
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true });
});

/** Reads in the background; `until` waits for so many lines, `looked` until it has looked at the file. */
function reading(options: TailFileOptions = {}, source = tailFile(log, { interval: 10, clock, ...options })) {
  const lines: string[] = [];
  const work = (async () => {
    for await (const line of source(stop.signal)) lines.push(line);
  })();
  work.catch(() => {});
  const until = async (count: number) => {
    const over = work.then(() => {
      throw new Error(`It has ended after ${lines.length} lines.`);
    });
    over.catch(() => {});
    while (lines.length < count) await Promise.race([sleep(5), over]);
    return lines;
  };
  const end = async () => {
    stop.abort();
    await work;
    stop = new AbortController();
  };
  return { lines, until, work, end, looked: () => clock.looked() };
}

test('tells what is appended, and not what was there before', async () => {
  await writeFile(log, 'old\nbegun ');
  const { until, looked } = reading();
  await looked();
  await appendFile(log, 'and ended\nnew\r\n\n');
  expect(await until(3)).toEqual(['begun and ended', 'new', '']);
});

test('from the start tells all of it', async () => {
  await writeFile(log, 'one\ntwo\n');
  expect(await reading({ from: 'start' }).until(2)).toEqual(['one', 'two']);
});

test('waits for a file, and for its folder, that are not there yet, and reads it from its start', async () => {
  const path = join(folder, 'later', 'app.log');
  const { until, looked } = reading({}, tailFile(path, { interval: 10, clock }));
  await looked();
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(folder, 'later'));
  await writeFile(path, 'first\n');
  expect(await until(1)).toEqual(['first']);
});

test('goes on within a file that was rotated, also when its reader left in the middle without an end to the signal', async () => {
  const source = tailFile(log, { interval: 10, from: 'start' });
  const lines: string[] = [];
  const readTo = async (last: string) => {
    for await (const line of source(stop.signal)) {
      lines.push(line);
      if (line === last) break;
    }
  };
  await writeFile(log, 'a\nb\nc\nd\n');
  await readTo('a');
  await rename(log, `${log}.1`);
  await writeFile(log, 'e\nf\n');
  await readTo('b');
  await readTo('f');
  expect(lines).toEqual(['a', 'b', 'c', 'd', 'e', 'f']); // taken for read when it was known to be over: no c, no d (tried)
});

test('holds a line back until its end has come', async () => {
  const { lines, until, looked } = reading();
  await looked();
  await appendFile(log, 'half ');
  await looked();
  expect(lines).toEqual([]);
  await appendFile(log, 'and half\n');
  expect(await until(1)).toEqual(['half and half']);
});

test('never splits a character, whatever the pieces in which it is written', async () => {
  const text = 'zażółć 🦆🦆 größe\n';
  const { until, looked } = reading();
  await looked();
  const handle = await open(log, 'a');
  for (const byte of Buffer.from(text)) {
    await handle.write(Buffer.from([byte]));
    if (byte > 0x7f) await sleep(3);
  }
  await handle.close();
  expect(await until(1)).toEqual([text.trimEnd()]);
});

test('cuts a line that is too long, never within a character, and goes on with the next', async () => {
  const { until } = reading({ maxLine: 10, from: 'start' });
  await writeFile(log, `12345678🦆9\n${'x'.repeat(200_000)}\n1234567890\nnext\n`);
  expect(await until(4)).toEqual(['12345678', 'xxxxxxxxxx', '1234567890', 'next']);
});

test('a file that is renamed and made anew is read to its end, then the new one; a last line without an end is told', async () => {
  await writeFile(log, '');
  const { until, looked } = reading();
  await looked();
  const writer = await open(log, 'a');
  await writer.write('1\n');
  await rename(log, `${log}.1`);
  await writer.write('2\n');
  await writeFile(log, '');
  await looked();
  // Whoever writes has not noticed yet.
  await writer.write('3\nlast');
  await writer.close();
  await appendFile(log, '4\n');
  expect(await until(5)).toEqual(['1', '2', '3', 'last', '4']);
});

test('a file that is copied and cut to nothing is read from its start', async () => {
  await writeFile(log, '');
  const { until, looked } = reading();
  await looked();
  await appendFile(log, 'before\n');
  await until(1);
  await truncate(log, 0);
  await looked();
  await appendFile(log, 'after\n');
  expect(await until(2)).toEqual(['before', 'after']);
});

// Teeth: looking at the size alone fails this test (tried): the first lines of the new content are missing.
test('a file that is cut and has grown beyond where it was read, all between two looks, is read from its start', async () => {
  await writeFile(log, '');
  const { until, looked } = reading({ interval: 60 });
  await looked();
  await appendFile(log, 'short\n');
  await until(1);
  await writeFile(log, 'a longer first line\nand a second\n');
  expect(await until(3)).toEqual(['short', 'a longer first line', 'and a second']);
});

test('a file that is replaced by a rename is read from its start', async () => {
  await writeFile(log, '');
  const { until, looked } = reading();
  await looked();
  await appendFile(log, '1\n');
  await until(1);
  await writeFile(`${log}.new`, '2\n3\n');
  await rename(`${log}.new`, log);
  expect(await until(3)).toEqual(['1', '2', '3']);
});

test('a file that is removed and comes back is read from its start', async () => {
  await writeFile(log, '');
  const { until, looked } = reading();
  await looked();
  await appendFile(log, '1\n');
  await until(1);
  await unlink(log);
  await looked();
  await writeFile(log, '2\n');
  expect(await until(2)).toEqual(['1', '2']);
});

// Teeth: leaving the old file as soon as there is a new one loses lines (tried).
test('under load, with ten rotations, no line is lost and none is told twice', async () => {
  await writeFile(log, '');
  const { lines, until, looked } = reading({ interval: 5 });
  await looked();
  let n = 0;
  let handle = await open(log, 'a');
  for (let rotation = 1; rotation <= 10; rotation++) {
    for (let i = 0; i < 300; i++) await handle.write(`${n++} ${'x'.repeat(n % 200)}\n`);
    await rename(log, `${log}.${rotation}`);
    const next = await open(log, 'a');
    // The writer is told a little later.
    await sleep(12);
    for (let i = 0; i < 50; i++) await handle.write(`${n++}\n`);
    await handle.close();
    handle = next;
    await handle.write(`${n++}\n`);
    // Files that come and go between two looks are nobody's to see.
    await until(n);
  }
  await handle.close();
  expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual(Array.from({ length: n }, (_, i) => i));
});

test('opened again it goes on where it was, in the same file and in the one after', async () => {
  const source = tailFile(log, { interval: 10, clock });
  await writeFile(log, '');
  const first = reading({}, source);
  await first.looked();
  await appendFile(log, '1\n2\nhal');
  await first.until(2);
  await first.end();
  await appendFile(log, 'f\n3\n');
  const second = reading({}, source);
  expect(await second.until(2)).toEqual(['half', '3']);
  await second.end();
  // Rotated while nobody looked: what is left of the old file comes first.
  await appendFile(log, '4\n5');
  await rename(log, `${log}.1`);
  await writeFile(log, '6\n');
  const third = reading({}, source);
  expect(await third.until(3)).toEqual(['4', '5', '6']);
  await third.end();
  await unlink(`${log}.1`);
  await rm(log);
  await writeFile(log, '7\n');
  expect(await reading({}, source).until(1)).toEqual(['7']);
});

// Teeth: not looking at what it holds fails this test where numbers are given again at once (tried).
test('opened again it never takes a file for its own that only has got its number', async () => {
  const source = tailFile(log, { interval: 10, clock });
  await writeFile(log, '');
  const first = reading({}, source);
  await first.looked();
  await appendFile(log, 'mine\n');
  await first.until(1);
  await first.end();
  await unlink(log);
  for (let i = 0; i < 20; i++) await writeFile(join(folder, `other-${i}`), 'not to be read\n'.repeat(10));
  await writeFile(log, 'mine again\n');
  expect(await reading({}, source).until(1)).toEqual(['mine again']);
});

test('under a watcher a subscriber that fails costs no line, a transform that fails only its own', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  const seen: string[] = [];
  const watcher = createWatcher<string>('log', {
    stream: tailFile(log, { interval: 5, from: 'start' }),
    backoff: { min: 5, max: 5 },
    transform: (line) => {
      if (line === '3') throw new Error('three');
      return line;
    },
    clock: systemClock,
  });
  watcher.subscribe((line) => seen.push(line));
  await watcher.start();
  await writeFile(log, '1\n2\n3\n4\n5\n');
  while (seen.length < 4) await sleep(5);
  await watcher[Symbol.asyncDispose]();
  expect(seen).toEqual(['1', '2', '4', '5']);
  jest.restoreAllMocks();
});

test('what is no file is refused, without waiting for it', async () => {
  expect(await rejection(reading({}, tailFile(folder, { interval: 10 })).work)).toMatchObject({
    code: 'SPECTER_SOURCE',
    message: expect.stringContaining('is not a file'),
  });
});

test('nothing is left open, wherever it is stopped', async () => {
  const check = await leakCheck();
  for (let i = 0; i < 20; i++) {
    await writeFile(log, 'x\n'.repeat(500));
    const { until, end } = reading({ from: 'start' });
    await until(i * 25);
    await end();
  }
  await check.end();
});

test.each<[TailFileOptions & Record<string, unknown>, RegExp]>([
  [{ interval: 0 }, /interval of tailFile/],
  [{ maxLine: 0 }, /maxLine of tailFile/],
  [{ from: 'middle' as never }, /from of tailFile/],
  [{ form: 'end' }, /Did you mean from\?/],
])('%p is refused where it is written', (options, message) => {
  expect(() => tailFile('x', options)).toThrow(message);
});
