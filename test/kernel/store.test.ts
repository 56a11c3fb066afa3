import { SpecterError } from '../../src/kernel/errors.js';
import { construct, type Home, homeOf } from '../../src/kernel/home.js';
import { createStore } from '../../src/kernel/store.js';
import { surroundings } from './surroundings.js';

interface Settings {
  theme: string;
  volume: number;
  tags: string[];
  device?: { name: string };
}

const initial = (): Settings => ({ theme: 'dark', volume: 5, tags: ['a'] });

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof SpecterError ? error.code : `not ours: ${error}`;
  }
  return undefined;
}

describe('the value', () => {
  // Teeth: keeping `initial` itself instead of a copy makes it fail.
  test('the initial value is copied once, so changing it afterwards changes nothing', () => {
    const mine = initial();
    const store = createStore('settings', mine);
    mine.theme = 'light';
    mine.tags.push('b');
    expect(store.get()).toStrictEqual(initial());
    expect(Object.isFrozen(mine)).toBe(false);
  });

  test('an initial value that is not plain data is refused, and the error says where', () => {
    const make = (value: object) => () => createStore('settings', value);
    expect(make({ player: { onEnd: () => {} } })).toThrow(/store "settings", initial\.player\.onEnd.*function/);
    expect(make({ disk: new (class Disk {})() })).toThrow(/initial\.disk.*got Disk/);
    expect(make([1])).toThrow(/plain object/);
    expect(codeOf(make({ key: Symbol('x') }))).toBe('SPECTER_INVALID_ARGUMENT');
  });

  // Teeth: an instance that is let in stays open to whoever made it, and to drafts that are given up (seen).
  test('what is set later is held to the same, and refused before anything is changed', () => {
    class Film {
      title = 'Alien';
    }
    const store = createStore<Record<string, unknown>>('films', { first: { title: 'Heat' } });
    const before = store.get();
    for (const value of [new Film(), [{ deep: new Film() }], () => {}, Symbol('x'), Promise.resolve(), new URL('http://a')]) {
      const message = /^(update\(\) of )?store "films": expected plain data, .*copy: \{ \.\.\.it \}\), got (Film|function|symbol|Promise|URL)\.$/;
      expect(() => store.set({ value })).toThrow(message);
      expect(() => store.replace({ value })).toThrow(message);
      expect(() => store.update((draft) => Object.assign(draft, { value }))).toThrow(message);
    }
    expect(store.get()).toBe(before);
    store.set({ film: { ...new Film() }, at: new Date(5), ids: new Set([1]), pattern: /x/, why: new TypeError('no'), bytes: Buffer.from('x'), view: new DataView(new ArrayBuffer(1)) });
    expect(store.get('film')).toEqual({ title: 'Alien' });
  }); // biome-ignore format: lists

  test('dates, maps and bytes are values like any other', () => {
    const store = createStore('settings', { at: new Date(5), ids: new Map([[1, 'a']]), bytes: new Uint8Array([7]) });
    expect(store.get('at').getTime()).toBe(5);
    expect(store.get('ids').get(1)).toBe('a');
    expect(store.get('bytes')[0]).toBe(7);
  });

  test('a ring is refused instead of being followed for ever', () => {
    const ring: { next?: unknown } = {};
    ring.next = ring;
    expect(() => createStore('ring', ring)).toThrow(/at most 500 deep/);
    const store = createStore<{ next?: unknown }>('ring', {});
    expect(() => store.set({ next: ring })).toThrow(/at most 500 deep/);
    expect(store.get()).toEqual({});
  });

  // Teeth: without the freeze in `settle` the first write goes through, without the one in `expose` the next.
  test('snapshots and the values that were set are frozen all the way down', () => {
    const store = createStore('settings', initial());
    const device = { name: 'tv' };
    store.set({ device });
    expect(() => Object.assign(device, { name: 'radio' })).toThrow(TypeError);
    const snapshot = store.get();
    expect(() => Object.assign(snapshot, { theme: 'light' })).toThrow(TypeError);
    expect(() => snapshot.tags.push('b')).toThrow(TypeError);
    expect(() => store.get('tags').push('c')).toThrow(TypeError);
    expect(store.get()).toEqual({ ...initial(), device: { name: 'tv' } });
  });

  test('a snapshot never changes, whatever is written after it', () => {
    const store = createStore('settings', initial());
    const before = store.get();
    store.set({ volume: 6 });
    store.update((draft) => draft.tags.push('b'));
    store.delete('device');
    store.replace({ theme: 'x', volume: 0, tags: [] });
    expect(before).toEqual(initial());
    expect(store.get()).toEqual({ theme: 'x', volume: 0, tags: [] });
  });
});

