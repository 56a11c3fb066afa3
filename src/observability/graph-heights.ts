// How high each place of a graph is in its column: lines as straight as they can be without two places overlapping. Pure.
import type { Vertex } from './graph-layers.js';

/** How much room places need, from their middles. */
export interface Room {
  readonly node: number;
  readonly lane: number;
}

const ROUNDS = 30;
/** How much a bend costs: most in a lane, that is where lines are long. */
const LANE_PULL = 6;

/** The middle of each place. */
export function heightsOf(columns: readonly (readonly Vertex[])[], room: Room): ReadonlyMap<Vertex, number> {
  const heights = new Map<Vertex, number>();
  for (const column of columns) {
    const steps = stepsOf(column, room);
    for (const [i, vertex] of column.entries()) heights.set(vertex, (steps[i] ?? 0) - (steps.at(-1) ?? 0) / 2);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const backwards = round % 2 === 1;
    for (const column of backwards ? [...columns].reverse() : columns) settle(column, { heights, room, round });
  }
  return heights;
}

/** How far each must be from the first, at least. */
function stepsOf(column: readonly Vertex[], room: Room): number[] {
  const need = (vertex: Vertex | undefined) => (vertex?.lane ? room.lane : room.node) / 2;
  let at = 0;
  return column.map((vertex, i) => {
    if (i > 0) at += need(column[i - 1]) + need(vertex);
    return at;
  });
}

/** Moves each place towards its neighbours: first those on one side, at last those on both. */
function settle(
  column: readonly Vertex[],
  { heights, room, round }: { heights: Map<Vertex, number>; room: Room; round: number },
): void {
  const steps = stepsOf(column, room);
  const sides = round >= ROUNDS / 2 ? 'both' : round % 2 === 0 ? 'before' : 'after';
  const wishes = column.map((vertex, i) => {
    const { height, pull } = wishOf(vertex, sides, heights);
    return { value: height - (steps[i] ?? 0), weight: pull };
  });
  const found = ascending(wishes);
  for (const [i, vertex] of column.entries()) heights.set(vertex, (found[i] ?? 0) + (steps[i] ?? 0));
}

function wishOf(vertex: Vertex, sides: 'before' | 'after' | 'both', heights: ReadonlyMap<Vertex, number>) {
  const neighbours = [...(sides === 'after' ? [] : vertex.before), ...(sides === 'before' ? [] : vertex.after)];
  const pulls = neighbours.map((one) => ({
    height: heights.get(one) ?? 0,
    pull: one.lane && vertex.lane ? LANE_PULL : 1,
  }));
  const pull = pulls.reduce((sum, one) => sum + one.pull, 0);
  if (pull === 0) return { height: heights.get(vertex) ?? 0, pull: 0.1 };
  return { height: pulls.reduce((sum, one) => sum + one.height * one.pull, 0) / pull, pull };
}

interface Wish {
  readonly value: number;
  readonly weight: number;
}

/** The ascending numbers that are nearest to the wishes, by least squares: neighbours that disagree are pooled. */
export function ascending(wishes: readonly Wish[]): number[] {
  const pools: { value: number; weight: number; size: number }[] = [];
  for (const { value, weight } of wishes) {
    let pool = { value, weight, size: 1 };
    for (let last = pools.at(-1); last && last.value > pool.value; last = pools.at(-1)) {
      pools.pop();
      const total = last.weight + pool.weight;
      const mean = (last.value * last.weight + pool.value * pool.weight) / total;
      pool = { value: mean, weight: total, size: last.size + pool.size };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ value, size }) => new Array<number>(size).fill(value));
}
