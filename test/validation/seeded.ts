// Seeded choices, so that a failure can be repeated.
export { seeded } from '../../src/kernel/random.js';

/** One of a list. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}
