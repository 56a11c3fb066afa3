// The order of the places in each column of a graph, with few crossings. Pure.
import type { Vertex } from './graph-layers.js';

const SWEEPS = 24;

/** Orders each column by the middle of its neighbours, back and forth, keeps the best of all, and changes neighbours' places where that helps. */
export function uncrossed(columns: readonly Vertex[][]): Vertex[][] {
  let order = columns.map((column) => [...column]);
  let best = { order, crossings: crossingsOf(order) };
  for (let sweep = 0; sweep < SWEEPS && best.crossings > 0; sweep++) {
    order = swept(order, sweep % 2 === 0 ? 'before' : 'after');
    const crossings = crossingsOf(order);
    if (crossings < best.crossings) best = { order, crossings };
  }
  for (let pass = 0; pass < SWEEPS && swapped(best.order); pass++);
  return best.order;
}

function swept(order: readonly Vertex[][], side: 'before' | 'after'): Vertex[][] {
  const next = order.map((column) => [...column]);
  const layers = side === 'before' ? next.keys() : [...next.keys()].reverse();
  for (const layer of layers) {
    const beside = next[side === 'before' ? layer - 1 : layer + 1];
    const column = next[layer];
    if (beside && column) next[layer] = sorted(column, positionsOf(beside), side);
  }
  return next;
}

function positionsOf(column: readonly Vertex[]): Map<Vertex, number> {
  return new Map(column.map((vertex, i) => [vertex, i]));
}

/** Those without a neighbour on that side keep their places. */
function sorted(column: readonly Vertex[], beside: ReadonlyMap<Vertex, number>, side: 'before' | 'after'): Vertex[] {
  const middles = new Map(column.map((vertex) => [vertex, meanOf(vertex[side], beside)]));
  const moving = column
    .filter((vertex) => middles.get(vertex) !== undefined)
    .sort((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0));
  let next = 0;
  return column.map((vertex) => (middles.get(vertex) === undefined ? vertex : (moving[next++] as Vertex)));
}

function meanOf(neighbours: readonly Vertex[], positions: ReadonlyMap<Vertex, number>): number | undefined {
  if (neighbours.length === 0) return undefined;
  return neighbours.reduce((sum, one) => sum + (positions.get(one) ?? 0), 0) / neighbours.length;
}

/** Lets two that are beside one another change places where fewer lines cross then. @returns whether any did */
function swapped(order: readonly Vertex[][]): boolean {
  let any = false;
  for (const [layer, column] of order.entries()) {
    const left = positionsOf(order[layer - 1] ?? []);
    const right = positionsOf(order[layer + 1] ?? []);
    const crossings = (a: Vertex, b: Vertex) =>
      pairsCrossing(a.before, b.before, left) + pairsCrossing(a.after, b.after, right);
    for (let i = 1; i < column.length; i++) {
      const [a, b] = [column[i - 1] as Vertex, column[i] as Vertex];
      if (crossings(a, b) <= crossings(b, a)) continue;
      column.splice(i - 1, 2, b, a);
      any = true;
    }
  }
  return any;
}

/** How many lines of the upper one end below lines of the lower one. */
function pairsCrossing(upper: readonly Vertex[], lower: readonly Vertex[], at: ReadonlyMap<Vertex, number>): number {
  const ends = lower.map((vertex) => at.get(vertex) ?? 0);
  return upper.reduce((sum, vertex) => sum + ends.filter((end) => end < (at.get(vertex) ?? 0)).length, 0);
}

/** How many pairs of lines cross between neighbouring columns. */
export function crossingsOf(order: readonly (readonly Vertex[])[]): number {
  return order.slice(1).reduce((sum, column, i) => sum + crossingsBetween(order[i] ?? [], column), 0);
}

/** Counts, for each line, the earlier ones that end below it; a tree of sums keeps that fast. */
function crossingsBetween(left: readonly Vertex[], right: readonly Vertex[]): number {
  const places = positionsOf(right);
  const ends = left.flatMap(({ after }) => after.map((vertex) => places.get(vertex) ?? 0).sort((a, b) => a - b));
  const sums = new Array<number>(right.length + 1).fill(0);
  let crossings = 0;
  for (const [seen, end] of ends.entries()) {
    let above = 0;
    for (let i = end + 1; i > 0; i -= i & -i) above += sums[i] ?? 0;
    crossings += seen - above;
    for (let i = end + 1; i < sums.length; i += i & -i) sums[i] = (sums[i] ?? 0) + 1;
  }
  return crossings;
}
