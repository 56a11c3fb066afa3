// The timeline as SVG: what took how long, the rows below it, and what their marks mean.
import { legend } from './roles.js';
import { element, label, picture, round } from './svg.js';
import { durationText, ticksOf } from './time-scale.js';
import type { NamedPhase } from './timeline.js';
import { DURATION, type Grid, gridOf, HEAD, MARGIN, rowsOf, WIDTH } from './timeline-rows.js';

const GAP = 52;
const FOOT = 28;
const NOTHING = 'Nothing has started yet.';

/** Both directions below one another, or the one that there is. */
export function timelineSvg(phases: readonly NamedPhase[]): string {
  const panels = phases.map((phase) => ({ phase, grid: gridOf(phase) }));
  let top = MARGIN;
  const body = panels.map(({ phase, grid }) => {
    const drawn = panelOf(phase, grid);
    const panel = element('g', { transform: `translate(0 ${round(top)})` }, ...drawn.map((part) => `\n${part}`));
    top += grid.y(phase.entries.length) + GAP;
    return panel;
  });
  return picture({
    width: WIDTH,
    height: top + FOOT,
    title: phases.map(titleOf).join('; ') || NOTHING,
    description: phases.map(described).join(' ') || NOTHING,
    style: STYLE,
    body: phases.length > 0 ? [...body, ...key(phases, top)] : [label(NOTHING, { class: 'soft', x: MARGIN, y: 50 })],
  });
}

function panelOf(phase: NamedPhase, grid: Grid): string[] {
  return [...headOf(phase), ...axisOf(phase, grid), ...rowsOf(phase, grid)];
}

function headlineOf({ name, total, entries }: NamedPhase): string {
  const has = (wanted: string) => entries.some(({ outcome }) => outcome === wanted);
  const time = durationText(total);
  if (has('running')) return `${name === 'start' ? 'Starting' : 'Stopping'} for ${time}`;
  if (name === 'stop') return `Stopped in ${time}`;
  return has('failed') ? `Start failed after ${time}` : `Started in ${time}`;
}

function titleOf(phase: NamedPhase): string {
  return `${headlineOf(phase)}: ${countOf(phase)}`;
}

function countOf({ entries: { length } }: NamedPhase): string {
  return length === 1 ? '1 service' : `${length} services`;
}

function described({ name, sum, longestPath, criticalPath, entries }: NamedPhase): string {
  const works = `${durationText(sum)} of work in all`;
  const path = `critical path of ${durationText(longestPath)}: ${criticalPath.join(', then ')}`;
  const odd = entries.filter(({ outcome }) => outcome !== 'done');
  const rest = odd.length === 0 ? '' : ` ${odd.map(({ service, outcome }) => `${service} ${outcome}`).join(', ')}.`;
  return `${name === 'start' ? 'Start' : 'Stop'}: ${works}; ${path}.${rest}`;
}

/** What took how long, as three bars on one scale: so one sees that it took the longest path, not the sum. */
function headOf(phase: NamedPhase): string[] {
  const { total, sum, longestPath } = phase;
  const most = Math.max(total, sum, longestPath, Number.MIN_VALUE);
  return [
    label(headlineOf(phase), { class: 'headline', x: MARGIN, y: 24 }),
    label(`${countOf(phase)}, ${durationText(sum)} of work in all`, { class: 'soft', x: MARGIN, y: 50 }),
    ...comparison('sum of all work', sum, { share: sum / most, kind: 'sum', y: 6 }),
    ...comparison('critical path', longestPath, { share: longestPath / most, kind: 'path', y: 30 }),
    ...comparison('total', total, { share: total / most, kind: 'total', y: 54 }),
  ];
}

interface Share {
  /** Of the longest, from 0 to 1. */
  readonly share: number;
  readonly kind: 'sum' | 'path' | 'total';
  readonly y: number;
}

const FULL = 380;

function comparison(title: string, ms: number, { share, kind, y }: Share): string[] {
  const x = WIDTH - MARGIN - DURATION - FULL;
  const width = Math.max(share * FULL, 2);
  const weight = kind === 'total' ? 'strong' : 'soft';
  return [
    label(title, { class: 'soft small end', x: x - 14, y: y + 11 }),
    element('rect', { class: kind, x, y: y + 1, width, height: 12, rx: Math.min(3, width / 2) }),
    label(durationText(ms), { class: `number ${weight}`, x: x + width + 10, y: y + 12 }),
  ];
}

function axisOf({ total, entries }: NamedPhase, { left, right, x, y }: Grid): string[] {
  const bottom = y(entries.length);
  const panel = { x: left - 10, y: HEAD - 8, width: right - left + 20, height: bottom - HEAD + 16, rx: 8 };
  return [
    element('rect', { class: 'panel', ...panel }),
    ...ticksOf(total, 9).flatMap(({ at, label: time }) => [
      element('path', { class: 'tick', d: `M${round(x(at))} ${HEAD - 8}V${round(bottom + 8)}` }),
      label(time, { class: 'soft small middle', x: x(at), y: HEAD - 16 }),
    ]),
  ];
}

/** What the dots and the marks mean. */
function key(phases: readonly NamedPhase[], y: number): string[] {
  const roles = new Map(phases.flatMap(({ entries }) => entries.map(({ service, role }) => [service, role])));
  const right = WIDTH - MARGIN - 330;
  const mark = (kind: string, i: number, name: string) => [
    element('rect', { class: kind, x: right + i * 84, y: y - 9, width: 22, height: 10, rx: 3 }),
    label(name, { class: 'soft small', x: right + i * 84 + 30, y }),
  ];
  return [
    ...legend([...roles.values()], MARGIN, y),
    element('path', { class: 'wait', d: `M${right} ${round(y - 4)}h22` }),
    label('waits', { class: 'soft small', x: right + 30, y }),
    ...mark('work', 1, 'works'),
    ...mark('hot', 2, 'critical'),
    ...mark('bad', 3, 'failed'),
  ];
}

const STYLE = `.specter .panel{fill:var(--panel)}
.specter .tick{stroke:var(--line)}
.specter .wait{stroke:var(--wait);stroke-width:2;stroke-linecap:round}
.specter rect.work,.specter .sum{fill:var(--bar)}
.specter rect.hot,.specter .path{fill:var(--hot)}
.specter rect.bad{fill:var(--bad)}
.specter .total{fill:var(--ink)}
.specter .open{opacity:.55}
.specter .joint{stroke:var(--hot);stroke-width:2;fill:none}
.specter text.hot{fill:var(--hot);font-weight:600}
.specter text.bad{fill:var(--bad);font-weight:600}
.specter .strong{font-weight:600}
.specter .number{font-variant-numeric:tabular-nums}
.specter .row:hover text{fill:var(--ink);font-weight:600}
`;
