// The options of an interface with what its comments give as their defaults, and what a table of a page says of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Table } from './markdown.js';

export type Defaults = ReadonlyMap<string, string | undefined>;

/** Every property of an interface, with its `@default`. */
export function defaultsOf(name: string, file: string): Defaults {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const body = new RegExp(`^(?:export )?interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  const properties = body.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^ {2}(?:readonly )?(\w+)\??[:(]/gm);
  return new Map([...properties].map(([, comment = '', property]) => [property as string, defaultIn(comment)]));
}

function defaultIn(comment: string): string | undefined {
  const text = comment.replace(/\s*\*\/\s*$/, '').replace(/\n\s*\* ?/g, ' ');
  return /@default (.*?)\s*$/.exec(text)?.[1];
}

/** `options NAME from FILE` above a table: each option has a row, and each default is the one in the source. */
export function tableFaults(table: Table): string[] {
  const [, name, file, prefix = ''] = /^options (\w+) from (\S+?)(?: as (\S+))?$/.exec(table.comment) ?? [];
  if (!name || !file) return [];
  const defaults = defaultsOf(name, file);
  const where = `${table.page}:${table.line}`;
  const told = new Map(
    table.rows.map(([option = '', value = '']) => [plain(option).replace(prefix, ''), plain(value)]),
  );
  const missing = [...defaults.keys()]
    .filter((option) => !told.has(option))
    .map((option) => `${where}: ${option} is missing`);
  const wrong = [...told].flatMap(([option, value]) => {
    if (!defaults.has(option)) return [`${where}: ${name} has no ${option}`];
    const real = defaults.get(option);
    return real === undefined || value.startsWith(plain(real)) ? [] : [`${where}: ${option} is ${real}, not ${value}`];
  });
  return [...missing, ...wrong];
}

function plain(cell: string): string {
  return cell.replaceAll('`', '').replaceAll("'", '');
}
