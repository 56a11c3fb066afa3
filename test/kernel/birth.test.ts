import { Birth } from '../../src/kernel/birth.js';
import { Lifecycle, runnerOf } from '../../src/kernel/lifecycle.js';
import { Scope } from '../../src/kernel/scope.js';

test('is the file and line of the code outside of the framework that acquired', () => {
  expect(new Birth().place).toMatch(/test\/kernel\/birth\.test\.ts:\d+:\d+$/);
});

test('is found through every layer of the framework', async () => {
  class Owner extends Lifecycle {
    readonly early = this.own({ close() {} });
    protected override onStart() {
      this.listen('e', () => {});
      this.interval(() => {}, 60_000);
    }
  }
  const owner = await new Owner().start();
  const births = runnerOf(owner)
    .scope.tree()
    .map(({ birth }) => birth);
  expect(births).toHaveLength(3);
  for (const birth of births) expect(birth).toMatch(/birth\.test\.ts:\d+:\d+$/);
  await owner.stop();
});

test('is never a place inside the host', async () => {
  const births = await Promise.all([
    new Promise<Birth>((resolve) => resolve(new Birth())),
    ...[1].map(() => new Birth()),
  ]);
  for (const birth of births) expect(birth.place).toMatch(/birth\.test\.ts:\d+:\d+$/);
});

test('two acquisitions on two lines have two places', () => {
  const scope = new Scope('s');
  scope.addCleanup(() => {});
  scope.addCleanup(() => {});
  const [a, b] = scope.tree();
  expect(a?.birth).not.toBe(b?.birth);
});

test('is unknown when there is no trace to read', () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const birth = new Birth();
  Error.stackTraceLimit = stackTraceLimit;
  expect(birth.place).toBeUndefined();
});
