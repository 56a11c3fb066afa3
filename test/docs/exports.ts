// What an entry point exports, read from its one explicit list.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './markdown.js';

/** The entry points of the package, by the name that users import. */
export const ENTRY_POINTS: Readonly<Record<string, string>> = {
  'specter-runtime': 'src/index.ts',
  'specter-runtime/testing': 'src/testing/index.ts',
  'specter-runtime/client': 'src/client/index.ts',
};

/** One exported name. */
export interface Exported {
  readonly name: string;
  /** Whether it exists in types only. */
  readonly type: boolean;
}

/** The exports of one source file that lists them: `export { A, type B } from '...'`, or that declares them itself. */
export function exportsOf(file: string): Exported[] {
  const path = join(ROOT, file);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const listed = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, all, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name) => ({ name: nameOf(name), type: all !== undefined || name.startsWith('type ') })),
  );
  return [...listed, ...declared(text)];
}

function nameOf(listed: string): string {
  return listed
    .replace(/^type /, '')
    .split(/ as /)
    .at(-1) as string;
}

function declared(text: string): Exported[] {
  const pattern =
    /^export (?:declare )?(?:abstract )?(?:async )?(class|function\*?|const|let|interface|type|enum) (\w+)/gm;
  const found = [...text.matchAll(pattern)].map(([, kind, name]) => ({
    name: name as string,
    type: kind === 'interface' || kind === 'type',
  }));
  const values = new Set(found.filter(({ type }) => !type).map(({ name }) => name));
  const names = new Map(found.map(({ name }) => [name, { name, type: !values.has(name) }]));
  return [...names.values()];
}
