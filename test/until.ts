// until: waits for something to become true, never longer than a cap.
import { setTimeout as pause } from 'node:timers/promises';

const EVERY = 25;

/**
 * Asks again and again until the answer is neither false nor undefined, and resolves with it.
 *
 * @param what - what is waited for, for the error
 * @param cap - milliseconds
 */
export async function until<T>(what: string, ask: () => T | Promise<T>, cap = 60_000): Promise<NonNullable<T>> {
  const end = performance.now() + cap;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await pause(EVERY);
  }
  throw new Error(
    `Waited ${cap} ms in vain: ${what}. The last answer was ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}