describe('writing', () => {
  test('set merges, replace does not, delete and clear take keys away', () => {
    const store = createStore<Partial<Settings> & { nothing?: string }>('settings', initial());
    store.set({ volume: 6 });
    expect(store.get()).toEqual({ ...initial(), volume: 6 });
    store.replace({ theme: 'light', volume: 1, tags: [], device: { name: 'tv' } });
    expect(store.get('device')).toEqual({ name: 'tv' });
    store.delete('device', 'nothing');
    expect(store.get()).toEqual({ theme: 'light', volume: 1, tags: [] });
    store.clear();
    expect(store.get()).toEqual({});
    store.set({ theme: 'again' });
    expect(store.get()).toEqual({ theme: 'again' });
  });

  // Teeth: applying the draft before the function has returned makes it fail.
  test('an update that throws changes nothing and tells nobody', () => {
    const store = createStore('settings', initial());
    const told = jest.fn();
    store.subscribe(told);
    const fail = () =>
      store.update((draft) => {
        draft.volume = 9;
        draft.tags.push('b');
        throw new Error('changed my mind');
      });
    expect(fail).toThrow('changed my mind');
    expect(store.get()).toEqual(initial());
    expect(told).not.toHaveBeenCalled();
  });

  test('an update is told once, however much it changes', () => {
    const store = createStore('settings', initial());
    const told = jest.fn();
    store.subscribe(told);
    store.update((draft) => {
      draft.volume += 1;
      draft.theme = 'light';
      draft.tags.push('b', 'c');
    });
    expect(told.mock.calls).toEqual([[{ theme: 'light', volume: 6, tags: ['a', 'b', 'c'] }, store]]);
  });

  // Teeth: with plain assignment of `__proto__` the prototype of the snapshot changes.
  test('compareAndSet sets one key while it holds what is expected, and says whether it did', async () => {
    const store = createStore('lock', { holder: undefined as string | undefined, list: [1] });
    expect(store.compareAndSet('holder', undefined, 'a')).toBe(true);
    expect(store.compareAndSet('holder', undefined, 'b')).toBe(false);
    const seen = store.get('list');
    expect(store.compareAndSet('list', [1], [2])).toBe(false);
    expect(store.compareAndSet('list', seen, [2])).toBe(true);
    expect(store.get()).toEqual({ holder: 'a', list: [2] });
    await store.destroy();
    expect(() => store.compareAndSet('holder', 'a', 'b')).toThrow(
      expect.objectContaining({ code: 'SPECTER_DESTROYED' }),
    );
  });

  test('keys that lead into the language are refused, and nothing is written', () => {
    const store = createStore<Record<string, unknown>>('settings', { theme: 'dark' });
    const evil = JSON.parse('{ "theme": "light", "__proto__": { "admin": true } }');
    expect(codeOf(() => store.set(evil))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => store.replace(evil))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => createStore('evil', evil))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => store.update((draft) => Object.assign(draft, { constructor: 1 })))).toBe(
      'SPECTER_INVALID_ARGUMENT',
    );
    expect(store.get()).toEqual({ theme: 'dark' });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(store.get('toString')).toBeUndefined();
  });
});

