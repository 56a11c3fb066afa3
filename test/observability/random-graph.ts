// A made-up application of any size: always the same one for the same size.
import type { GraphNode } from '../../src/observability/graph.js';

const ROLES = ['service', 'service', 'service', 'controller', 'handler', 'watcher', 'value', 'queue'];

/** Numbers from 0 to 1 that are the same each time. */
export function randomNumbers(seed = 7): () => number {
  let at = seed;
  return () => {
    at = (at * 16_807) % 2_147_483_647;
    return at / 2_147_483_647;
  };
}

/** An eighth needs nothing; the others need up to `most` of those before them. */
export function randomGraph(size: number, most = 3): readonly GraphNode[] {
  const random = randomNumbers();
  const below = (end: number) => Math.floor(random() * end);
  return Array.from({ length: size }, (_, i) => ({
    name: `Unit${i}`,
    role: ROLES[below(ROLES.length)],
    module: `Module${Math.floor(i / 10)}`,
    needs: i < size / 8 ? [] : [...new Set(Array.from({ length: below(most + 1) }, () => `Unit${below(i)}`))],
  }));
}
