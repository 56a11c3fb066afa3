import { SpecterError } from '../../src/kernel/errors.js';
import { createModel } from '../../src/kernel/model.js';
import { surroundings } from './surroundings.js';

interface Player {
  playback: { url: string; at: number; device?: { name: string } | null };
  items: { id: number; name: string; done?: boolean }[];
  users: Record<string, { age: number }>;
}

const initial = (): Player => ({
  playback: { url: '', at: 0 },
  items: [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
    { id: 3, name: 'c' },
  ],
  users: { ada: { age: 36 }, bob: { age: 40 } },
});
const make = () => createModel('player', initial());

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof SpecterError ? error.code : `not ours: ${error}`;
  }
  return undefined;
}

describe('reading and writing by path', () => {
  test('get, set, patch, select and delete reach what the path says', () => {
    const model = make();
    model.set('playback.url', 'x');
    model.set('items.1.name', 'B');
    model.set('items.3', { id: 4, name: 'd' });
    model.set('users.eve.age', 20);
    model.set('playback.device.name', 'tv');
    expect(model.get('items.1')).toEqual({ id: 2, name: 'B' });
    expect(model.get('users.eve')).toEqual({ age: 20 });
    expect(model.get('playback')).toEqual({ url: 'x', at: 0, device: { name: 'tv' } });
    expect(model.get('users.nobody.age')).toBeUndefined();
    expect(model.select((state) => state.items.length)).toBe(4);
    model.delete('users.eve');
    model.delete('users.nobody');
    expect(Object.keys(model.get('users'))).toEqual(['ada', 'bob']);
    model.patch({ playback: { url: 'y', at: 1 } });
    expect(model.get('playback')).toEqual({ url: 'y', at: 1 });
  });

  // Teeth: `delete list[0]` instead of a splice leaves a hole.
  test('deleting an item of an array closes the gap', () => {
    const model = make();
    model.delete('items.0');
    expect(model.get('items').map(({ id }) => id)).toEqual([2, 3]);
    model.delete('items.7');
    expect(model.get('items')).toHaveLength(2);
  });

  test('a way through a plain value, or past the end of an array, is refused and changes nothing', () => {
    const model = make();
    expect(codeOf(() => model.set('playback.url.length' as never, 3 as never))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => model.set('items.9', { id: 9, name: 'x' }))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => model.set('items.length' as never, 0 as never))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => model.set('items.01' as never, 0 as never))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(model.get()).toEqual(initial());
  });

  // Teeth: without `checkKey` the second set puts `admin` on every object.
  test.each(['__proto__.admin', 'constructor.prototype.admin', 'users.__proto__.admin', 'users.ada.prototype'])(
    'the path %s is refused',
    (path) => {
      const model = make();
      for (const use of [
        () => model.set(path as never, true as never),
        () => model.get(path as never),
        () => model.delete(path as never),
        () => model.subscribe(() => {}, { path: path as never }),
      ]) {
        expect(codeOf(use)).toBe('SPECTER_INVALID_ARGUMENT');
      }
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    },
  );

  test('nothing inherited is ever read', () => {
    const model = make();
    expect(model.get('users.toString' as 'users.ada')).toBeUndefined();
    expect(model.get('users.hasOwnProperty.length' as never)).toBeUndefined();
  });
});

describe('compareAndSet', () => {
  test('writes a plain value only while the expected one is there', () => {
    const model = make();
    const told = jest.fn();
    model.subscribe(told, { path: 'playback.at' });
    expect(model.compareAndSet('playback.at', 1, 5)).toBe(false);
    expect([model.get('playback.at'), told.mock.calls]).toEqual([0, []]);
    expect(model.compareAndSet('playback.at', 0, 5)).toBe(true);
    expect([model.get('playback.at'), told.mock.calls]).toEqual([5, [[5, model]]]);
    expect(model.compareAndSet('users.zoe', undefined, { age: 1 })).toBe(true);
    expect(model.compareAndSet('users.zoe', undefined, { age: 2 })).toBe(false);
  });

  // Teeth (tried): a comparison of what is inside says yes to a user that was changed and changed back.
  test('of an object expects the one that get gave, so that a change and a change back are seen', () => {
    const model = make();
    const ada = model.get('users.ada');
    expect(model.compareAndSet('users.ada', { age: 36 }, { age: 1 })).toBe(false);
    model.set('users.ada.age', 37);
    model.set('users.ada.age', 36);
    expect(model.compareAndSet('users.ada', ada, { age: 1 })).toBe(false);
    expect(model.compareAndSet('users.ada', model.get('users.ada'), { age: 1 })).toBe(true);
    const put = { age: 2 };
    model.set('users.ada', put);
    expect(model.compareAndSet('users.ada', put, { age: 3 })).toBe(true);
  });

  test('leaves a value alone that it does not take, and refuses what set refuses', () => {
    const model = make();
    const mine = { age: 1 };
    expect(model.compareAndSet('users.ada', undefined, mine)).toBe(false);
    mine.age = 2;
    expect(codeOf(() => model.compareAndSet('__proto__.x' as 'playback.at', 0, 1))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => model.compareAndSet('items.9', undefined, { id: 9, name: '' }))).toBe(
      'SPECTER_INVALID_ARGUMENT',
    );
  });
});

