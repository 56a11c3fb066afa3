// Where everything in a drawn graph is: boxes in columns, dependencies left of those who need them, and the lines between. Pure.
import { heightsOf } from './graph-heights.js';
import { layersOf, type Needs, type Vertex } from './graph-layers.js';

/** A node to be placed. */
export interface Placeable {
  /** Indices of the nodes that it needs. */
  readonly needs: readonly number[];
  readonly width: number;
}

/** Where one node is. */
export interface Box {
  readonly node: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Its column, from 0. */
  readonly layer: number;
}

/** A piece of the lines that leave a node: a curve, and a straight run through a column if it goes on. */
export interface Line {
  /** From which node. */
  readonly node: number;
  /** At which node it ends; undefined when others go on from there. */
  readonly to: number | undefined;
  readonly from: Point;
  readonly end: Point;
  /** How far it runs on, straight. */
  readonly run: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A graph on paper, from 0 to `width` and `height`. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

/** How high boxes are, and the space between. */
export interface Spacing {
  readonly box: number;
  readonly between: number;
  readonly lane: number;
  /** Nothing is placed side by side that would be wider together. */
  readonly width: number;
}

/** Lays out each connected part by itself, and puts them on shelves, the largest first; loners are equally wide. */
export function layoutOf(nodes: readonly Placeable[], spacing: Spacing): Layout {
  const parts = partsOf(nodes.map(({ needs }) => needs));
  const widths = nodes.map(({ width }) => width);
  const loners = parts.flatMap((part) => (part.length === 1 ? part : []));
  const widest = Math.max(0, ...loners.map((node) => widths[node] ?? 0));
  for (const node of loners) widths[node] = widest;
  return shelved(
    parts.map((part) => drawnPart(part, { nodes, widths, spacing })),
    spacing,
  );
}

/** Which nodes hang together, the largest part first. */
function partsOf(needs: Needs): number[][] {
  const beside = needs.map(() => new Set<number>());
  for (const [node, some] of needs.entries()) {
    for (const needed of some) {
      beside[node]?.add(needed);
      beside[needed]?.add(node);
    }
  }
  const seen = new Set<number>();
  const parts: number[][] = [];
  for (const node of needs.keys()) {
    if (seen.has(node)) continue;
    const part = new Set([node]);
    for (const one of part) for (const other of beside[one] ?? []) part.add(other);
    for (const one of part) seen.add(one);
    parts.push([...part].sort((a, b) => a - b));
  }
  return parts.sort((a, b) => b.length - a.length);
}

/** What all parts share. */
interface Given {
  readonly nodes: readonly Placeable[];
  readonly widths: readonly number[];
  readonly spacing: Spacing;
}

function drawnPart(part: readonly number[], { nodes, widths, spacing }: Given): Layout {
  const local = new Map(part.map((node, i) => [node, i]));
  const needs = part.map((node) => (nodes[node]?.needs ?? []).map((needed) => local.get(needed) ?? 0));
  const columns = layersOf(needs);
  const heights = heightsOf(columns, { node: spacing.box + spacing.between, lane: spacing.lane });
  const top = Math.min(...columns.flat().map((vertex) => (heights.get(vertex) ?? 0) - halfOf(vertex, spacing)));
  const places = placesOf(columns, {
    widthOf: (node) => widths[part[node] ?? 0] ?? 0,
    heightOf: (vertex) => Math.round((heights.get(vertex) ?? 0) - top),
    spacing,
  });
  const global = (node: number) => part[node] as number;
  const boxes = [...places.values()].flatMap(({ vertex, box }) =>
    vertex.lane ? [] : [{ ...box, node: global(vertex.node) }],
  );
  const lines = linesOf(places).map((line) => ({
    ...line,
    node: global(line.node),
    to: line.to === undefined ? undefined : global(line.to),
  }));
  return { boxes, lines, ...extentOf([...places.values()].map(({ box }) => box)) };
}

function halfOf(vertex: Vertex, { box, lane }: Spacing): number {
  return (vertex.lane ? lane : box) / 2;
}

function extentOf(boxes: readonly Omit<Box, 'node'>[]): { width: number; height: number } {
  return {
    width: Math.max(0, ...boxes.map(({ x, width }) => x + width)),
    height: Math.max(0, ...boxes.map(({ y, height }) => y + height)),
  };
}

interface Place {
  readonly vertex: Vertex;
  readonly box: Omit<Box, 'node'>;
}

interface Measures {
  readonly widthOf: (node: number) => number;
  readonly heightOf: (vertex: Vertex) => number;
  readonly spacing: Spacing;
}

/** All boxes of a column are as wide as its widest; the more lines, the more room for their curves. */
function placesOf(columns: readonly (readonly Vertex[])[], measures: Measures): Map<Vertex, Place> {
  const places = new Map<Vertex, Place>();
  let x = 0;
  for (const [layer, column] of columns.entries()) {
    const widths = column.flatMap(({ node, lane }) => (lane ? [] : [measures.widthOf(node)]));
    const width = Math.max(0, ...widths);
    for (const vertex of column) {
      const height = vertex.lane ? 0 : measures.spacing.box;
      const y = measures.heightOf(vertex) - Math.round(height / 2);
      places.set(vertex, { vertex, box: { x, y, width, height, layer } });
    }
    const lines = column.reduce((sum, { after }) => sum + after.length, 0);
    x += width + Math.min(72 + lines * 2, 180);
  }
  return places;
}

function linesOf(places: ReadonlyMap<Vertex, Place>): Line[] {
  const ports = portsOf(places);
  return [...places.values()].flatMap(({ vertex, box }) =>
    vertex.after.map((next) => {
      const { box: end } = places.get(next) as Place;
      return {
        node: vertex.node,
        to: next.lane ? undefined : next.node,
        from: { x: box.x + box.width, y: box.y + box.height / 2 },
        end: { x: end.x, y: ports.get(next)?.get(vertex) ?? end.y },
        run: next.lane ? end.width : 0,
      };
    }),
  );
}

/** Lines reach a box side by side, in the order in which they come. */
function portsOf(places: ReadonlyMap<Vertex, Place>): Map<Vertex, Map<Vertex, number>> {
  const ports = new Map<Vertex, Map<Vertex, number>>();
  for (const { vertex, box } of places.values()) {
    const from = (one: Vertex) => places.get(one)?.box.y ?? 0;
    const coming = [...vertex.before].sort((a, b) => from(a) - from(b));
    const step = Math.min(9, (box.height - 14) / Math.max(coming.length - 1, 1));
    const middle = box.y + box.height / 2;
    const at = (i: number) => (vertex.lane ? middle : middle + (i - (coming.length - 1) / 2) * step);
    ports.set(vertex, new Map(coming.map((one, i) => [one, at(i)])));
  }
  return ports;
}

/** Parts side by side as long as they fit, then below. */
function shelved(parts: readonly Layout[], { between, width }: Spacing): Layout {
  const most = Math.max(width, ...parts.map((part) => part.width));
  const placed: Layout[] = [];
  let [x, y, shelf] = [0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > most) {
      y += shelf + 2 * between;
      [x, shelf] = [0, 0];
    }
    placed.push(moved(part, x, y));
    x += part.width + 2 * between;
    shelf = Math.max(shelf, part.height);
  }
  return {
    boxes: placed.flatMap(({ boxes }) => boxes),
    lines: placed.flatMap(({ lines }) => lines),
    width: Math.max(0, ...placed.map((part) => part.width)),
    height: Math.max(0, ...placed.map((part) => part.height)),
  };
}

/** Its width and height become those of its far corner. */
function moved(part: Layout, x: number, y: number): Layout {
  const shift = (point: Point) => ({ x: point.x + x, y: point.y + y });
  return {
    boxes: part.boxes.map((box) => ({ ...box, ...shift(box) })),
    lines: part.lines.map((line) => ({ ...line, from: shift(line.from), end: shift(line.end) })),
    width: part.width + x,
    height: part.height + y,
  };
}
