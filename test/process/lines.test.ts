// Bytes to lines: nothing lost, nothing doubled, no character broken, wherever the chunks are cut.
import { LineSplitter } from '../../src/process/lines.js';
import { Tail } from '../../src/process/tail.js';
import { Random } from '../../src/testing/random.js';

function split(chunks: readonly (string | Buffer)[], maxLine = 65_536): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const splitter = new LineSplitter(maxLine, (line, { truncated }) => lines.push([line, truncated]));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}
const texts = (chunks: readonly (string | Buffer)[], maxLine?: number) => split(chunks, maxLine).map(([line]) => line);

const TEXT = `${'naïve € 😀 ligne\r\n\nzwei\tπ\n'.repeat(100)}no end`;
const BYTES = Buffer.from(TEXT);
const LINES = TEXT.split('\n').map((line) => line.replace(/\r$/, ''));

// Teeth: decoding each chunk by itself breaks hundreds of them (tried).
test('a text of 4 KB cut at every offset gives the same lines', () => {
  for (let at = 0; at <= BYTES.length; at++) expect(texts([BYTES.subarray(0, at), BYTES.subarray(at)])).toEqual(LINES);
});

test('a text in chunks of any size gives the same lines', () => {
  const random = new Random(7);
  for (let round = 0; round < 200; round++) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < BYTES.length; ) {
      const size = 1 + random.below(40);
      chunks.push(BYTES.subarray(at, at + size));
      at += size;
    }
    expect(texts(chunks)).toEqual(LINES);
  }
});

test('empty lines, a carriage return, NUL and a last line without an end are lines as they are', () => {
  expect(texts(['\n\na\r\n\0\n', 'b\r', '\n', 'c\r'])).toEqual(['', '', 'a', '\0', 'b', 'c']);
  expect(texts([''])).toEqual([]);
  expect(texts(['a\n'])).toEqual(['a']);
});

test('only bytes that are no UTF-8 become U+FFFD, and only they', () => {
  expect(texts([Buffer.from([0x61, 0xff, 0x62, 10, 0xe2, 0x82, 10, 0xe2]), Buffer.from([0x82, 0xac, 10])])).toEqual([
    'a�b',
    '�',
    '€',
  ]);
});

test.each([
  ['in one chunk', (text: string) => [text]],
  ['in bytes', (text: string) => [...Buffer.from(text)].map((byte) => Buffer.from([byte]))],
])('a line that is longer than maxLine is cut before a character that would not fit, %s', (_, chunks) => {
  expect(split(chunks('12345678\n123456789\n'), 8)).toEqual([['12345678', false], ['12345678', true]]);
  expect(split(chunks('12345678\r\nabc\n'), 8)).toEqual([['12345678', false], ['abc', false]]);
  expect(split(chunks('123456€\nx\n'), 8)).toEqual([['123456', true], ['x', false]]);
  expect(split(chunks('1234😀😀'), 8)).toEqual([['1234😀', true]]);
  expect(split(chunks('12345678901234567890\n'), 8)).toEqual([['12345678', true]]);
}); // biome-ignore format: a table

test('bytes that are no UTF-8 are cut where they are', () => {
  expect(split([Buffer.alloc(20, 0x80)], 8)).toEqual([['�'.repeat(8), true]]);
});

test('the tail of a stream is kept from its first whole line on', () => {
  const tail = new Tail(16);
  for (const chunk of ['one\n', 'two\n', 'three\n', 'four\n', 'five']) tail.push(Buffer.from(chunk));
  expect(tail.read().toString()).toBe('three\nfour\nfive');
  expect(tail.lastWords).toBe('five');
  tail.push(Buffer.from('x'.repeat(40)));
  expect(tail.take().toString()).toBe('x'.repeat(16));
  expect(tail.take()).toHaveLength(0);
});

test('the tail keeps exactly the last bytes, whatever comes in', () => {
  const random = new Random(3);
  const tail = new Tail(32);
  let all = '';
  for (let i = 0; i < 500; i++) {
    const chunk = 'abcdefghij'.repeat(5).slice(0, random.below(45));
    all += chunk;
    tail.push(Buffer.from(chunk));
    expect(tail.read().toString()).toBe(all.slice(-32));
  }
});

test('last words are one line without what a terminal would obey', () => {
  const tail = new Tail(2_000);
  tail.push(Buffer.from(`first\n\u001b[31mred\u0007 alert ${'x'.repeat(300)}\n\n`));
  expect(tail.lastWords).toBe(`[31mred  alert ${'x'.repeat(300)}`.slice(0, 200));
});
