// Overdue: ends waits that take too long. One look at all of them, not a timer for each.
import { type Release, systemClock } from '../kernel/clock.js';

/** How often it is looked at what waits. */
const LOOK = 500;

/** One wait. */
interface Wait {
  readonly due: number;
  readonly end: () => void;
}

/** Waits with an end each. Time is real, whatever the clock of the application says. */
export class Overdue {
  readonly #waits = new Set<Wait>();
  #armed: Release | undefined;
  #wakes = Number.POSITIVE_INFINITY;

  /** How many wait. */
  get count(): number {
    return this.#waits.size;
  }

  /** Calls `end` after `ms` milliseconds, unless it is released before. */
  add(ms: number, end: () => void): Release {
    const now = systemClock.monotonic();
    const wait = { due: now + ms, end };
    this.#waits.add(wait);
    if (!this.#armed || wait.due < this.#wakes) this.#wakeAt(Math.min(wait.due, now + LOOK), now);
    return () => void this.#waits.delete(wait);
  }

  /** Looks at nothing any more. */
  close(): void {
    this.#armed?.();
    this.#armed = undefined;
    this.#waits.clear();
  }

  #wakeAt(due: number, now: number): void {
    this.#armed?.();
    this.#wakes = due;
    this.#armed = systemClock.setTimeout(() => this.#look(), Math.max(0, due - now));
  }

  #look(): void {
    const now = systemClock.monotonic();
    let next = now + LOOK;
    this.#armed = undefined;
    for (const wait of this.#waits) {
      if (wait.due > now) next = Math.min(next, wait.due);
      else {
        this.#waits.delete(wait);
        wait.end();
      }
    }
    if (this.#waits.size > 0) this.#wakeAt(next, now);
  }
}
