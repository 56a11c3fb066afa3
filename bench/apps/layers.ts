// Boots one graph of services several times in one process; the first boot is a cold one.
import { ready } from './ready.js';

type Class = new (...parts: never[]) => object;

/** @param needs - of each, by index; what it needs comes later in the list */
type Boot = (services: Class[], needs: readonly number[][]) => Promise<() => unknown>;

/** Arguments of the program: the module with the classes, and how many boots. @param boot - gives what stops it again */
export async function bootAgain(boot: Boot): Promise<void> {
  const [, , path, times] = process.argv;
  const { services, needs, started } = await import(path as string);
  const boots: { wall: number; cpu: number }[] = [];
  for (let time = 0; time < Number(times); time++) {
    globalThis.gc?.();
    const [begun, used] = [performance.now(), process.cpuUsage()];
    const stop = await boot(services, needs);
    const { user, system } = process.cpuUsage(used);
    boots.push({ wall: performance.now() - begun, cpu: (user + system) / 1000 });
    await stop();
  }
  ready({ boots, started: started() });
  setInterval(() => {}, 60_000);
}
