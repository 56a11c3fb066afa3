// The documentation, held against what exists: its examples compile and run, its links lead somewhere, its tables tell the truth.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settingsOf as httpSettings } from '../src/http/options.js';
import { RELEASE_METHODS } from '../src/kernel/release.js';
import { settingsOf as socketSettings } from '../src/sockets/options.js';
import { DEFAULT_LIMITS } from '../src/validation/limits.js';
import { compileExamples } from './docs/compile.js';
import { eventTypes, levelOf, sources } from './docs/events.js';
import { examplesOf, writeExamples } from './docs/examples.js';
import { ENTRY_POINTS, exportsOf } from './docs/exports.js';
import { anchorsOf, blocksOf, linksOf, type Page, ROOT, readPage, tablesOf } from './docs/markdown.js';
import { defaultsOf, tableFaults } from './docs/options.js';
import { packagedFiles } from './docs/packaged.js';
import { SERVER, tsdocExamples, WORLD } from './docs/tsdoc.js';

jest.setTimeout(120_000);
/** Programs of the pages log as every program does. */
process.env.LOG_LEVEL = 'silent';

const docs = readdirSync(join(ROOT, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => readPage(`docs/${file}`));
const samples = readdirSync(join(ROOT, 'samples'), { recursive: true, encoding: 'utf8' })
  .map((file) => `samples/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('README.md') && !file.includes('node_modules'))
  .map(readPage);
const front = ['README.md', 'CONTRIBUTING.md'].map(readPage);

const examples = examplesOf([...docs, ...front].flatMap(blocksOf).filter(({ language }) => language === 'ts'));
const comments = tsdocExamples();
const folder = writeExamples([...examples, ...comments], { 'world.d.ts': WORLD, 'server.ts': SERVER });
beforeAll(() => void jest.spyOn(console, 'log').mockImplementation());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('examples', () => {
  test('every example of the pages and of the comments compiles, strictly', async () => {
    const written = sources().reduce((sum, { text }) => sum + (text.match(/^ *\* @example$/gm)?.length ?? 0), 0);
    expect(comments).toHaveLength(written);
    expect(await compileExamples(folder, [...examples, ...comments])).toEqual([]);
  });

  test('an example with a mistake does not compile, and the page and line are told', async () => {
    const block = {
      page: 'docs/a.md',
      language: 'ts',
      line: 7,
      code: ['const port: number = "3000";'],
      comment: 'fragment',
    };
    const bad = examplesOf([block]);
    const at = writeExamples(bad);
    const found = await compileExamples(at, bad).finally(() => rmSync(at, { recursive: true }));
    expect(found).toEqual([expect.stringMatching(/^docs\/a\.md:7 TS2322: /)]);
  });

  describe.each([...examples, ...comments].filter(({ runs }) => runs))('$title', ({ file }) => {
    require(join(folder, file));
  });
});

describe('links', () => {
  const pages = new Map([...docs, ...samples, ...front].map((page) => [page.path, page]));

  test('every relative link leads to a file, and to a heading in it', () => {
    expect([...pages.values()].flatMap((page) => brokenLinks(page))).toEqual([]);
  });

  test('a link to nowhere is found', () => {
    const text = '# A b\n[x](gone.md) [y](errors.md#gone) [z](#a-b)';
    expect(brokenLinks({ path: 'docs/a.md', text })).toEqual(['docs/a.md:2: gone.md', 'docs/a.md:2: errors.md#gone']);
  });

  // Teeth: without the samples in the package 28 links of its pages lead nowhere (tried).
  test('every relative link of a page in the package leads to a file in it', () => {
    const files = packagedFiles();
    const inPackage = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
    const packaged = files.filter((file) => file.endsWith('.md')).map(readPage);
    expect(packaged.length).toBeGreaterThan(docs.length);
    expect(packaged.flatMap((page) => brokenLinks(page, inPackage))).toEqual([]);
  });

  test('the tour of the sources names files that there are', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const [, tour = ''] = readPage('docs/design.md').text.split('## A tour of the sources');
    const named = [
      ...tour
        .split('\n## ', 1)
        .join()
        .matchAll(/`([\w/-]+\.ts)`/g),
    ].map(([, name = '']) => `/${name}`);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !files.some((file) => `/${file.replaceAll('\\', '/')}`.endsWith(name)))).toEqual([]);
  });

  test('every page is in the index', () => {
    const listed = linksOf(readPage('docs/README.md')).map(({ to }) => `docs/${to}`);
    expect(docs.map(({ path }) => path).filter((path) => path !== 'docs/README.md' && !listed.includes(path))).toEqual(
      [],
    );
  });
});

/** @param isThere - whether there is such a file or folder */
function brokenLinks(page: Page, isThere = (path: string) => existsSync(join(ROOT, path))): string[] {
  return linksOf(page)
    .filter(({ to }) => !/^[a-z]+:/.test(to) && !leads(page, to, isThere))
    .map(({ to, line }) => `${page.path}:${line}: ${to}`);
}

function leads(page: Page, to: string, isThere: (path: string) => boolean): boolean {
  const [file = '', anchor] = to.split('#');
  const path = file === '' ? page.path : join(dirname(page.path), decodeURIComponent(file));
  if (file !== '' && !isThere(path)) return false;
  if (anchor === undefined) return true;
  return anchorsOf(file === '' ? page : readPage(path)).has(anchor);
}

describe('tables of options', () => {
  test('each option of the source has its row, with the default that its comment gives', () => {
    expect(docs.flatMap(tablesOf).flatMap(tableFaults)).toEqual([]);
  });

  test('a missing option, an invented one and a wrong default are found', () => {
    const rows = [
      ['`depth`', '64'],
      ['`width`', '1'],
      ['`keys`', '`1000`'],
      ['`items`', '5000'],
    ];
    const table = { page: 'docs/a.md', line: 1, comment: 'options Limits from src/validation/limits.ts', rows };
    expect(tableFaults(table)).toEqual([
      'docs/a.md:1: nodes is missing',
      'docs/a.md:1: depth is 32, not 64',
      'docs/a.md:1: Limits has no width',
    ]);
  });

  test.each([
    ['HttpOptions', 'src/http/options.ts', httpSettings({})],
    ['SocketOptions', 'src/sockets/options.ts', socketSettings({})],
    ['Limits', 'src/validation/limits.ts', DEFAULT_LIMITS],
  ])('the comments of %s give the defaults that hold', (name, file, real) => {
    const said = [...defaultsOf(name, file)].flatMap(([option, text]) => {
      const number = /^[\d,]+$/.test(text ?? '') ? Number(text?.replaceAll(',', '')) : undefined;
      return number === undefined ? [] : [[option, number] as const];
    });
    expect(said.length).toBeGreaterThan(3);
    expect(real).toMatchObject(Object.fromEntries(said));
  });
});

describe('lists', () => {
  test('docs/api.md has one line for every export of every entry point, and none for anything else', () => {
    const lists = readPage('docs/api.md').text.split(/^## /m).slice(1);
    const written = lists.map((list) => [list.split('\n')[0]?.replaceAll('`', ''), namesIn(list)]);
    const real = Object.entries(ENTRY_POINTS)
      .map(
        ([entry, file]) =>
          [
            entry,
            exportsOf(file)
              .map(({ name }) => name)
              .sort(),
          ] as const,
      )
      .filter(([, names]) => names.length > 0);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(real));
  });

  test('docs/errors.md has no code that the sources do not know', () => {
    const known = sources()
      .map(({ text }) => text)
      .join('\n');
    const codes = [...readPage('docs/errors.md').text.matchAll(/^### (SPECTER_\w+)/gm)].map(
      (match) => match[1] as string,
    );
    expect(codes.filter((code) => !known.includes(`'${code}'`))).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('every event that is emitted is on the page about them, with its level', () => {
    const { text } = readPage('docs/logging-and-pictures.md');
    const [, list = ''] = /\| Event \| Level .*\n([\s\S]*?)\n\n/.exec(text) ?? [];
    const told = list.split('\n').flatMap((row) => {
      const [, names = '', levels = ''] = row.split('|');
      return [...names.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => ({ name, levels }));
    });
    expect(told.map(({ name }) => name).sort()).toEqual(eventTypes());
    expect(told.filter(({ name, levels }) => !levels.includes(levelOf(name)))).toEqual([]);
  });

  test('the ways in which own() closes are listed in the order in which they are tried', () => {
    const { text } = readPage('docs/ownership.md');
    const list = ['Symbol.asyncDispose', 'Symbol.dispose', ...RELEASE_METHODS].map((name) => `\`${name}\``).join(', ');
    expect(text.replace(/\s+/g, ' ')).toContain(list);
  });
});

function namesIn(list: string): string[] {
  return [...list.matchAll(/^- `(\w+)`/gm)].map((match) => match[1] as string).sort();
}
