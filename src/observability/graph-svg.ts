// The graph as SVG: boxes for who there is, lines for who needs whom, in the order in which they start.
import type { GraphNode } from './graph.js';
import { type Box, type Layout, type Line, layoutOf } from './graph-layout.js';
import { colourOf, legend } from './roles.js';
import { element, fitted, label, picture, round, tip, widthOf } from './svg.js';

const MARGIN = 40;
const HEAD = 108;
const FOOT = 60;
const LEAST_WIDTH = 720;
const NAME_SIZE = 13;
const LONGEST_NAME = 230;
const PADDING = 16;

/** Dependencies left, those who need them right of them. */
export function graphSvg(nodes: readonly GraphNode[]): string {
  const needs = needsOf(nodes);
  const notes = notesOf(nodes);
  const roles = nodes.map(({ role }) => role);
  const layout = layoutOf(
    nodes.map((node, i) => ({ needs: needs[i] ?? [], width: boxWidthOf(node.name, notes[i]) })),
    { box: notes.some(Boolean) ? 46 : 34, between: 16, lane: 12, width: 1_100 },
  );
  const edges = needs.reduce((sum, some) => sum + some.length, 0);
  const width = Math.max(layout.width + 2 * MARGIN, LEAST_WIDTH);
  const height = HEAD + layout.height + FOOT;
  const shift = { x: (width - layout.width) / 2, y: HEAD };
  const drawing = drawn(layout, { nodes, notes }).map((part) => `\n${part}`);
  return picture({
    width,
    height,
    title: `Who needs whom: ${sizeOf(nodes.length, edges)}`,
    description: descriptionOf(nodes),
    style: STYLE,
    body: [
      ...headOf(nodes.length, edges),
      element('g', { transform: `translate(${round(shift.x)} ${shift.y})` }, ...drawing),
      ...legend(roles, MARGIN, height - 24),
    ],
  });
}

const MOST_TOLD = 60;

function descriptionOf(nodes: readonly GraphNode[]): string {
  if (nodes.length === 0) return 'There is nobody.';
  return nodes.length <= MOST_TOLD ? nodes.map(sentenceOf).join(' ') : 'Too many to be told one by one.';
}

function sizeOf(nodes: number, edges: number): string {
  return `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${edges} ${edges === 1 ? 'edge' : 'edges'}`;
}

function sentenceOf({ name, needs }: GraphNode): string {
  return `${name} needs ${needs.length > 0 ? needs.join(', ') : 'nothing'}.`;
}

/** By index, for names may be doubled. What is no node, or is itself, is no edge. */
function needsOf(nodes: readonly GraphNode[]): number[][] {
  const places = new Map(nodes.map(({ name }, i) => [name, i]));
  return nodes.map(({ needs }, node) => [
    ...new Set(needs.flatMap((name) => places.get(name) ?? []).filter((needed) => needed !== node)),
  ]);
}

/** What stands below a name: its role, and its module where there are several. Parts of the framework have none to tell. */
function notesOf(nodes: readonly GraphNode[]): string[] {
  const own = ({ role, module }: GraphNode) => (role === 'part' ? undefined : module);
  const several = new Set(nodes.flatMap((node) => own(node) ?? [])).size > 1;
  return nodes.map((node) => [node.role, several ? own(node) : undefined].filter(Boolean).join(' · '));
}

function boxWidthOf(name: string, note = ''): number {
  const text = Math.max(widthOf(name, NAME_SIZE) * 1.04, widthOf(note, 11), 64);
  return Math.ceil(Math.min(text, LONGEST_NAME) + 2 * PADDING);
}

function headOf(nodes: number, edges: number): string[] {
  const order = 'They start from left to right, and stop from right to left.';
  return [
    label('Who needs whom', { class: 'headline', x: MARGIN, y: 54 }),
    label(`${sizeOf(nodes, edges)}. ${edges > 0 ? order : ''}`.trim(), { class: 'soft', x: MARGIN, y: 78 }),
  ];
}

/** What is told of each node. */
interface Told {
  readonly nodes: readonly GraphNode[];
  readonly notes: readonly string[];
}

/** Each node with the lines that leave it, so that both light up together. */
function drawn({ boxes, lines }: Layout, told: Told): string[] {
  const leaving = new Map<number, Line[]>();
  for (const line of lines) leaving.set(line.node, [...(leaving.get(line.node) ?? []), line]);
  return boxes.map((box) =>
    element(
      'g',
      { class: 'node', style: `--role:var(--${colourOf(told.nodes[box.node]?.role)})` },
      ...linesOf(leaving.get(box.node) ?? []),
      ...boxOf(box, told),
    ),
  );
}

function linesOf(lines: readonly Line[]): string[] {
  if (lines.length === 0) return [];
  const heads = lines.filter(({ to }) => to !== undefined);
  return [
    element('path', { class: 'line', d: lines.map(curveOf).join('') }),
    element('path', { class: 'head', d: heads.map(headAt).join('') }),
  ];
}

/** How long the head of an arrow is. */
const ARROW = 7;

/** Level where it leaves and where it arrives. */
function curveOf({ from, end, to, run }: Line): string {
  const x = to === undefined ? end.x : end.x - ARROW;
  const middle = round((from.x + x) / 2);
  const curve = `M${round(from.x)} ${round(from.y)}C${middle} ${round(from.y)} ${middle} ${round(end.y)} ${round(x)} ${round(end.y)}`;
  return run > 0 ? `${curve}h${round(run)}` : curve;
}

function headAt({ end }: Line): string {
  return `M${round(end.x)} ${round(end.y)}l-${ARROW} -3.5v7z`;
}

function boxOf({ node, x, y, width, height }: Box, { nodes, notes }: Told): string[] {
  const name = nodes[node]?.name ?? '';
  const note = notes[node] ?? '';
  const inside = width - 2 * PADDING;
  const [left, middle] = [x + PADDING, y + height / 2];
  return [
    tip(sentenceOf({ name: note === '' ? name : `${name} (${note})`, needs: nodes[node]?.needs ?? [] })),
    element('rect', { class: 'box', x, y, width, height, rx: 9 }),
    element('rect', { class: 'stripe', x: x + 5, y: y + 9, width: 3.5, height: height - 18, rx: 1.75 }),
    label(fitted(name, NAME_SIZE * 1.04, inside), { class: 'name', x: left, y: note ? middle - 2.5 : middle + 4.5 }),
    note === '' ? '' : label(fitted(note, 11, inside), { class: 'soft small', x: left, y: middle + 13.5 }),
  ];
}

const STYLE = `.specter .box{fill:var(--panel);stroke:var(--role);stroke-opacity:.55;stroke-width:1.2}
.specter .stripe{fill:var(--role)}
.specter .name{font-weight:600}
.specter .line{fill:none;stroke:var(--role);stroke-opacity:.55;stroke-width:1.6}
.specter .head{fill:var(--role)}
.specter .node:hover .line{stroke-opacity:1;stroke-width:3}
.specter .node:hover .box{stroke-opacity:1;stroke-width:2}
`;