describe('snapshots', () => {
  // Teeth: a deep copy for each get makes every toBe fail.
  test('share everything that has not changed between them', () => {
    const model = make();
    const before = model.get();
    model.set('users.ada.age', 37);
    const after = model.get();
    expect(after).not.toBe(before);
    expect(after.users).not.toBe(before.users);
    expect(after.users.ada).not.toBe(before.users.ada);
    expect(after.users.bob).toBe(before.users.bob);
    expect(after.items).toBe(before.items);
    expect(after.playback).toBe(before.playback);
    expect(model.get()).toBe(after);
    expect(model.get('users')).toBe(after.users);
  });

  // Teeth: writing in place without asking whether the level was seen makes `before` change.
  test('never change, whichever part was taken and whatever is written', () => {
    const model = make();
    const [whole, users, ada, items] = [model.get(), model.get('users'), model.get('users.ada'), model.get('items')];
    model.set('users.ada.age', 1);
    model.set('users.ada.age', 2);
    model.set('users.zoe', { age: 3 });
    model.delete('items.0');
    model.update((draft) => draft.items.reverse());
    model.patch({ users: {} });
    expect(whole).toEqual(initial());
    expect([users, ada, items]).toEqual([initial().users, { age: 36 }, initial().items]);
  });

  // Teeth: without the freeze in `settle` the write below changes the caller's object.
  test('are apart from what was handed in', () => {
    const model = make();
    const zoe = { age: 1 };
    model.set('users.zoe', zoe);
    model.set('users.zoe.age', 2);
    expect([zoe.age, model.get('users.zoe.age')]).toEqual([1, 2]);
  });

  // Teeth: without the freeze in `expose` the subscriber changes the state.
  test('are frozen all the way down, also those that subscribers get', () => {
    const { owner, events } = surroundings();
    const model = createModel('player', initial(), { owner });
    model.set('users.zoe.age', 3);
    expect(() => Object.assign(model.get('users.zoe') as object, { age: 4 })).toThrow(TypeError);
    expect(() => Object.assign(model.get().playback, { at: 4 })).toThrow(TypeError);
    expect(() => model.get('items').pop()).toThrow(TypeError);
    model.subscribe((user) => Object.assign(user as object, { age: 9 }), { path: 'users.zoe' });
    model.set('users.zoe.age', 5);
    expect(model.get('users.zoe.age')).toBe(5);
    expect(events).toMatchObject([{ type: 'listener-failed', event: 'model "player"' }]);
  });

  // Teeth (tried): a `takeOut` that keeps the keys of an array leaves the item that moved up open, and `held` changes.
  test('are frozen also where an item was written and then moved up', () => {
    const model = make();
    model.get();
    model.set('items.1.name', 'B');
    model.delete('items.0');
    const held = model.get('items');
    model.set('items.0.name', 'again');
    expect(held[0]).toEqual({ id: 2, name: 'B' });
    expect(held.every(Object.isFrozen)).toBe(true);
  });

  /** How many times a wide level was copied: each copy reads each of its keys through this. */
  const watched = () => {
    let reads = 0;
    const users: Record<string, { age: number }> = {};
    for (let i = 0; i < 1_000; i++) users[`u${i}`] = { age: i };
    const model = createModel('wide', { users });
    const copies = (work: () => void) => {
      const spy = jest.spyOn(Object, 'keys').mockImplementation(function keys(value) {
        const found = Reflect.ownKeys(value as object).filter((key) => typeof key === 'string') as string[];
        if (found.length === 1_000) reads += 1;
        return found;
      });
      reads = 0;
      work();
      spy.mockRestore();
      return reads;
    };
    return { model, copies };
  };

  // Teeth: copying at each write counts 100 here.
  test('a write copies a wide level only when somebody has seen it since', () => {
    const { model, copies } = watched();
    const write = (age: number) => model.set('users.u7.age', age);
    const writeMany = () => {
      for (let age = 0; age < 100; age++) write(-age - 1);
    };
    expect(copies(writeMany)).toBe(0);
    expect(copies(() => void model.get('users.u7.age'))).toBe(0);
    expect(copies(() => write(1))).toBe(0);
    const held = model.get('users');
    expect(copies(writeMany)).toBe(1);
    expect(held.u7?.age).toBe(1);
  });

  // Teeth (tried): an `expose` that walks all keys of a copied level counts 1 here.
  test('a read of a wide level that was copied looks only at what was written since', () => {
    const { model, copies } = watched();
    const held = model.get('users');
    model.set('users.u7.age', -1);
    model.set('users.u8', { age: -2 });
    expect(copies(() => void model.get())).toBe(0);
    expect(Object.values(model.get('users')).every(Object.isFrozen)).toBe(true);
    expect([held.u7?.age, model.get('users.u7.age')]).toEqual([7, -1]);
  });

  test('wide levels are copied whole, as plain objects', () => {
    const { model } = watched();
    const before = model.get('users');
    model.set('users.u7.age', -1);
    const after = model.get('users');
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(after.u8).toBe(before.u8);
    expect([before.u7?.age, after.u7?.age]).toEqual([7, -1]);
  });
});

