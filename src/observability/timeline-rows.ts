// The rows of a timeline in SVG: a thin line while a service waits, a bar while it works, and the critical path that joins them.
import { fillOf } from './roles.js';
import { element, fitted, label, round, tip, widthOf } from './svg.js';
import { durationText } from './time-scale.js';
import type { NamedPhase, TimelineEntry } from './timeline.js';

/** How wide every timeline is, and the space around it. */
export const WIDTH = 1_200;
export const MARGIN = 40;
/** For the headline and the axis, above the rows. */
export const HEAD = 132;
/** For the durations, right of the rows. */
export const DURATION = 92;
const DOT = 18;
const LONGEST_NAME = 260;
const NAME_SIZE = 13;

/** Where rows and times are. */
export interface Grid {
  readonly names: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  readonly x: (ms: number) => number;
  readonly y: (index: number) => number;
}

/** Many rows are lower than few. */
export function gridOf({ entries, total }: NamedPhase): Grid {
  const widest = Math.max(...entries.map(({ service }) => widthOf(service, NAME_SIZE)));
  const names = MARGIN + (entries.some(({ role }) => role !== undefined) ? DOT : 0);
  const left = names + Math.min(Math.max(widest, 60), LONGEST_NAME) + 16;
  const right = WIDTH - MARGIN - DURATION;
  const row = entries.length <= 40 ? 30 : entries.length <= 100 ? 24 : 20;
  const scale = (right - left) / (total > 0 ? total : 1);
  return { names, left, right, row, x: (ms) => left + ms * scale, y: (index) => HEAD + index * row };
}

/** Where one row is. */
interface Place {
  readonly hot: boolean;
  readonly middle: number;
  readonly grid: Grid;
}

/** Waits below, the critical path over them, the works on top. */
export function rowsOf({ entries, criticalPath }: NamedPhase, grid: Grid): string[] {
  const path = new Set(criticalPath);
  const rows = entries.map((entry, i) => ({
    entry,
    place: { hot: path.has(entry.service), middle: grid.y(i) + grid.row / 2, grid },
  }));
  const middles = new Map(rows.map(({ entry, place }) => [entry.service, { entry, y: place.middle }]));
  const joints = criticalPath.slice(1).map((service, i) => joint(middles, [criticalPath[i] ?? '', service], grid));
  return [
    ...rows.map(({ entry, place }) => waitOf(entry, place)),
    element('path', { class: 'joint', d: joints.join('') }),
    ...rows.map(({ entry, place }) => rowOf(entry, place)),
  ];
}

function waitOf({ waited }: TimelineEntry, { middle, grid }: Place): string {
  return element('path', { class: 'wait', d: `M${round(grid.left)} ${round(middle)}H${round(grid.x(waited))}` });
}

function rowOf(entry: TimelineEntry, place: Place): string {
  const { service, role } = entry;
  const { hot, middle, grid } = place;
  const baseline = middle + 4.5;
  const kind = entry.outcome === 'failed' ? 'bad' : hot ? 'hot' : 'work';
  return element(
    'g',
    { class: 'row' },
    tip(sentenceOf(entry)),
    role === undefined ? '' : element('circle', { cx: MARGIN + 5, cy: middle, r: 4, style: fillOf(role) }),
    label(fitted(service, NAME_SIZE, LONGEST_NAME), { class: hot ? 'strong' : undefined, x: grid.names, y: baseline }),
    barOf(entry, kind, place),
    label(endOf(entry), { class: `number end ${kind === 'work' ? 'soft' : kind}`, x: WIDTH - MARGIN, y: baseline }),
  );
}

function sentenceOf({ service, role, waited, worked, outcome }: TimelineEntry): string {
  const who = role === undefined ? service : `${service} (${role})`;
  const what = `waited ${durationText(waited)}, worked ${durationText(worked)}`;
  return `${who}: ${what}${outcome === 'done' ? '' : `, ${outcome}`}`;
}

function endOf({ worked, outcome }: TimelineEntry): string {
  const mark = { done: '', failed: '✕ ', running: '… ' }[outcome];
  return mark + durationText(worked);
}

/** Even the shortest work can be seen. */
function barOf({ waited, worked, outcome }: TimelineEntry, kind: string, { middle, grid }: Place): string {
  const height = grid.row * 0.5;
  const width = Math.max(grid.x(worked) - grid.left, 3);
  const x = Math.max(Math.min(grid.x(waited), grid.right - width), grid.left);
  const shape = { x, y: middle - height / 2, width, height, rx: Math.min(4, width / 2) };
  return element('rect', { class: outcome === 'running' ? `${kind} open` : kind, ...shape });
}

/** Down or up where one bar ends, then along to the next: what lies between is time in which neither worked. */
function joint(
  rows: ReadonlyMap<string, { readonly entry: TimelineEntry; readonly y: number }>,
  [before, after]: readonly [string, string],
  { x }: Grid,
): string {
  const from = rows.get(before);
  const to = rows.get(after);
  if (!from || !to) return '';
  const begin = x(to.entry.waited);
  const end = Math.min(x(from.entry.waited + from.entry.worked), begin) - 1;
  const bend = Math.min(6, begin - end);
  const corner = to.y - Math.sign(to.y - from.y) * bend;
  return `M${round(end)} ${round(from.y)}V${round(corner)}Q${round(end)} ${round(to.y)} ${round(end + bend)} ${round(to.y)}H${round(begin)}`;
}
