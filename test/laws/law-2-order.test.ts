// Law 2. Nothing starts before everything it depends on has started. Nothing stops before everything that depends on it has stopped.
import { Service } from '../../src/app/service.js';
import { systemClock } from '../../src/kernel/clock.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { seeded } from '../../src/kernel/random.js';
import type { Class } from '../../src/kernel/token.js';
import { boot, bootError, named } from '../app/boot.js';

const SEED = Number(process.env.RELIABILITY_SEED ?? 20_260_101);
const GRAPHS = 500;

interface Account {
  readonly running: Set<string>;
  readonly violations: string[];
  starts: number;
  stops: number;
}

/** Services that check the law themselves: at the start their dependencies must run, at the stop nobody may need them any more. */
function randomGraph(seed: number): { classes: Class[]; account: Account } {
  const next = seeded(seed);
  const random = (below: number) => Math.floor(next() * below);
  const account: Account = { running: new Set(), violations: [], starts: 0, stops: 0 };
  const classes: Class<Lifecycle>[] = [];
  const needs = new Map<string, string[]>();
  const size = 2 + random(39);
  for (let i = 0; i < size; i++) {
    const name = `N${i}`;
    const picked = classes.filter(() => random(4) === 0);
    needs.set(
      name,
      picked.map((one) => one.name),
    );
    const delays = [random(6), random(6)] as const;
    class Node extends Lifecycle {
      protected override async onStart() {
        for (const needed of needs.get(name) ?? []) {
          if (!account.running.has(needed)) account.violations.push(`${name} starts before ${needed} (seed ${seed})`);
        }
        await systemClock.sleep(delays[0]);
        account.running.add(name);
        account.starts++;
      }
      protected override async onStop() {
        for (const [other, its] of needs) {
          if (its.includes(name) && account.running.has(other))
            account.violations.push(`${name} stops before ${other} (seed ${seed})`);
        }
        await systemClock.sleep(delays[1]);
        account.running.delete(name);
        account.stops++;
      }
    }
    // Half of the edges by parameter, half by dependsOn.
    const byParameter = picked.filter((_, at) => at % 2 === 0);
    Reflect.defineMetadata('design:paramtypes', byParameter, Node);
    Service({ dependsOn: picked.filter((_, at) => at % 2 === 1) })(Node);
    classes.push(named(name, Node));
  }
  for (let i = classes.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [classes[i], classes[j]] = [classes[j] as Class<Lifecycle>, classes[i] as Class<Lifecycle>];
  }
  return { classes, account };
}

async function startAndStop(seed: number): Promise<Account & { readonly size: number }> {
  const { classes, account } = randomGraph(seed);
  const { engine } = await boot(classes);
  await engine.stop();
  return { ...account, size: classes.length };
}

// T1. Teeth: an orchestrator that forgets one edge of each unit fails this test (tried).
test(`${GRAPHS} random graphs (seed ${SEED}) start and stop without one violation`, async () => {
  const accounts: Awaited<ReturnType<typeof startAndStop>>[] = [];
  for (let at = 0; at < GRAPHS; at += 50) {
    accounts.push(...(await Promise.all(Array.from({ length: 50 }, (_, i) => startAndStop(SEED + at + i)))));
  }
  expect(accounts.flatMap(({ violations }) => violations)).toEqual([]);
  for (const { starts, stops, size } of accounts) expect([starts, stops]).toEqual([size, size]);
});

test('twenty graphs with a cycle are all rejected, with its path, and no hook runs', async () => {
  for (let i = 0; i < 20; i++) {
    const { classes, account } = randomGraph(SEED + 10_000 + i);
    const [first, last] = [classes[0] as Class, classes.at(-1) as Class];
    const back = named('Back', class {});
    const forth = named('Forth', class {});
    Reflect.defineMetadata('design:paramtypes', [forth, last], back);
    Reflect.defineMetadata('design:paramtypes', [back, first], forth);
    const error = await bootError([...classes, back, forth]);
    expect(error.code).toBe('SPECTER_CYCLE');
    expect(error.message).toMatch(/Back -> Forth -> Back|Forth -> Back -> Forth/);
    expect([account.starts, account.stops]).toEqual([0, 0]);
  }
});

test('a missing dependency is rejected before any hook runs', async () => {
  const { classes, account } = randomGraph(SEED);
  const error = await bootError([...classes, { provide: 'x', useExisting: 'absent' }]);
  expect(error.code).toBe('SPECTER_MISSING_DEPENDENCY');
  expect(account.starts).toBe(0);
});

test('boot takes as long as the longest path, not as the sum', async () => {
  let running = 0;
  let most = 0;
  const side = Array.from({ length: 10 }, (_unused, i) =>
    named(
      `Side${i}`,
      class extends Lifecycle {
        protected override async onStart() {
          most = Math.max(most, ++running);
          await systemClock.sleep(5);
          running--;
        }
      },
    ),
  );
  const { engine } = await boot(side);
  expect(most).toBe(10);
  await engine.stop();
});