describe('update', () => {
  test('changes a draft as if it were the data, and shares what it leaves alone', () => {
    const model = make();
    const before = model.get();
    model.update((draft) => {
      draft.playback.at += 5;
      draft.items.push({ id: 4, name: 'd' });
      draft.items.splice(0, 1);
      delete draft.users.bob;
      draft.users.cy = { age: 1 };
      draft.users.cy.age += 1;
    });
    expect(model.get()).toEqual({
      playback: { url: '', at: 5 },
      items: [
        { id: 2, name: 'b' },
        { id: 3, name: 'c' },
        { id: 4, name: 'd' },
      ],
      users: { ada: { age: 36 }, cy: { age: 2 } },
    });
    expect(model.get('users.ada')).toBe(before.users.ada);
    expect(model.get('items.0')).toBe(before.items[1]);
    expect(before).toEqual(initial());
  });

  // Teeth: drafts bound to a place instead of to the thing mark the wrong item done.
  test('an item keeps its changes when the list around it is moved, sorted or filtered', () => {
    const model = make();
    model.update((draft) => {
      const c = draft.items.find(({ id }) => id === 3);
      draft.items.shift();
      draft.items.sort((a, b) => b.id - a.id);
      draft.items = draft.items.filter(({ id }) => id > 0);
      if (c) c.done = true;
    });
    expect(model.get('items')).toEqual([
      { id: 3, name: 'c', done: true },
      { id: 2, name: 'b' },
    ]);
  });

  // Teeth: without freezing what was assigned, the second set changes both places.
  test('one thing put in two places is two things afterwards', () => {
    const model = make();
    model.update((draft) => {
      draft.users.copy = draft.users.ada as { age: number };
    });
    model.set('users.copy.age', 1);
    expect(model.get('users.ada.age')).toBe(36);
    model.set('users.ada.age', 2);
    expect(model.get('users.copy.age')).toBe(1);
  });

  test('drafts answer like plain data', () => {
    const model = make();
    model.update((draft) => {
      expect(Array.isArray(draft.items)).toBe(true);
      expect(draft.items.map(({ id }) => id)).toEqual([1, 2, 3]);
      expect([...draft.items].length).toBe(3);
      expect(Object.keys(draft.users)).toEqual(['ada', 'bob']);
      expect({ ...draft.playback }).toEqual({ url: '', at: 0 });
      expect('ada' in draft.users && !('zoe' in draft.users)).toBe(true);
      expect(JSON.stringify(draft)).toBe(JSON.stringify(initial()));
      expect(draft.items.indexOf(draft.items[1] as Player['items'][0])).toBe(1);
    });
    expect(model.get()).toEqual(initial());
  });

  test('a draft that is kept, awaited or put into a ring is refused', () => {
    const model = make();
    let kept: Player | undefined;
    model.update((draft) => {
      kept = draft;
    });
    expect(() => (kept as Player).items).toThrow(/used inside its function only/);
    expect(() => model.update(async (draft) => draft.items.pop())).toThrow(/before it returns/);
    const ring = (draft: Player) => Object.assign(draft.users, { ring: draft });
    expect(codeOf(() => model.update(ring))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(codeOf(() => model.update((draft) => Object.assign(draft.users, { __proto__: 1, constructor: {} })))).toBe(
      'SPECTER_INVALID_ARGUMENT',
    );
    expect(codeOf(() => model.update(() => model.set('playback.at', 9)))).toBe('SPECTER_INVALID_ARGUMENT');
    expect(model.get('items')).toEqual(initial().items);
  });

  test('no way leads from a draft into the language', () => {
    make().update((draft) => {
      expect(Reflect.get(draft, '__proto__')).toBeUndefined();
      expect(Reflect.get(draft.users, 'constructor')).toBeUndefined();
    });
  });
});

describe('subscribers', () => {
  // Teeth: telling everybody below or beside a written path makes the counts wrong.
  test('by path are told when, and only when, what is there has changed', () => {
    const model = make();
    const told: Record<string, number> = {};
    const watch = (path: string) => {
      told[path] = 0;
      const count = () => {
        told[path] = (told[path] ?? 0) + 1;
      };
      model.subscribe(count, { path: path as 'playback' });
    };
    const paths = [
      'playback',
      'playback.url',
      'playback.device.name',
      'users',
      'users.ada.age',
      'items',
      'items.1.name',
    ];
    for (const path of paths) watch(path);
    const toldBy = (change: () => void) => {
      for (const path of Object.keys(told)) told[path] = 0;
      change();
      return Object.keys(told).filter((path) => told[path] === 1);
    };
    expect(toldBy(() => model.set('playback.url', 'x'))).toEqual(['playback', 'playback.url']);
    expect(toldBy(() => model.set('playback.url', 'x'))).toEqual([]);
    expect(toldBy(() => model.set('playback', { url: 'x', at: 9 }))).toEqual(['playback']);
    expect(toldBy(() => model.set('playback.device', { name: 'tv' }))).toEqual(['playback', 'playback.device.name']);
    expect(toldBy(() => model.set('playback.device', null))).toEqual(['playback', 'playback.device.name']);
    expect(toldBy(() => model.set('users.zoe', { age: 1 }))).toEqual(['users']);
    expect(toldBy(() => model.delete('users.ada'))).toEqual(['users', 'users.ada.age']);
    expect(toldBy(() => model.delete('items.0'))).toEqual(['items', 'items.1.name']);
    expect(toldBy(() => model.update((draft) => draft.items.push({ id: 5, name: 'e' })))).toEqual(['items']);
    expect(toldBy(() => model.patch({ items: [], users: {} }))).toEqual(['users', 'items', 'items.1.name']);
    expect(toldBy(() => model.replace({ ...model.get(), playback: { url: 'y', at: 9 } }))).toEqual([
      'playback',
      'playback.url',
    ]);
  });

  test('by selector are told when what they select is another value', () => {
    const model = make();
    const counts: number[] = [];
    const adas: unknown[] = [];
    model.subscribe((count: number) => counts.push(count), {
      selector: (state) => state.items.length,
      immediate: true,
    });
    model.subscribe((ada: unknown) => adas.push(ada), { selector: (state) => state.users.ada });
    model.set('playback.at', 5);
    model.set('items.0.name', 'A');
    model.set('items.3', { id: 4, name: 'd' });
    model.set('users.bob.age', 41);
    model.set('users.ada.age', 37);
    expect(counts).toEqual([3, 4]);
    expect(adas).toEqual([{ age: 37 }]);
  });

  test('are given the model, and the present value at once when they ask for it', () => {
    const model = make();
    const told = jest.fn();
    model.subscribe(told, { path: 'playback.at', immediate: true });
    expect(told.mock.calls).toEqual([[0, model]]);
  });

  // Teeth: looking at each subscriber takes more than 20 times as long with 1,000 of them.
  test('on other paths cost a write nothing', () => {
    const users = Object.fromEntries([...Array(1_000).keys()].map((i) => [`u${i}`, { age: 0 }]));
    const model = createModel('wide', { users, other: { x: 0 } });
    const told = jest.fn();
    for (const name of Object.keys(users)) model.subscribe(told, { path: `users.${name}.age` });
    const seen = jest.spyOn(Object, 'is');
    model.set('other.x', 1);
    const compared = seen.mock.calls.length;
    seen.mockRestore();
    expect(compared).toBeLessThan(20);
    expect(told).not.toHaveBeenCalled();
    model.set('users.u7.age', 1);
    expect(told.mock.calls).toEqual([[1, model]]);
  });

  test('end with their owner and leave nothing behind', async () => {
    const { owner } = surroundings();
    const model = make();
    const told = jest.fn();
    model.subscribe(told, { path: 'users.ada.age', owner });
    model.subscribe(told, { selector: (state) => state.users.ada, owner });
    await owner.close();
    model.set('users.ada.age', 1);
    expect(told).not.toHaveBeenCalled();
  });
});

test('emitEvents says on the bus that it changed', () => {
  const { owner, bus } = surroundings();
  const heard: unknown[] = [];
  bus.on('player:changed', (snapshot) => heard.push(snapshot));
  const model = createModel('player', initial(), { owner, emitEvents: true });
  model.subscribe((at) => at === 1 && model.set('playback.at', 2), { path: 'playback.at' });
  model.set('playback.at', 1);
  expect(heard).toEqual([{ ...initial(), playback: { url: '', at: 2 } }]);
});
