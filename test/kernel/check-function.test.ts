// Whoever takes a function to call later refuses anything else at once.
import { Bus } from '../../src/kernel/bus.js';
import { createCache, createKeyedCache } from '../../src/kernel/cache.js';
import { createWatcher } from '../../src/kernel/create-watcher.js';
import { Events } from '../../src/kernel/events.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { createModel } from '../../src/kernel/model.js';
import { createStore } from '../../src/kernel/store.js';

const none = 5 as never;
class Counter extends Lifecycle<{ n: number }> {}

// Teeth: all but the bus took it, and failed at the first change (tried).
test.each<[string, () => unknown]>([
  ['bus.on', () => new Bus().on('x', none)],
  ['events.on', () => new Events().on('started', none)],
  ['store.subscribe', () => createStore('s', { a: 1 }).subscribe(none)],
  ['model.subscribe', () => createModel('m', { a: 1 }).subscribe(none)],
  ['lifecycle.subscribe', () => new Counter({ n: 1 }).subscribe(none)],
  ['cache.onInvalidate', () => createCache('c').onInvalidate(none)],
  ['keyed cache.onEvict', () => createKeyedCache('c').onEvict(none)],
  ['watch.subscribe', () => createWatcher('w', { poll: () => 1, interval: 1_000 }).subscribe(none)],
])('%s', (_, listen) => {
  expect(listen).toThrow(
    expect.objectContaining({
      code: 'SPECTER_INVALID_ARGUMENT',
      message: expect.stringMatching(/: expected a function, got 5 \(number\)\.$/),
    }),
  );
});
