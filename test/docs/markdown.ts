// Markdown as the documentation's tests see it: blocks of code with the hidden comment above them, links, headings, tables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A page, by its path from the repository's root. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** One fenced block of code. */
export interface Block {
  readonly page: string;
  readonly language: string;
  /** The line of the page on which the code begins, from 1. */
  readonly line: number;
  readonly code: readonly string[];
  /** What the HTML comment directly above the fence says; readers do not see it. */
  readonly comment: string;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

const FENCE = /^ *```(\w*)/;

/** Every fenced block of a page. */
export function blocksOf({ path, text }: Page): Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, language] = FENCE.exec(lines[at] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.findIndex((line, i) => i > at && /^ *```\s*$/.test(line));
    if (end < 0) throw new Error(`${path}:${at + 1}: the block is never closed`);
    blocks.push({
      page: path,
      language,
      line: at + 2,
      code: lines.slice(at + 1, end),
      comment: commentAbove(lines, at),
    });
    at = end;
  }
  return blocks;
}

/** The comment that ends above a line, with at most one empty line between. */
function commentAbove(lines: readonly string[], at: number): string {
  const end = lines[at - 1]?.trim() === '' ? at - 2 : at - 1;
  if (!lines[end]?.trimEnd().endsWith('-->')) return '';
  let start = end;
  while (start >= 0 && !lines[start]?.includes('<!--')) start--;
  return lines
    .slice(Math.max(start, 0), end + 1)
    .join('\n')
    .replace(/^\s*<!--\s*/, '')
    .replace(/\s*-->\s*$/, '');
}

/** The page with its code blanked out: what a `[link](x)` in an example says is no link. */
function prose({ text }: Page): string {
  return text
    .replace(/^ *```[\s\S]*?^ *```\s*$/gm, (block) => block.replace(/[^\n]/g, ' '))
    .replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
}

/** Where the links of a page lead. */
export function linksOf(page: Page): { readonly to: string; readonly line: number }[] {
  const text = prose(page);
  return [...text.matchAll(/\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map((match) => ({
    to: match[1] as string,
    line: text.slice(0, match.index).split('\n').length,
  }));
}

/** The anchors that the headings of a page have, as GitHub makes them. */
export function anchorsOf(page: Page): Set<string> {
  const headings = page.text.replace(/^ *```[\s\S]*?^ *```\s*$/gm, '').matchAll(/^#{1,6} +(.+?)\s*$/gm);
  const seen = new Map<string, number>();
  return new Set(
    [...headings].map(([, heading = '']) => {
      const plain = heading.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
      const anchor = plain.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

/** A table, with the hidden comment above it. */
export interface Table {
  readonly page: string;
  readonly comment: string;
  readonly line: number;
  /** Without the heading; cells without the backquotes around them. */
  readonly rows: readonly (readonly string[])[];
}

/** Every table of a page. */
export function tablesOf({ path, text }: Page): Table[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    if (!/^\|[\s:|-]+\|\s*$/.test(line)) return [];
    const end = lines.findIndex((other, i) => i > at && !other.startsWith('|'));
    const rows = lines.slice(at + 1, end < 0 ? undefined : end).map(cellsOf);
    return [{ page: path, comment: commentAbove(lines, at - 1), line: at, rows }];
  });
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
