// FakeFactFinder: knows of every file what the test says, and who has been asked for.
import type { Facts } from '../../src/metadata/facts.js';

export class FakeFactFinder {
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** What every sound is like. */
  facts: Facts = { seconds: 10 };
  #away = false;

  async find(path: string): Promise<Facts> {
    this.asked.push(path);
    if (this.#away) throw new Error('away');
    return this.facts;
  }

  health() {
    return { status: 'up' as const };
  }

  /** From now on nothing can be looked into. */
  leave(): void {
    this.#away = true;
  }

  comeBack(): void {
    this.#away = false;
  }
}
