// T42. Output is read to its end, in a fixed amount of memory, by any number of listeners, and never holds up either side.

import { createProcess } from '../../src/process/managed-process.js';
import { Program } from '../processes/run.js';
import { command, endAll, LIVES, linesOf, script, until } from './stage.js';

const SCALE = Number(process.env.RELIABILITY_SCALE ?? 0.2);
jest.setTimeout(300_000);
afterEach(endAll);

/** Megabytes. */
const FLOOD = Math.max(60, Math.round(300 * SCALE));
/** What a process may grow by. Node's own buffers take up to 40 MB of it, whoever reads them. */
const ROOM = 60_000_000;

interface Flooded {
  readonly lines: number;
  readonly cut: number;
  readonly bytes: number;
  readonly last: string;
  readonly grown: number;
}

async function flooded(...how: string[]): Promise<Flooded> {
  const program = new Program('flooded.ts', [String(FLOOD), ...how]);
  const line = await program.line('result ');
  expect(await program.end()).toMatchObject({ code: 0 });
  return JSON.parse(line.slice('result '.length)) as Flooded;
}

// Teeth: keeping the whole line, as readline does, takes as many megabytes as it has (tried).
test(`a line of ${FLOOD} MB is cut at 64 KiB with a flag, in flat memory, and the next one is whole`, async () => {
  const { lines, cut, bytes, last, grown } = await flooded('one line');
  expect({ lines, cut, bytes, last }).toEqual({ lines: 2, cut: 1, bytes: 65_536 + 1 + 5, last: 'last' });
  expect(grown).toBeLessThan(ROOM);
});

test(`${FLOOD} MB of lines on both streams come complete, in flat memory`, async () => {
  const { lines, bytes, grown } = await flooded('both');
  expect({ lines, bytes }).toEqual({ lines: FLOOD * 10_000, bytes: FLOOD * 1_000_000 });
  expect(grown).toBeLessThan(ROOM);
});

// Teeth: without the pause the whole output waits in memory (tried).
test(`a slow reader holds the child up: ${FLOOD} MB come complete, in flat memory`, async () => {
  const { lines, grown } = await flooded('stdout', 'read');
  expect(lines).toBe(FLOOD * 10_000);
  expect(grown).toBeLessThan(ROOM);
});

// Teeth: a stream that nobody reads stops the child for ever (tried).
test('output that nobody reads does not stop the child', async () => {
  const { grown } = await flooded('both', 'nobody');
  expect(grown).toBeLessThan(ROOM);
});

test('who comes late gets what was said, the last 64 KiB of it, from its first whole line on', async () => {
  const { child } = script(`for (let i = 0; i < 20_000; i++) console.log('line ' + i + ' €'); console.log('done'); ${LIVES}`, { ready: /done/ });
  await child.start();
  const [lines, again] = [linesOf(child), linesOf(child)];
  await until(() => lines.at(-1) === 'done');
  expect(again).toEqual(lines);
  expect(lines[0]).toMatch(/^line \d+ €$/);
  expect(Buffer.byteLength(lines.join('\n'))).toBeGreaterThan(60_000);
  expect(Buffer.byteLength(lines.join('\n'))).toBeLessThanOrEqual(65_536);
  // It was read: whoever comes now gets what comes now.
  const third = linesOf(child);
  await child.stop();
  expect(third).toEqual([]);
}); // biome-ignore format: one line of code

test('also after its end, with a last line that has none', async () => {
  const { child } = script("process.stdout.write('one\\ntwo')");
  await child.start();
  await child.wait();
  const lines: string[] = [];
  for await (const line of child.lines('stdout')) lines.push(line);
  expect(lines).toEqual(['one', 'two']);
});

test('who leaves and comes back loses nothing, not even a line that had begun', async () => {
  const { child } = command('cat', [], { stdin: 'pipe' });
  await child.start();
  const first: string[] = [];
  let chunks = '';
  const releaseChunks = child.watchStream('stdout', (text) => (chunks += text), { chunks: 'text' });
  const release = child.watchStream('stdout', (line) => first.push(line));
  await child.write('one\ntw');
  await until(() => chunks.endsWith('tw'));
  releaseChunks();
  release();
  release();
  await child.write('o\nthree\n');
  child.endInput();
  await child.wait();
  const second = linesOf(child);
  await until(() => second.length === 2);
  expect([first, second]).toEqual([['one'], ['two', 'three']]);
});

test('chunks come as text in which no character is split, or as bytes', async () => {
  const { child } = script("(async () => { for (const byte of Buffer.from('€😀 end')) { process.stdout.write(Buffer.from([byte])); await new Promise((r) => setTimeout(r, 5)) } })()");
  const texts: string[] = [];
  const bytes: Buffer[] = [];
  child.watchStream('stdout', (text) => texts.push(text), { chunks: 'text' });
  child.watchStream('stdout', (chunk) => bytes.push(chunk), { chunks: 'bytes' });
  await child.start();
  await child.wait();
  expect(texts.join('')).toBe('€😀 end');
  expect(texts.join('')).not.toContain('�');
  expect(Buffer.concat(bytes).toString()).toBe('€😀 end');
}); // biome-ignore format: one line of code

test('bytes that are no UTF-8 are U+FFFD, and what stands around them is whole', async () => {
  const { child } = script("process.stdout.write(Buffer.from([0x61, 0xff, 0xe2, 0x82, 0xac, 0x0d, 0x0a, 0xc3]))");
  const lines = linesOf(child);
  await child.start();
  await child.wait();
  expect(lines).toEqual(['a�€', '�']);
}); // biome-ignore format: one line of code

test('a reader that leaves its loop lets the others go on, and one that is not there yet waits for the start', async () => {
  const { child } = script("for (let i = 0; i < 1000; i++) console.log('line ' + i)");
  const reading = (async () => {
    let count = 0;
    for await (const _ of child.lines('stdout')) count += 1;
    return count;
  })();
  const leaving = (async () => {
    for await (const line of child.lines('stdout')) return line;
    return undefined;
  })();
  await child.start();
  expect(await Promise.all([leaving, reading])).toEqual(['line 0', 1000]);
});

test('there are two streams', () => {
  const child = createProcess('a', 'ls');
  const invalid = expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' });
  expect(() => child.lines('stdin' as 'stdout')).toThrow(invalid);
  expect(() => child.watchStream('constructor' as 'stdout', () => {})).toThrow(invalid);
});
