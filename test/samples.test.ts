// The numbered samples: listed, complete, small, and each really starts and ends.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linksOf, ROOT, readPage } from './docs/markdown.js';
import { Program } from './processes/run.js';

const SAMPLES = join(ROOT, 'samples');
const numbered = readdirSync(SAMPLES)
  .filter((name) => /^\d\d-/.test(name))
  .sort();

/** What a reader of a numbered sample counts on, and does not find. */
function faultsOf(name: string, files: ReadonlyMap<string, string>): string[] {
  const readme = files.get('README.md') ?? '';
  const lines = readme.split('\n').length;
  const has = (end: string) => [...files.keys()].some((file) => file.endsWith(end));
  const long = [...files].filter(([file, text]) => /(?<!\.test)\.ts$/.test(file) && text.split('\n').length > 61);
  return [
    ...['README.md', 'main.ts', '.test.ts'].filter((file) => !has(file)).map((file) => `${name} has no ${file}`),
    ...(lines < 10 || lines > 25 ? [`${name}/README.md has ${lines} lines`] : []),
    ...(readme.includes(`node --import tsx samples/${name}/main.ts`)
      ? []
      : [`${name}/README.md does not say how to run it`]),
    ...(/Ctrl-C/.test(readme) ? [] : [`${name}/README.md does not say what a stop does`]),
    ...long.map(([file]) => `${name}/${file} is too long to be read at once`),
    ...[...files].flatMap(([file, text]) => strangersIn(text).map((one) => `${name}/${file} imports ${one}`)),
  ];
}

/** Imports of anything but the package, Node, rules of validation and files beside it. */
function strangersIn(text: string): string[] {
  return [...text.matchAll(/^(?:import|export) .*?['"]([^'"]+)['"];?$/gm)]
    .map(([, from = '']) => from)
    .filter((from) => !/^(specter-runtime(\/(testing|client))?|class-validator|node:.*|\.\/[^/]+)$/.test(from));
}

function filesOf(name: string): Map<string, string> {
  const folder = join(SAMPLES, name);
  return new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

test('samples/README.md lists every sample, in order, and nothing else', () => {
  const listed = linksOf(readPage('samples/README.md')).map(({ to }) => to);
  const expected = [...numbered, 'media-hub', 'iot-hub'].map((name) => `${name}/README.md`);
  expect(listed.filter((to) => to.endsWith('/README.md'))).toEqual(expected);
  expect(numbered.map((name) => Number(name.slice(0, 2)))).toEqual(numbered.map((_, i) => i + 1));
});

test('each has a README with one command, a main file and a test, and imports the package alone', () => {
  expect(numbered.flatMap((name) => faultsOf(name, filesOf(name)))).toEqual([]);
});

test('a sample that lacks something, or reaches into the sources, is found', () => {
  const files = new Map([
    ['README.md', 'Run it.\n'],
    ['main.ts', "import { Scope } from '../../src/kernel/scope.js';\n"],
  ]);
  expect(faultsOf('99-bad', files)).toEqual([
    '99-bad has no .test.ts',
    '99-bad/README.md has 2 lines',
    '99-bad/README.md does not say how to run it',
    '99-bad/README.md does not say what a stop does',
    '99-bad/main.ts imports ../../src/kernel/scope.js',
  ]);
});

test('the README of each leads to the next', () => {
  const next = [...numbered.slice(1), 'media-hub'].map((name) => `../${name}/README.md`);
  const led = numbered.map((name) => linksOf(readPage(`samples/${name}/README.md`)).map(({ to }) => to));
  expect(led.flatMap((links, i) => (links.includes(next[i] as string) ? [] : [numbered[i]]))).toEqual([]);
  expect(next.every((path) => existsSync(join(SAMPLES, path.slice(3))))).toBe(true);
});

test.each(numbered)('%s starts, and ends with exit code 0 at SIGTERM', async (name) => {
  const program = new Program(`../../samples/${name}/main.ts`, [], { PORT: '0', LOG_LEVEL: 'warn' });
  await program.line('Ctrl-C');
  program.kill('SIGTERM');
  const { code, signal } = await program.end();
  expect({ code, signal, text: program.text }).toMatchObject({ code: 0, signal: null });
  expect(program.text).not.toMatch(/SPECTER_|Error/);
});

test('05-failing-start, by the command of its README, fails with exit code 1 when its folder is not there, and says who and why', async () => {
  const command = ['--import', 'tsx', 'samples/05-failing-start/main.ts', '/nowhere'];
  const { status, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: 'silent' },
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/Archive failed to start: ENOENT.*'\/nowhere'\nRolled back: Journal\./);
});
