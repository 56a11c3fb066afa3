// Boots of layered services in one process, the floor: `new`, and each start once all it needs have started.
import { bootAgain } from './layers.js';

await bootAgain(async (services, needs) => {
  const made: { start(): unknown }[] = [];
  const starts: Promise<unknown>[] = [];
  for (let at = services.length - 1; at >= 0; at--) {
    const needed = needs[at] ?? [];
    const one = new (services[at] as new (...parts: unknown[]) => { start(): unknown })(...needed.map((i) => made[i]));
    made[at] = one;
    starts[at] = Promise.all(needed.map((i) => starts[i])).then(() => one.start());
  }
  await Promise.all(starts);
  return () => {};
});
