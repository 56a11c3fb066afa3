// What a measured program tells its parent: that it is ready, and what it has cost so far.
import { writeSync } from 'node:fs';

/** Writes one line. `writeSync`, because the first use of `process.stdout` takes milliseconds of its own. */
export function ready(facts: object): void {
  const { user, system } = process.cpuUsage();
  const cost = { cpu: (user + system) / 1000, rss: process.memoryUsage.rss() };
  writeSync(1, `${JSON.stringify({ ...facts, ...cost })}\n`);
}

/** Answers every message of the parent with the CPU time used so far (microseconds) and the memory in use (bytes); `gc` cleans up before. */
export function answerParent(): void {
  process.on('message', (asked) => {
    if (asked === 'gc') (globalThis as { gc?: () => void }).gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed });
  });
}
