// Teardown: drains and closes doors, services and storage, in this order. Whatever fails on the way is told, and the way goes on.
import type { Engine } from './app/engine.js';
import type { UnderWay } from './app/events.js';
import type { Deadline } from './kernel/deadline.js';
import { errorOf } from './kernel/errors.js';
import { type Leftover, leftovers } from './observability/leftovers.js';
import type { Parts } from './parts.js';
import { StopWaits } from './stop-waits.js';

/** The end of one application. */
export class Teardown {
  readonly #parts: Parts;

  readonly #waits: StopWaits;

  /** @param look - tells what is under way */
  constructor(parts: Parts, look: () => UnderWay) {
    this.#parts = parts;
    this.#waits = new StopWaits(parts.environment.events, look);
  }

  /** Refuses new work and waits for the work at hand. @param deadline - by default each door's own */
  async drain(deadline?: Deadline): Promise<void> {
    this.#waits.begin();
    await this.#step(() => this.#parts.drain(deadline));
  }

  /** Closes everything. @returns what nobody had taken away from the bus and the registry */
  async close(engine: Engine | undefined): Promise<readonly Leftover[]> {
    const { bus, registry } = this.#parts.environment;
    this.#waits.begin();
    await this.#step(() => this.#parts.closeDoors());
    await this.#step(async () => engine?.stop());
    await this.#step(() => this.#parts.closeStorage());
    this.#waits.end();
    const left = leftovers(bus, registry);
    bus.clear();
    registry.clear();
    this.#parts.stopFollowing();
    return left;
  }

  async #step(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (thrown) {
      this.#parts.environment.events.emit('release-failed', { service: 'application', error: errorOf(thrown) });
    }
  }
}
