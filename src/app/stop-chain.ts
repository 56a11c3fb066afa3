// Stop chain: the longest way that a stop could take, if everyone on it used the whole of its deadline.
import type { Unit } from './orchestrator.js';

/** Services that stop one after another, the first to stop first. */
export interface StopChain {
  readonly services: readonly string[];
  /** Milliseconds. */
  readonly total: number;
}

/** Only who has an `onStop` counts: to release what is owned rarely takes time, and every long chain of services would be one to warn about. */
export function longestStopChain(units: readonly Unit[]): StopChain {
  const chains = new Map<Unit, StopChain>();
  let longest: StopChain = { services: [], total: 0 };
  for (const unit of units) longest = longer(longest, chainFrom(unit, chains));
  return longest;
}

/** The chain that ends with this unit. Walks by hand: a graph may be deeper than the call stack. */
function chainFrom(unit: Unit, chains: Map<Unit, StopChain>): StopChain {
  const path = [unit];
  while (path.length > 0) {
    const one = path.at(-1) as Unit;
    const unknown = [...one.neededBy].filter((dependent) => !chains.has(dependent));
    if (unknown.length > 0) path.push(...unknown);
    else chains.set(path.pop() as Unit, extended(one, chains));
  }
  return chains.get(unit) as StopChain;
}

function extended(unit: Unit, chains: ReadonlyMap<Unit, StopChain>): StopChain {
  const before = [...unit.neededBy].map((dependent) => chains.get(dependent) as StopChain);
  const longest = before.reduce(longer, { services: [], total: 0 });
  if (unit.stopTime === 0) return longest;
  return { services: [...longest.services, unit.name], total: longest.total + unit.stopTime };
}

function longer(one: StopChain, other: StopChain): StopChain {
  return other.total > one.total ? other : one;
}
