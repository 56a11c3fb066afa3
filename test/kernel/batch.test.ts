import { batch } from '../../src/kernel/batch.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { createModel } from '../../src/kernel/model.js';
import { createStore } from '../../src/kernel/store.js';
import { surroundings } from './surroundings.js';

/** A store and a model, and what was told of them, in order. */
function pair() {
  const store = createStore('settings', { volume: 5, theme: 'dark' });
  const model = createModel('player', { at: 0, url: '', users: { ada: { age: 36 } } });
  const told: unknown[] = [];
  store.subscribe(({ volume, theme }) => told.push(['settings', volume, theme, model.get('at')]));
  model.subscribe(({ at, url }) => told.push(['player', at, url, store.get('volume')]));
  return { store, model, told };
}

test('several changes are told once, when all are made, and to read meanwhile is to read the new values', () => {
  const { store, model, told } = pair();
  const result = batch(() => {
    store.set({ volume: 6 });
    model.set('at', 1);
    store.set({ theme: 'light' });
    model.set('url', 'x');
    expect([store.get('volume'), model.get('url'), told]).toEqual([6, 'x', []]);
    return 'done';
  });
  expect(result).toBe('done');
  expect(told).toEqual([
    ['settings', 6, 'light', 1],
    ['player', 1, 'x', 6],
  ]);
});

// Teeth (tried): telling at the end of every batch, not of the outermost, tells twice.
test('batches nest: the outermost tells', () => {
  const { store, told } = pair();
  batch(() => {
    batch(() => store.set({ volume: 6 }));
    expect(told).toEqual([]);
    store.set({ volume: 7 });
  });
  expect(told).toEqual([['settings', 7, 'dark', 0]]);
});

test('what is again as it was before is not told, by key, by path or by selector', () => {
  const { store, model } = pair();
  const told = jest.fn();
  store.subscribe(told, { key: 'volume' });
  model.subscribe(told, { path: 'users.ada.age' });
  model.subscribe(told, { selector: (state) => state.users.ada.age });
  batch(() => {
    store.set({ volume: 6 });
    model.set('users.ada.age', 1);
    model.set('users.ada', { age: 36 });
    store.set({ volume: 5 });
  });
  expect(told).not.toHaveBeenCalled();
});

// Teeth (tried): without the `finally` nobody is told, and the next change waits for a batch that never ends.
test('a throw goes on to the caller; what was changed before it stays changed, and is told', () => {
  const { store, told } = pair();
  const failing = () =>
    batch(() => {
      store.set({ volume: 6 });
      throw new Error('half way');
    });
  expect(failing).toThrow('half way');
  expect([store.get('volume'), told]).toEqual([6, [['settings', 6, 'dark', 0]]]);
  store.set({ volume: 7 });
  expect(told).toHaveLength(2);
});

test('a throw of an inner batch that the outer one catches does not end the outer one', () => {
  const { store, told } = pair();
  batch(() => {
    const inner = () =>
      batch(() => {
        store.set({ volume: 6 });
        throw new Error('inner');
      });
    expect(inner).toThrow('inner');
    expect(told).toEqual([]);
  });
  expect(told).toHaveLength(1);
});

test('an async function is refused before it begins, and one that returns a promise when it does', async () => {
  const { store, told } = pair();
  const refused = expect.objectContaining({
    code: 'SPECTER_INVALID_ARGUMENT',
    message: expect.stringMatching(
      /batch\(\): expected a function that makes its changes before it returns, not async/,
    ),
  });
  const begun = jest.fn();
  expect(() => batch(async () => begun())).toThrow(refused);
  expect(begun).not.toHaveBeenCalled();
  expect(() => batch(() => Promise.resolve(store.set({ volume: 6 })))).toThrow(refused);
  expect(() => batch(undefined as never)).toThrow(refused);
  expect(told).toEqual([['settings', 6, 'dark', 0]]);
});

// Teeth (tried): without the look at what was told last, `settings:changed` is emitted twice.
test('a subscriber that changes what is still to be told has everybody told once', () => {
  const { owner, bus } = surroundings();
  const first = createStore('first', { n: 0 }, { owner });
  const second = createStore('second', { n: 0 }, { owner, emitEvents: true });
  const told: unknown[] = [];
  bus.on('second:changed', (data) => told.push(data));
  second.subscribe(({ n }) => told.push(n));
  first.subscribe(() => second.set({ n: 9 }));
  batch(() => {
    first.set({ n: 1 });
    second.set({ n: 1 });
  });
  expect(told).toEqual([9, { n: 9 }]);
});

test('one that fails while the batch is told is reported, and the others are told', () => {
  const { owner, events } = surroundings();
  const [first, second] = [createStore('first', { n: 0 }, { owner }), createStore('second', { n: 0 }, { owner })];
  const told = jest.fn();
  first.subscribe(() => {
    throw new Error('bad');
  });
  second.subscribe(told);
  batch(() => {
    first.set({ n: 1 });
    second.set({ n: 1 });
  });
  expect(told).toHaveBeenCalledTimes(1);
  expect(events).toMatchObject([{ type: 'listener-failed', event: 'store "first"' }]);
});

test('one that was destroyed in the batch is told to nobody', async () => {
  const { store, told } = pair();
  batch(() => {
    store.set({ volume: 6 });
    void store.destroy();
  });
  expect(told).toEqual([]);
});

test('the state of a Lifecycle takes part', async () => {
  class Player extends Lifecycle<{ at: number; url: string }> {
    constructor() {
      super({ at: 0, url: '' });
    }
  }
  const player = new Player();
  const told: unknown[] = [];
  player.subscribe((state) => told.push(state));
  player.setState({ at: 1 });
  batch(() => {
    player.setState({ at: 2 });
    player.setState({ url: 'x' });
    expect(player.state).toEqual({ at: 2, url: 'x' });
  });
  expect(told).toEqual([
    { at: 1, url: '' },
    { at: 2, url: 'x' },
  ]);
});
