// What must and must not compile of typed paths; `npx tsc -p tsconfig.json` is the test.
import { batch } from '../../src/kernel/batch.js';
import { createModel } from '../../src/kernel/model.js';
import type { Path, PathInput, PathValue } from '../../src/kernel/path.js';
import { createSelector } from '../../src/kernel/selector.js';
import { createStore } from '../../src/kernel/store.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

interface Player {
  playback: { url: string; at: number; device?: { name: string } };
  items: { name: string; tags: string[] }[];
  users: Record<string, { age: number }>;
  started: Date;
  last: { code: number } | null;
  'dotted.key': string;
}

same<Path<{ a: { b: { c: number } }; d: Date }>, 'a' | 'a.b' | 'a.b.c' | 'd'>(true);
same<PathValue<Player, 'playback.url'>, string>(true);
same<PathValue<Player, 'playback.device'>, { name: string } | undefined>(true);
same<PathValue<Player, 'playback.device.name'>, string | undefined>(true);
same<PathValue<Player, 'items.0.name'>, string | undefined>(true);
same<PathValue<Player, 'users.ada'>, { age: number } | undefined>(true);
same<PathValue<Player, 'users.ada.age'>, number | undefined>(true);
same<PathValue<Player, 'last.code'>, number | undefined>(true);
same<PathInput<Player, 'users.ada.age'>, number>(true);
same<PathInput<Player, 'items.0'>, { name: string; tags: string[] }>(true);
same<PathInput<Player, 'last'>, { code: number } | null>(true);

interface Odd {
  readonly sizes: readonly number[];
  pair: [number, { name: string }];
  byNumber: Record<number, { on: boolean }>;
  byPattern: Record<`d${number}`, { on: boolean }>;
  source: { kind: 'file'; path: string } | { kind: 'none' };
  grid: { cell: number }[][];
  loose: any;
}
same<PathValue<Odd, 'sizes.0'>, number | undefined>(true);
same<PathValue<Odd, 'pair.0'>, number>(true);
same<PathValue<Odd, 'pair.1.name'>, string>(true);
same<PathValue<Odd, 'byNumber.5.on'>, boolean | undefined>(true);
same<PathValue<Odd, 'byPattern.d5.on'>, boolean | undefined>(true);
same<PathValue<Odd, 'source.kind'>, 'file' | 'none'>(true);
same<PathValue<Odd, 'source.path'>, string | undefined>(true);
same<PathValue<Odd, 'grid.0.1.cell'>, number | undefined>(true);
same<PathInput<Odd, 'grid.0.1.cell'>, number>(true);
same<PathInput<Odd, 'pair.1'>, { name: string }>(true);
same<PathInput<Odd, 'source'>, { kind: 'file'; path: string } | { kind: 'none' }>(true);
const odd = createModel('odd', {} as Odd);
odd.set('byPattern.d7.on', true);
odd.set('loose.anything.at.all', 1);
// @ts-expect-error a pair has no third
odd.get('pair.2');
// @ts-expect-error the first of the pair is a number
odd.set('pair.0', 'one');
// @ts-expect-error no key of that pattern
odd.set('byPattern.x7.on', true);
// @ts-expect-error what only one of several shapes has may be missing
const path: string = odd.get('source.path');

declare const initial: Player;
const model = createModel('player', initial);

model.set('playback.url', 'file:///a.mp4');
model.set('playback.device.name', 'tv');
model.set('items.0.tags.1', 'x');
model.set('users.ada.age', 36);
model.delete('playback.device');
const url: string = model.get('playback.url');
model.subscribe((at: number) => at, { path: 'playback.at' });
model.subscribe((size: number) => size, { selector: (state) => state.items.length });
model.subscribe((state) => state.playback.url);
model.update((draft) => {
  draft.items.push({ name: url, tags: [] });
});

// @ts-expect-error a typing error in the path
model.set('playback.ur1', '');
// @ts-expect-error the wrong type at that place
model.set('playback.at', '0');
// @ts-expect-error nothing is below a date
model.get('started.getTime');
// @ts-expect-error keys with dots have no path
model.get('dotted.key');
// @ts-expect-error an item is found by its number
model.get('items.first');
// @ts-expect-error what may be missing is not simply a string
const name: string = model.get('items.0.name');
// @ts-expect-error nobody of that name has a height
model.set('users.ada.height', 180);
// @ts-expect-error the subscriber gets a number
model.subscribe((at: string) => at, { path: 'playback.at' });
// @ts-expect-error snapshots are read-only
model.get().items = [];

const done: boolean = model.compareAndSet('playback.at', 0, 1);
model.compareAndSet('users.ada.age', undefined, 1);
// @ts-expect-error the wrong type is expected
model.compareAndSet('playback.at', '0', 1);
// @ts-expect-error the wrong type is set
model.compareAndSet('playback.at', 0, '1');

const urlLength = createSelector(
  (state: Player) => state.playback.url,
  (state: Player) => state.items,
  (text, items) => text.length + items.length,
);
same<typeof urlLength, (state: Player) => number>(true);
model.subscribe((length: number) => length, { selector: urlLength });
const ofNothing = createSelector(
  () => model.get('playback.url'),
  (text) => text.length > 0,
);
same<ReturnType<typeof ofNothing>, boolean>(true);
ofNothing();
// @ts-expect-error it needs a state
urlLength();
createSelector(
  (state: Player) => state.playback.url,
  // @ts-expect-error combine gets a string
  (text: number) => text,
);
// @ts-expect-error the subscriber gets a number
model.subscribe((length: string) => length, { selector: urlLength });
same<ReturnType<typeof batch<number>>, number>(true);

const store = createStore('settings', { theme: 'dark', device: undefined as string | undefined });
store.set({ theme: 'light' });
store.delete('device');
store.subscribe((theme: string) => theme, { key: 'theme' });
store.compareAndSet('device', undefined, 'tv');
// @ts-expect-error the wrong type is set
store.compareAndSet('theme', 'dark', 5);
// @ts-expect-error a key that must be there cannot be deleted
store.delete('theme');
// @ts-expect-error no such key
store.set({ colour: 'red' });
// @ts-expect-error no such key
store.get('colour');

/** A type that refers to itself, and one of 400 places, stay cheap because only five levels are spelled out. */
interface Folder {
  name: string;
  folders: Folder[];
  byName: Record<string, Folder>;
}
const tree = createModel('tree', {} as Folder);
tree.set('folders.0.folders.1.name', 'x');
tree.set('folders.0.folders.1.folders.2.folders.3.name', 'x');
tree.set('byName.a.byName.b.folders.0.name', 'x');
// @ts-expect-error what lies deep is not completed, but checked all the same
tree.set('folders.0.folders.1.folders.2.folders.3.name', 7);

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Wide = { [K in `d${Digit}${Digit}`]: { on: boolean; level: number; label: string } };
const wide = createModel('wide', {} as Wide);
wide.set('d42.level', 3);
// @ts-expect-error there is no such device
wide.set('d420.level', 3);

export { done, name, path };
