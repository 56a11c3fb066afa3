// What is left in an application's own books, its bus and its registry, when its services have stopped.
import type { Bus } from '../kernel/bus.js';
import type { Registry } from '../kernel/registry.js';
import { tokenName } from '../kernel/token.js';

/** Something in the application's own books that outlived its services. */
export interface Leftover {
  readonly kind: 'listener' | 'registry entry';
  readonly label: string;
  readonly place: string | undefined;
}

/** What is still in an application's books after its services have stopped. */
export function leftovers(bus: Bus, registry: Registry): readonly Leftover[] {
  const listeners = bus
    .listeners()
    .map(({ event, owner, birth }) => ({ kind: 'listener' as const, label: `"${event}" of ${owner}`, place: birth }));
  const entries = registry
    .entries()
    .map(({ key, birth }) => ({ kind: 'registry entry' as const, label: tokenName(key), place: birth }));
  return [...listeners, ...entries];
}
