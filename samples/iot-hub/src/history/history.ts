// History: the latest readings of every device, and what can be computed from them.
import { createKeyedCache, Lifecycle, Listen, Service } from 'specter-runtime';
import type {} from '../hub-events.js';
import type { Reading } from './reading.js';
import { Ring } from './ring.js';
import { type Statistics, statisticsOf } from './statistics.js';

/** A day of minutes, and the hour more that a day in autumn has. */
const KEPT = 25 * 60;

@Service()
export class History extends Lifecycle {
  readonly #rings = new Map<string, Ring>();
  readonly #statistics = createKeyedCache<string, Statistics>('statistics', { ttl: 60_000, max: 200 });

  @Listen('device:read')
  keep({ id, at, value }: Reading & { readonly id: string }): void {
    const ring = this.#rings.get(id) ?? new Ring(KEPT);
    this.#rings.set(id, ring);
    ring.push({ at, value });
  }

  /** The oldest first. @param from - milliseconds since 1970 */
  of(id: string, from = 0): readonly Reading[] {
    return this.#rings.get(id)?.since(from) ?? [];
  }

  /** Of all that is kept; at most a minute old. */
  statistics(id: string): Promise<Statistics> {
    return this.#statistics.getOrCompute(id, () => statisticsOf(this.of(id)));
  }
}
