// Stop chain: the longest way that a stop could take, if everyone on it used the whole of its deadline.
import type { Unit } from './orchestrator.js';

/** Services that stop one after another, the first to stop first. */
export interface StopChain {
  readonly services: readonly string[];
  /** Milliseconds. */
  readonly total: number;
}

/** A chain by its last unit, and the chain before that. */
interface Link {
  readonly unit: Unit;
  readonly before: Link | undefined;
  readonly total: number;
}

/** Only who has an `onStop` counts: to release what is owned rarely takes time, and every long chain of services would be one to warn about. */
export function longestStopChain(units: readonly Unit[]): StopChain {
  const links = new Map<Unit, Link | undefined>();
  let longest: Link | undefined;
  for (const unit of units) longest = longer(longest, linkOf(unit, links));
  return { services: namesOf(longest), total: longest?.total ?? 0 };
}

/** The chain that ends with this unit. Walks by hand: a graph may be deeper than the call stack. */
function linkOf(unit: Unit, links: Map<Unit, Link | undefined>): Link | undefined {
  const path = [unit];
  while (path.length > 0) {
    const one = path.at(-1) as Unit;
    const unknown = [...one.neededBy].filter((dependent) => !links.has(dependent));
    if (unknown.length > 0) path.push(...unknown);
    else links.set(path.pop() as Unit, extended(one, links));
  }
  return links.get(unit);
}

function extended(unit: Unit, links: ReadonlyMap<Unit, Link | undefined>): Link | undefined {
  let before: Link | undefined;
  for (const dependent of unit.neededBy) before = longer(before, links.get(dependent));
  return unit.stopTime === 0 ? before : { unit, before, total: (before?.total ?? 0) + unit.stopTime };
}

function longer(one: Link | undefined, other: Link | undefined): Link | undefined {
  return (other?.total ?? 0) > (one?.total ?? 0) ? other : one;
}

function namesOf(chain: Link | undefined): string[] {
  const names: string[] = [];
  for (let link = chain; link; link = link.before) names.push(link.unit.name);
  return names.reverse();
}
