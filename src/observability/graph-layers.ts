// The layers of a graph: which column each node is in, and the lanes that lines take through the columns between. Pure.
import { uncrossed } from './graph-order.js';

/** Whom each node needs, by index. */
export type Needs = readonly (readonly number[])[];

/** One place in a column: a node, or a lane in which the lines from one node pass by. */
export interface Vertex {
  /** The node whose place it is; in a lane, the one whose lines pass. */
  readonly node: number;
  readonly lane: boolean;
  readonly layer: number;
  /** Neighbours in the column before, and in the one after. */
  readonly before: Vertex[];
  readonly after: Vertex[];
}

/** An arc: the first is needed by the second, and starts before it. */
type Arc = readonly [before: number, after: number];

/** Columns from left to right, each from top to bottom. Deterministic. */
export function layersOf(needs: Needs): Vertex[][] {
  const arcs = arcsOf(needs);
  return uncrossed(columnsOf(needs.length, arcs));
}

/** Arcs without a ring. A ring cannot boot; if there is one all the same, it is broken where the fewest arcs turn around. */
function arcsOf(needs: Needs): Arc[] {
  const missing = needs.map((some) => new Set(some));
  const places = new Map<number, number>();
  const left = new Set(needs.keys());
  while (left.size > 0) {
    const free = [...left].filter((node) => missing[node]?.size === 0);
    const next = free.length > 0 ? free : [leastOf(left, (node) => missing[node]?.size ?? 0)];
    for (const node of next) {
      places.set(node, places.size);
      left.delete(node);
    }
    for (const node of left) for (const done of next) missing[node]?.delete(done);
  }
  const place = (node: number) => places.get(node) ?? 0;
  return needs
    .flatMap((some, node) => some.map((needed): Arc => (place(needed) < place(node) ? [needed, node] : [node, needed])))
    .sort((a, b) => place(a[0]) - place(b[0]) || place(a[1]) - place(b[1]));
}

function leastOf(nodes: Iterable<number>, by: (node: number) => number): number {
  return [...nodes].reduce((least, node) => (by(node) < by(least) ? node : least));
}

/** As early as possible; but whoever more lines leave than reach moves right, towards those who need it. */
function ranksOf(size: number, arcs: readonly Arc[]): number[] {
  const ranks = new Array<number>(size).fill(0);
  for (const [before, after] of arcs) ranks[after] = Math.max(ranks[after] ?? 0, (ranks[before] ?? 0) + 1);
  const degree = new Array<number>(size).fill(0);
  const room = new Array<number>(size).fill(Number.POSITIVE_INFINITY);
  for (const [before, after] of arcs) {
    degree[before] = (degree[before] ?? 0) + 1;
    degree[after] = (degree[after] ?? 0) - 1;
  }
  for (let i = arcs.length; i-- > 0; ) {
    const [before, after] = arcs[i] as Arc;
    room[before] = Math.min(room[before] ?? 0, (ranks[after] ?? 0) - 1);
    const isLast = arcs[i - 1]?.[0] !== before;
    if (isLast && (degree[before] ?? 0) > 0) ranks[before] = Math.max(ranks[before] ?? 0, room[before] ?? 0);
  }
  return ranks;
}

/** All lines from one node share one lane through the columns between: fewer lines, and one sees what hangs on whom. */
function columnsOf(size: number, arcs: readonly Arc[]): Vertex[][] {
  const ranks = ranksOf(size, arcs);
  const columns: Vertex[][] = Array.from({ length: Math.max(0, ...ranks) + 1 }, () => []);
  const put = (node: number, layer: number, lane: boolean): Vertex => {
    const vertex = { node, lane, layer, before: [], after: [] };
    columns[layer]?.push(vertex);
    return vertex;
  };
  const nodes = ranks.map((rank, node) => put(node, rank, false));
  for (const [node, vertex] of nodes.entries()) {
    const users = arcs.flatMap(([before, after]) => (before === node ? [nodes[after] as Vertex] : []));
    const last = Math.max(...users.map(({ layer }) => layer));
    for (let at = vertex, layer = at.layer + 1; layer <= last; layer++) {
      for (const user of users) if (user.layer === layer) join(at, user);
      if (layer < last) at = join(at, put(node, layer, true));
    }
  }
  return columns;
}

function join(before: Vertex, after: Vertex): Vertex {
  before.after.push(after);
  after.before.push(before);
  return after;
}
