// createWatcher(): who starts it, who stops it, and to whom it gives up.
import { Bus } from '../../src/kernel/bus.js';
import { createWatcher } from '../../src/kernel/create-watcher.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Scope } from '../../src/kernel/scope.js';

import type { Watch } from '../../src/kernel/watch.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { settle, surround } from './heard.js';

const around = () => {
  const clock = new ManualClock();
  return { clock, options: { clock, bus: new Bus({ clock }) } };
};

test('without an owner it is started and stopped by hand', async () => {
  const { clock } = around();
  const seen: number[] = [];
  const watcher = createWatcher('count', { poll: () => seen.length, interval: 1_000, clock });
  watcher.subscribe((value) => seen.push(value));
  await clock.advance(5_000);
  expect([seen, watcher.running, watcher.name]).toEqual([[], false, 'count']);
  await watcher.start();
  await clock.advance(2_000);
  await watcher.stop();
  await watcher.start();
  await clock.advance(0);
  await watcher[Symbol.asyncDispose]();
  expect([seen, clock.pending]).toEqual([[0, 1, 2, 3], 0]);
});

class Player extends Lifecycle<{ seen: number }> {
  readonly volume = createWatcher<number>('volume', { poll: () => 1, interval: 1_000, owner: this });
  constructor(options: object) {
    super({ seen: 0 }, options);
    this.volume.subscribe(() => this.setState({ seen: this.state.seen + 1 }));
  }
}

test('in a field it runs while its owner does, one run after the other', async () => {
  const { clock, options } = around();
  const player = new Player(options);
  await expect(player.volume.start()).rejects.toMatchObject({
    code: 'SPECTER_NOT_RUNNING',
    message: expect.stringContaining('Player cannot start the watcher "volume": it is not started'),
  });
  for (const seen of [3, 6]) {
    await player.start();
    await clock.advance(2_500);
    expect([player.volume.running, player.state.seen]).toEqual([true, seen]);
    await player.stop();
    expect([player.volume.running, clock.pending]).toEqual([false, 0]);
  }
  await expect(player.volume.start()).rejects.toMatchObject({ code: 'SPECTER_NOT_RUNNING' });
  await player[Symbol.asyncDispose]();
});

test('while its owner runs it may be stopped and started by hand', async () => {
  const { clock, options } = around();
  const player = await new Player(options).start();
  await player.volume.stop();
  await clock.advance(10_000);
  await player.volume.start();
  await clock.advance(0);
  expect(player.volume.running).toBe(true);
  await player.stop();
  expect(player.volume.running).toBe(false);
  await player[Symbol.asyncDispose]();
});

test('made in onStart() it belongs to the run', async () => {
  const { clock, options } = around();
  const made: Watch<number>[] = [];
  class Late extends Lifecycle {
    protected override onStart() {
      made.push(createWatcher('late', { poll: () => 1, interval: 10, owner: this }));
    }
  }
  const late = await new Late({}, options).start();
  await clock.advance(100);
  expect(made[0]?.lastValue).toBe(1);
  await late.stop();
  await late.start();
  await settle();
  expect(made.map(({ running }) => running)).toEqual([false, true]);
  await late[Symbol.asyncDispose]();
  expect([made[1]?.running, clock.pending]).toEqual([false, 0]);
});

test('that gives up hands it to its owner, whose health turns down', async () => {
  const { clock, options } = around();
  jest.spyOn(console, 'error').mockImplementation();
  class Fragile extends Lifecycle {
    readonly probe = createWatcher('probe', {
      poll: () => Promise.reject(new Error('unplugged')),
      interval: 10,
      retry: 1,
      owner: this,
    });
  }
  const fragile = await new Fragile({}, options).start();
  await clock.advance(5_000);
  const error = 'probe gave up after 2 failures in a row: unplugged';
  expect(fragile.probe.health()).toEqual({ status: 'down', error }); // without the reason of its failure: no error (tried)
  expect(fragile.health()).toEqual({ status: 'down', error });
  await fragile[Symbol.asyncDispose]();
  jest.restoreAllMocks();
});

test('under a scope it begins at once, shows in its tree and ends with it; a closed one is refused', async () => {
  const { clock, events, of } = surround();
  const scope = new Scope('import', { clock, events });
  let n = 0;
  const watcher = createWatcher('rows', { poll: () => ++n, interval: 10, owner: scope });
  await clock.advance(25);
  expect([watcher.lastValue, scope.tree()[0]]).toMatchObject([3, { kind: 'child', label: 'rows' }]);
  await scope.close();
  expect([watcher.running, clock.pending, scope.size]).toEqual([false, 0, 0]);
  expect(() => createWatcher('rows', { poll: () => 1, interval: 10, owner: scope })).toThrow(
    expect.objectContaining({ code: 'SPECTER_NOT_RUNNING' }),
  );
  expect(of('failed')).toEqual([]);
});

test('with an owner that is nothing but a list of cleanups it begins at once and ends with it', async () => {
  const { clock } = around();
  const cleanups: (() => unknown)[] = [];
  const owner = {
    addCleanup(fn: () => unknown) {
      cleanups.push(fn);
      return () => {};
    },
  };
  const watcher = createWatcher('rows', { poll: () => 1, interval: 10, owner, clock });
  await clock.advance(0);
  expect(watcher.running).toBe(true);
  for (const cleanup of cleanups) await cleanup();
  await settle();
  expect([watcher.running, clock.pending]).toEqual([false, 0]);
});

test.each<[object, RegExp]>([
  [{}, /either \{ poll, interval \} or \{ stream \}/],
  [{ poll: () => 1, stream: () => [], interval: 1 }, /either \{ poll, interval \} or \{ stream \}/],
  [{ poll: () => 1 }, /interval of x/],
  [{ poll: () => 1, interval: 0 }, /interval of x/],
  [
    { poll: () => 1, interval: 10, intervall: 5 },
    /has the option intervall, which nobody reads. Did you mean interval\?/,
  ],
  [
    { poll: () => 1, every: 5 },
    /has the option every, .* Known are: poll, interval, stream, owner, clock, stopTimeout, dedupe, .*, lazy\./,
  ],
])('%p is refused where it is written', (options, message) => {
  expect(() => createWatcher('x', options as never)).toThrow(message);
});

test('in a field of a child it lives by the clock of whoever has adopted that', async () => {
  const { clock, options } = around();
  class Parent extends Lifecycle {}
  const parent = await new Parent({}, options).start();
  const child = await parent.adopt(new Player({}));
  await clock.advance(2_500);
  expect(child.state.seen).toBe(3); // 1 by the clock that it was made with (tried)
  await parent.stop();
  expect([child.volume.running, clock.pending]).toEqual([false, 0]);
});
