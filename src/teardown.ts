// Teardown: drains and closes doors, services and storage, in this order. Whatever fails on the way is told, and the way goes on.
import type { Engine } from './app/engine.js';
import type { Deadline } from './kernel/deadline.js';
import { errorOf } from './kernel/errors.js';
import { type Leftover, leftovers } from './observability/leftovers.js';
import type { Parts } from './parts.js';

/** The end of one application. */
export class Teardown {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Refuses new work and waits for the work at hand. @param deadline - by default each door's own */
  async drain(deadline?: Deadline): Promise<void> {
    await this.#step(() => this.#parts.drain(deadline));
  }

  /** Closes everything. @returns what nobody had taken away from the bus and the registry */
  async close(engine: Engine | undefined): Promise<readonly Leftover[]> {
    const { bus, registry } = this.#parts.environment;
    await this.#step(() => this.#parts.closeDoors());
    await this.#step(async () => engine?.stop());
    await this.#step(() => this.#parts.closeStorage());
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
