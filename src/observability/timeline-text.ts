// The timeline as text: a waterfall of characters that fits a terminal, and its colours.
import { checkOptionKeys } from '../kernel/option-keys.js';
import { printable } from './printable.js';
import { durationText, ticksOf } from './time-scale.js';
import type { NamedPhase, TimelineEntry } from './timeline.js';

/** How a timeline is drawn with characters. */
export interface TimelineTextOptions {
  /** How wide it may be; between 60 and 160. @default 80 */
  readonly columns?: number | undefined;
  /** Colours of a terminal. @default false */
  readonly colour?: boolean | undefined;
}

/** How the columns share the width. */
interface Widths {
  readonly name: number;
  readonly field: number;
  readonly duration: number;
}

const MARK = '●';
const WAIT = '·';
const WORK = '▄';
const HOT = '█';
const LONGEST_NAME = 32;
const LEAST = 60;
const MOST = 160;

/** One direction, from its headline to its axis. */
export function timelineText(phase: NamedPhase, options: TimelineTextOptions = {}): string {
  checkOptionKeys('toText() of a timeline', options, ['columns', 'colour'] satisfies (keyof TimelineTextOptions)[]);
  const { columns = 80, colour = false } = options;
  const width = Math.min(Math.max(columns, LEAST), MOST);
  const widths = widthsOf(phase, width);
  const path = new Set(phase.criticalPath);
  const rows = phase.entries.map((entry) => row(entry, { total: phase.total, hot: path.has(entry.service), widths }));
  const text = [...headline(phase, width), ...rows, axis(phase.total, widths)].join('\n');
  return colour ? paint(text) : text;
}

/** Gives a drawn timeline its colours, also one that was drawn without. */
export function paint(text: string): string {
  return text.split('\n').map(paintLine).join('\n');
}

function headline({ name, total, sum, longestPath, entries, criticalPath }: NamedPhase, width: number): string[] {
  const services = entries.length === 1 ? '1 service' : `${entries.length} services`;
  const first = `${name}: ${durationText(total)} for ${services}, ${durationText(sum)} of work in all`;
  const path = `  critical path ${criticalPath.map((service) => cut(service, LONGEST_NAME)).join(' > ')} (${durationText(longestPath)})`;
  return [first, ...wrapped(path, width)];
}

/** Breaks between names, and indents what follows. */
function wrapped(path: string, width: number): string[] {
  const lines: string[] = [];
  for (const name of path.split(/(?<= >) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + name.length <= width) lines[lines.length - 1] = `${last} ${name}`;
    else lines.push(last === undefined ? name : `    ${name}`);
  }
  return lines;
}

function widthsOf({ entries }: NamedPhase, width: number): Widths {
  const longest = Math.max(...entries.map(({ service }) => [...service].length));
  const name = Math.min(longest, LONGEST_NAME, Math.floor(width / 3));
  const duration = Math.max(...entries.map(({ worked }) => durationText(worked).length));
  const outcome = Math.max(...entries.map((entry) => outcomeOf(entry).length));
  return { name, duration, field: Math.max(width - (4 + name + 1 + 1 + duration + outcome), 8) };
}

function outcomeOf({ outcome }: TimelineEntry): string {
  return outcome === 'done' ? '' : ` (${outcome})`;
}

function row(entry: TimelineEntry, at: { total: number; hot: boolean; widths: Widths }): string {
  const { name, field, duration } = at.widths;
  const title = `  ${at.hot ? MARK : ' '} ${padded(entry.service, name)}`;
  const end = `${durationText(entry.worked).padStart(duration)}${outcomeOf(entry)}`;
  return `${title} ${bar(entry, at.total, field, at.hot ? HOT : WORK)} ${end}`;
}

function padded(service: string, width: number): string {
  const name = cut(service, width);
  return name + ' '.repeat(width - [...name].length);
}

function cut(service: string, width: number): string {
  const characters = [...printable(service)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** Whoever worked has at least one character, even at the very end. */
function bar({ waited, worked }: TimelineEntry, total: number, field: number, ink: string): string {
  const scale = total > 0 ? field / total : 0;
  const begin = Math.min(Math.round(waited * scale), field - 1);
  const end = Math.min(Math.max(Math.round((waited + worked) * scale), begin + 1), field);
  return WAIT.repeat(begin) + ink.repeat(end - begin) + ' '.repeat(field - end);
}

function axis(total: number, { name, field, duration }: Widths): string {
  const cells = Array.from({ length: field + duration + 1 }, () => ' ');
  for (const { at, label } of ticksOf(total, field / 12)) {
    const column = total > 0 ? Math.round((at / total) * (field - 1)) : 0;
    if (column + label.length < cells.length) cells.splice(column, label.length + 1, '╵', ...label);
  }
  return `${' '.repeat(name + 5)}${cells.join('').trimEnd()}`;
}

const dim = (text: string) => `\x1b[90m${text}\x1b[39m`;
const cyan = (text: string) => `\x1b[36m${text}\x1b[39m`;
const orange = (text: string) => `\x1b[38;5;208m${text}\x1b[39m`;
const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
const bold = (text: string) => `\x1b[1m${text}\x1b[22m`;

function paintLine(line: string): string {
  if (/^(start|stop): /.test(line)) return bold(line);
  if (/^ +╵/.test(line)) return dim(line);
  const ink = / \((failed|running)\)$/.test(line) ? red : cyan;
  return line
    .replace(/^( {2}critical path) (.*)/, (_, title, path) => `${dim(title)} ${orange(path)}`)
    .replace(/^( {2})●( \S+)/, (_, indent, name) => `${indent}${orange('●')}${bold(name)}`)
    .replace(/·+/g, dim)
    .replace(/▄+/g, ink)
    .replace(/█+/g, ink === red ? red : orange)
    .replace(/\((failed|running)\)$/, red);
}
