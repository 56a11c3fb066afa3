// An order in which every record comes after all it needs, or the rings that make that impossible. Pure.
import type { ProviderRecord } from './module.js';

interface Sorted {
  readonly order: ProviderRecord[];
  /** Each with its first again at the end. */
  readonly rings: ProviderRecord[][];
}

/** Depth first: a record comes after all it needs; a record met again on its own path closes a ring. */
export function sort(
  records: readonly ProviderRecord[],
  needs: ReadonlyMap<ProviderRecord, ReadonlySet<ProviderRecord>>,
): Sorted {
  const sorted: Sorted = { order: [], rings: [] };
  const walk: Walk = { ...sorted, done: new Set(), path: [], open: new Set() };
  for (const record of records) visit(record, needs, walk);
  return sorted;
}

interface Walk extends Sorted {
  readonly done: Set<ProviderRecord>;
  readonly path: ProviderRecord[];
  readonly open: Set<ProviderRecord>;
}

/** Iterative: a chain of thousands must not end in a stack overflow. */
function visit(
  root: ProviderRecord,
  needs: ReadonlyMap<ProviderRecord, ReadonlySet<ProviderRecord>>,
  walk: Walk,
): void {
  if (walk.done.has(root)) return;
  const pending = [enter(root, needs, walk)];
  while (pending.length > 0) {
    const next = pending.at(-1)?.next();
    if (!next || next.done) {
      leave(walk);
      pending.pop();
    } else if (walk.open.has(next.value)) {
      walk.rings.push(ringOf(walk.path, next.value));
    } else if (!walk.done.has(next.value)) {
      pending.push(enter(next.value, needs, walk));
    }
  }
}

function enter(
  record: ProviderRecord,
  needs: ReadonlyMap<ProviderRecord, ReadonlySet<ProviderRecord>>,
  walk: Walk,
): Iterator<ProviderRecord> {
  walk.path.push(record);
  walk.open.add(record);
  return (needs.get(record) ?? new Set<ProviderRecord>()).values();
}

function leave(walk: Walk): void {
  const record = walk.path.pop();
  if (!record) return;
  walk.open.delete(record);
  walk.done.add(record);
  walk.order.push(record);
}

function ringOf(path: readonly ProviderRecord[], again: ProviderRecord): ProviderRecord[] {
  return [...path.slice(path.indexOf(again)), again];
}
