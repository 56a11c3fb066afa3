// ErrorCount: a listener that counts the errors reported of each service, for its health.
import type { Events } from '../kernel/events.js';

/** How many errors were reported of whom since it began to listen. */
export class ErrorCount {
  readonly #counts = new Map<string, number>();

  /** @param knows - whether a name is one of the application's own; children come and go without number */
  constructor(events: Events, knows: (service: string) => boolean) {
    events.onFailure((event) => {
      if ('service' in event && event.service !== undefined && knows(event.service)) this.#count(event.service);
    });
  }

  of(service: string): number {
    return this.#counts.get(service) ?? 0;
  }

  #count(service: string): void {
    this.#counts.set(service, this.of(service) + 1);
  }
}
