// Results: the samples as JSON, the tables as Markdown.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bench } from './environment.mjs';

/** Writes both files into results/ and gives the path of the samples. */
export function keep(suite, facts, tables) {
  const folder = join(bench, 'results');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${facts.at.replace(/[:.]/g, '-')}-${suite}`);
  writeFileSync(`${path}.json`, `${JSON.stringify(facts, null, 1)}\n`);
  writeFileSync(`${path}.md`, `${tables}\n`);
  return `${path}.json`;
}

/** A Markdown table of equal rows; the first column is text, the others are figures. */
export function table(title, head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [`**${title}**`, '', line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

/** `12.3`, or `12.3 (11.9–12.8)` with the quartiles. */
export function figure({ median, low, high }, digits, { quartiles = false } = {}) {
  const text = (value) =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return quartiles ? `${text(median)} (${text(low)}–${text(high)})` : text(median);
}

export const ratio = (spread) => figure(spread, 2, { quartiles: true });
