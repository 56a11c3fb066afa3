// Listeners: those that were added to `process` and are still there, by file and line; and how many any emitter has.
import type { EventEmitter } from 'node:events';
import type { OpenHandle } from './handles.js';
import { trace, userPlace } from './place.js';

interface Added {
  readonly event: string | symbol;
  readonly fn: unknown;
  readonly trace: Error;
  readonly counts: boolean;
}

/** Follows the listeners of `process`. */
export class ProcessListeners {
  readonly #added: Added[] = [];
  readonly #counts: () => boolean;
  readonly #hear = (event: string | symbol, fn: unknown) => this.#take(event, fn);
  readonly #miss = (event: string | symbol, fn: unknown) => this.#forget(event, fn);

  /** @param counts - asked at the adding of each: whether it is the application's doing */
  constructor(counts: () => boolean) {
    this.#counts = counts;
    process.on('removeListener', this.#miss);
    process.on('newListener', this.#hear);
  }

  /** All that are still there and were added on a line of the user's. */
  get open(): readonly OpenHandle[] {
    return this.#added.flatMap(({ event, trace: made, counts }) => {
      const place = userPlace(made.stack ?? '');
      if (place === undefined) return [];
      return [{ leak: { kind: 'listener', label: `"${String(event)}" of process`, place }, counts }];
    });
  }

  /** Stops following. */
  close(): void {
    process.removeListener('newListener', this.#hear);
    process.removeListener('removeListener', this.#miss);
    this.#added.length = 0;
  }

  #take(event: string | symbol, fn: unknown): void {
    this.#added.push({ event, fn, trace: trace(), counts: this.#counts() });
  }

  /** An emitter takes away the latest of equal listeners first. */
  #forget(event: string | symbol, fn: unknown): void {
    const at = this.#added.findLastIndex((added) => added.event === event && added.fn === fn);
    if (at >= 0) this.#added.splice(at, 1);
  }
}

/** How many listeners an emitter has, by event. */
export function countListeners(name: string, emitter: EventEmitter): ReadonlyMap<string, number> {
  return new Map(emitter.eventNames().map((event) => [`"${String(event)}" of ${name}`, emitter.listenerCount(event)]));
}