describe('subscribers', () => {
  // Teeth: without the comparison in `#write` the first expectation fails.
  test('no change, no notification', () => {
    const store = createStore('settings', initial());
    const told = jest.fn();
    store.subscribe(told);
    store.set({ theme: 'dark', volume: 5 });
    store.set({});
    store.delete('device');
    store.update(() => {});
    store.update((draft) => {
      draft.volume = 5;
    });
    store.replace(store.get());
    expect(told).not.toHaveBeenCalled();
    store.set({ volume: 6 });
    expect(told).toHaveBeenCalledTimes(1);
  });

  test('one key, or what a selector takes, is told only when that changed', () => {
    const store = createStore('settings', initial());
    const volumes: number[] = [];
    const lengths: number[] = [];
    store.subscribe((volume) => volumes.push(volume), { key: 'volume', immediate: true });
    store.subscribe((length: number) => lengths.push(length), { selector: (state) => state.tags.length });
    store.set({ theme: 'light' });
    store.set({ volume: 6, tags: ['b'] });
    store.set({ tags: ['b', 'c'] });
    store.replace({ theme: 'x', volume: 6, tags: [] });
    expect(volumes).toEqual([5, 6]);
    expect(lengths).toEqual([2, 0]);
  });

  // Teeth: calling subscribers without a guard makes the second one silent and the set throw.
  test('a subscriber that throws or rejects is reported by name, and the others still hear', async () => {
    const { owner, events, clock } = surroundings();
    const store = createStore('settings', initial(), { owner });
    const told = jest.fn();
    store.subscribe(() => {
      throw new Error('first');
    });
    store.subscribe(() => Promise.reject(new Error('second')));
    store.subscribe(told);
    store.set({ volume: 6 });
    await clock.settle();
    expect(told).toHaveBeenCalledTimes(1);
    const at = { type: 'listener-failed', service: 'Player', event: 'store "settings"' };
    expect(events).toMatchObject([
      { ...at, error: { message: 'first' } },
      { ...at, error: { message: 'second' } },
    ]);
  });

  // Teeth: without `seen` the last subscriber hears 7 twice.
  test('a change made by a subscriber reaches everybody once, and nobody hears an old value last', () => {
    const store = createStore('settings', initial());
    const heard: number[] = [];
    store.subscribe((volume) => volume === 6 && store.set({ volume: 7 }), { key: 'volume' });
    store.subscribe((volume) => heard.push(volume), { key: 'volume' });
    store.set({ volume: 6 });
    expect(heard).toEqual([7]);
  });

  test('a release ends the subscription, also in the middle of a notification, and again does nothing', () => {
    const store = createStore('settings', initial());
    const told = jest.fn();
    store.subscribe(() => release());
    const release = store.subscribe(told);
    store.set({ volume: 6 });
    release();
    store.set({ volume: 7 });
    expect(told).not.toHaveBeenCalled();
  });

  test('a subscription ends with its owner', async () => {
    const { owner } = surroundings();
    const store = createStore('settings', initial());
    const told = jest.fn();
    store.subscribe(told, { owner });
    await owner.close();
    store.set({ volume: 6 });
    expect(told).not.toHaveBeenCalled();
  });
});

describe('belonging', () => {
  test('made while an instance is constructed, it belongs to that instance', async () => {
    const { owner } = surroundings();
    const home = homeOf(owner) as Home;
    const store = construct({ target: class {}, home }, () => createStore('settings', initial()));
    expect(owner.tree()).toMatchObject([{ kind: 'resource', label: 'store "settings"' }]);
    await owner.close();
    expect(codeOf(() => store.set({ volume: 6 }))).toBe('SPECTER_DESTROYED');
    expect(store.get('volume')).toBe(5);
  });

  test('destroy ends subscriptions, leaves the owner, and refuses what would be lost', async () => {
    const { owner } = surroundings();
    const store = createStore('settings', initial(), { owner });
    const told = jest.fn();
    store.subscribe(told);
    await store.destroy();
    await store.destroy();
    expect(owner.size).toBe(0);
    for (const use of [() => store.set({ volume: 1 }), () => store.update(() => {}), () => store.subscribe(told)]) {
      expect(codeOf(use)).toBe('SPECTER_DESTROYED');
    }
    expect(told).not.toHaveBeenCalled();
  });

  test('emitEvents says on the bus that it changed, with the new snapshot', () => {
    const { owner, bus } = surroundings();
    const heard: unknown[] = [];
    bus.on('settings:changed', (snapshot) => heard.push(snapshot));
    const store = createStore('settings', initial(), { owner, emitEvents: true });
    store.set({ volume: 6 });
    store.set({ volume: 6 });
    expect(heard).toEqual([{ ...initial(), volume: 6 }]);
    expect(Object.isFrozen(heard[0])).toBe(true);
  });

  test('what needs an application says so when there is none', () => {
    const outside = (options: object) => () => createStore('settings', initial(), options);
    expect(codeOf(outside({ emitEvents: true }))).toBe('SPECTER_NO_OWNER');
    expect(codeOf(outside({ persist: true }))).toBe('SPECTER_NO_OWNER');
    expect(codeOf(outside({ persist: true, owner: surroundings().owner }))).toBe('SPECTER_NO_OWNER');
    expect(codeOf(() => createStore('', initial()))).toBe('SPECTER_INVALID_ARGUMENT');
  });

  test('flush resolves at once when nothing is persisted', async () => {
    await expect(createStore('settings', initial()).flush()).resolves.toBeUndefined();
  });
});

test('an option that nobody reads is refused, as it would silently be its default', () => {
  expect(() => createStore('s', {}, { persit: true } as never)).toThrow(
    'store "s" has the option persit, which nobody reads. Did you mean persist?',
  );
});

// Teeth: left alone, the rejection of the function that goes on ends the process (tried).
test('what an async update() does after it was refused harms nobody', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const store = createStore('s', { a: 1 });
  const late = async (draft: { a: number }) => {
    await Promise.resolve();
    draft.a = 2;
  };
  expect(() => store.update(late)).toThrow('expected a function that changes the draft before it returns');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect([unhandled, store.get()]).toEqual([[], { a: 1 }]);
});
