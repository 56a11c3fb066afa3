// Ten services in a row: two hang in onStop, one throws, one blocks the thread, six take their time.
import type { Class, Lifecycle as LifecycleClass, Service as ServiceDecorator } from '../../src/index.js';

const HANG = ['S8', 'S5'];

/** Each needs the one before, so that they stop one after the other: S9 first. */
export function trouble(
  Lifecycle: typeof LifecycleClass,
  Service: typeof ServiceDecorator,
  say: (line: string) => void,
): Class[] {
  const chain: Class[] = [];
  for (let i = 0; i < 10; i++) {
    const name = `S${i}`;
    class Unit extends Lifecycle {
      protected override onStart() {
        if (HANG.includes(name)) this.interval(() => {}, 60_000);
      }
      protected override async onStop() {
        say(`${name} stops`);
        if (HANG.includes(name)) await new Promise(() => {});
        if (name === 'S7') throw new Error('S7 cannot stop');
        if (name === 'S6') block(300);
        await this.clock.sleep(40);
        say(`${name} stopped`);
      }
    }
    Service({ name, dependsOn: chain.slice(-1), stopTimeout: 1_000 })(Unit);
    chain.push(Unit);
  }
  return chain;
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
