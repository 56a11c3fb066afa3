// A process of its own: keeps a store and a model, says when they are committed, writes on, and waits to be killed.
import { createModel } from '../../src/kernel/model.js';
import { createStore } from '../../src/kernel/store.js';
import { Storage } from '../../src/storage/database.js';
import { PersistedState } from '../../src/storage/persisted-state.js';
import { surroundings } from '../kernel/surroundings.js';

const storage = new Storage({ file: process.argv[2] as string });
const { owner } = surroundings((around) => new PersistedState(storage, around));
const settings = createStore('settings', { theme: 'dark', volume: 5 }, { owner, persist: true });
const player = createModel('player', { at: { film: 0 } }, { owner, persist: true });
settings.set({ volume: 11 });
player.set('at.film', 42);
await settings.flush();
player.set('at.film', 43);
process.stdout.write('committed\n');
process.stdin.resume();
