// Examples: the code of the pages as files that compile, some of which run.
import { mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as validator from 'class-validator';
import { ENTRY_POINTS, exportsOf } from './exports.js';
import { type Block, ROOT } from './markdown.js';

/** Where the folders of examples are made. */
export const TEMPORARY = realpathSync(tmpdir());

/** One line of a file, and where it was written. */
interface Line {
  readonly text: string;
  readonly from?: string;
}

/** One file made of one block or of several. */
export interface Example {
  /** As `docs/state.md:12`. */
  readonly title: string;
  readonly file: string;
  readonly lines: readonly Line[];
  /** Whether it registers tests of its own. */
  readonly runs: boolean;
}

/**
 * What the hidden comment above a block says, in its first line; further lines are code that readers do not see, before
 * the block and, below a line `---`, after it.
 *
 * - nothing: a file of its own
 * - `example NAME`: continues the file of that name on this page, which runs when there is a `test(...)` in it
 * - `example NAME, run`: the same, and it runs as one test; `expression; // value` is asserted
 * - `example NAME, test`: runs as a test file of its own, after the declarations of that example
 * - `fragment`, `fragment of a class`, `fragment of a function`: completed with imports and what stands around it
 * - `not compiled: REASON`
 */
interface Wish {
  readonly kind: 'file' | 'module' | 'class' | 'function' | 'none';
  readonly name: string | undefined;
  readonly as: 'run' | 'test' | undefined;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function wishOf({ comment, page, line }: Block): Wish {
  const [first = '', ...hidden] = comment.split('\n');
  const cut = hidden.indexOf('---');
  const around =
    cut < 0 ? { before: hidden, after: [] } : { before: hidden.slice(0, cut), after: hidden.slice(cut + 1) };
  if (first.startsWith('not compiled:')) return { kind: 'none', name: undefined, as: undefined, ...around };
  const [, name, as] = /^example (\w+)(?:, (run|test))?$/.exec(first) ?? [];
  if (name) return { kind: 'file', name, as: as as Wish['as'], ...around };
  const [, of] = /^fragment(?: of a (class|function))?$/.exec(first) ?? (first === '' ? [] : [undefined, '?']);
  if (of === '?') throw new Error(`${page}:${line}: the comment above the block is not understood: ${first}`);
  if (first === '') return { kind: 'file', name: undefined, as: undefined, ...around };
  return { kind: (of ?? 'module') as Wish['kind'], name: undefined, as: undefined, ...around };
}

interface Part {
  readonly block: Block;
  readonly wish: Wish;
}

/** The examples of all blocks. */
export function examplesOf(blocks: readonly Block[]): Example[] {
  const files = new Map<string, Part[]>();
  for (const block of blocks) {
    const wish = wishOf(block);
    if (wish.kind === 'none') continue;
    const key = `${block.page}:${wish.name ?? block.line}`;
    files.set(key, [...(files.get(key) ?? []), { block, wish }]);
  }
  return [...files].flatMap(([key, parts]) => {
    const shown = parts.filter(({ wish }) => wish.as !== 'test');
    const tests = parts.filter(({ wish }) => wish.as === 'test').map((part) => testOf(key, shown, part));
    return shown.length > 0 ? [exampleOf(key, shown), ...tests] : tests;
  });
}

function exampleOf(key: string, parts: readonly Part[]): Example {
  const [first] = parts as [Part];
  const title = titleOf(first);
  const lines = parts.flatMap(linesOf);
  const { kind } = first.wish;
  const isProgram = parts.some(({ wish }) => wish.as === 'run');
  const runs = isProgram || lines.some(({ text }) => text.startsWith('test('));
  const complete = kind === 'file' ? lines : [...importsFor(lines, []), ...wrapped(kind, lines)];
  return { title, file: fileOf(key), runs, lines: isProgram ? asTest(title, complete) : complete };
}

/** What a program does, and does not declare. */
const DOES = /^(?:const (?:app|\{ url \}) = |await |app\.|console\.)/;

function testOf(key: string, shown: readonly Part[], part: Part): Example {
  const declarations = shown.flatMap(linesOf).filter(({ text, from }) => !DOES.test(text) && !from?.includes('after'));
  const lines = [...declarations, ...linesOf(part)];
  return {
    title: titleOf(part),
    file: fileOf(`${key}-${part.block.line}`),
    runs: true,
    lines: [...importsFor(lines, []), ...lines],
  };
}

const titleOf = ({ block }: Part) => `${block.page}:${block.line}`;
const fileOf = (key: string) => `${key.replace(/[^\w]+/g, '-')}.ts`;

function linesOf({ block, wish }: Part): Line[] {
  return [
    ...wish.before.map((text) => ({ text, from: `${block.page}, hidden before line ${block.line}` })),
    ...block.code.map((text, i) => ({ text, from: `${block.page}:${block.line + i}` })),
    ...wish.after.map((text) => ({ text, from: `${block.page}, hidden after line ${block.line}` })),
  ];
}

function wrapped(kind: Wish['kind'], lines: readonly Line[]): Line[] {
  if (kind === 'class') {
    const given = lines.filter(({ from }) => from?.includes('hidden'));
    const body = lines.filter((line) => !given.includes(line));
    return [...given, { text: 'class Fragment extends Lifecycle<any> { [name: string]: any;' }, ...body, { text: '}' }];
  }
  if (kind === 'module') return [...lines, { text: 'export {};' }];
  return [{ text: 'export async function fragment() {' }, ...lines, { text: '}' }];
}

/** What a fragment may use without saying where it comes from. */
const PUBLIC = [
  ...Object.entries(ENTRY_POINTS).flatMap(([from, file]) => exportsOf(file).map((one) => ({ ...one, from }))),
  ...Object.keys(validator).map((name) => ({ name, type: false, from: 'class-validator' })),
  { name: 'Type', type: false, from: 'class-transformer' },
];

/** Imports of what the lines use of the package, and of `more`, and do not declare or import themselves. */
export function importsFor(
  lines: readonly Line[],
  more: readonly { name: string; type: boolean; from: string }[],
): Line[] {
  const code = lines.map(({ text }) => text).join('\n');
  const used = new Set(code.match(/[A-Za-z_]\w*/g) ?? []);
  const own = new Set(
    [...code.matchAll(/\b(?:class|function|const|let|interface|type) (\w+)/g)].map((match) => match[1]),
  );
  for (const [, names = ''] of code.matchAll(/^import [^'"]*?\{([^}]*)\}/gm)) {
    for (const name of names.split(',')) own.add(name.replace(/^\s*type /, '').trim());
  }
  const base = used.has('Lifecycle') ? [] : PUBLIC.filter(({ name }) => name === 'Lifecycle');
  const wanted = new Map(
    [...base, ...PUBLIC.filter(({ name }) => used.has(name)), ...more.filter(({ name }) => used.has(name))]
      .filter(({ name }) => !own.has(name))
      .map((one) => [one.name, one]),
  );
  return [...wanted.values()].map(({ name, type, from }) => ({
    text: `import { ${type ? 'type ' : ''}${name} } from '${from}';`,
  }));
}

/** `expression; // value`, when the value is a literal: what a reader takes for the result. */
const CLAIM =
  /^(?!(?:const|let|type|import|export|return|await [\w.]+\([^)]*\);? *$))(\S.*?); \/\/ ((?:['"[{\d-]|true|false|null|undefined).*)$/;

function claimOf(text: string): string {
  const [, expression, value] = CLAIM.exec(text) ?? [];
  if (expression === undefined || !isLiteral(value as string)) return text;
  return `expect(${expression}).toEqual(${value});`;
}

/** Whether lines say what comes of an expression. */
export const hasClaims = (lines: readonly Line[]) => lines.some(({ text }) => claimOf(text) !== text);

function isLiteral(text: string): boolean {
  try {
    new Function(`'use strict'; return (${text});`)();
    return true;
  } catch {
    return false;
  }
}

/** Imports and declarations stay outside; all else becomes one test. A port is any free one. */
export function asTest(title: string, lines: readonly Line[]): Line[] {
  const outside: Line[] = [];
  const inside: Line[] = [];
  let end = '';
  for (const line of lines) {
    if (end === '' && /^(import|declare) /.test(line.text)) end = line.text.startsWith('import') ? ';' : '}';
    (end === '' ? inside : outside).push(line);
    if (end === ';' ? line.text.endsWith(';') : line.text === '}') end = '';
  }
  const test = inside.map(({ text, ...line }) => ({
    ...line,
    text: claimOf(text).replace('listen(3000)', 'listen(0)'),
  }));
  return [
    ...outside,
    { text: `test(${JSON.stringify(title)}, async () => {` },
    ...test,
    { text: '});' },
    { text: 'export {};' },
  ];
}

const TSCONFIG = {
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: {
    typeRoots: [join(ROOT, 'node_modules/@types')],
    // What users have who ask for no more than `strict`.
    noImplicitOverride: false,
    noImplicitReturns: false,
  },
  include: ['*.ts'],
};

/** Writes the examples into a new folder beside which packages are found. @returns the folder */
export function writeExamples(examples: readonly Example[], further: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(TEMPORARY, 'specter-docs-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const { file, lines } of examples) writeFileSync(join(folder, file), lines.map(({ text }) => text).join('\n'));
  for (const [file, text] of Object.entries(further)) writeFileSync(join(folder, file), text);
  return folder;
}
