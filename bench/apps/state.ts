// What state costs: one leaf of 1,000 users is set, beside other libraries; then hits of a cache, and many who ask for one missing key.
import { produce } from 'immer';
import { LRUCache } from 'lru-cache';
import { listenKeys, map } from 'nanostores';
import { createKeyedCache, createModel } from 'specter-runtime';
import { subscribeWithSelector } from 'zustand/middleware';
import { createStore } from 'zustand/vanilla';
import { ready } from './ready.js';

type Users = Record<string, { age: number; name: string }>;
type Shape = { total: number; users: Users };

/** One library: sets the age of a user, gives a snapshot of all, and tells one subscriber for each user of a list. */
interface Design {
  set(at: number, age: number): void;
  get(): unknown;
}
type Make = (subscribers: number, told: () => void) => Design;

const USERS = 1_000;
const NAMES = Array.from({ length: USERS }, (_, at) => `u${at}`);
const PATHS = NAMES.map((name) => `users.${name}.age` as const);
const nameOf = (at: number) => NAMES[at % USERS] as string;
const pathOf = (at: number) => PATHS[at % USERS] as `users.${string}.age`;

const initial = (): Shape => ({
  total: 0,
  users: Object.fromEntries(NAMES.map((name, age) => [name, { age, name }])),
});

const MAKES: Record<string, Make> = {
  specter: (subscribers, told) => {
    const model = createModel<Shape>('bench', initial());
    for (let at = 0; at < subscribers; at++) model.subscribe(told, { path: pathOf(at) });
    return { set: (at, age) => model.set(pathOf(at), age), get: () => model.get() };
  },
  zustand: (subscribers, told) => {
    const store = createStore<Shape>()(subscribeWithSelector(initial));
    for (let at = 0; at < subscribers; at++) store.subscribe(({ users }) => users[nameOf(at)]?.age, told);
    const spread = ({ users }: Shape, name: string, age: number) => ({
      users: { ...users, [name]: { ...(users[name] as Users[string]), age } },
    });
    return { set: (at, age) => store.setState((state) => spread(state, nameOf(at), age)), get: () => store.getState() };
  },
  immer: (subscribers, told) => {
    const store = createStore<Shape>()(subscribeWithSelector(initial));
    for (let at = 0; at < subscribers; at++) store.subscribe(({ users }) => users[nameOf(at)]?.age, told);
    const write = (state: Shape, name: string, age: number) =>
      produce(state, (draft) => {
        (draft.users[name] as Users[string]).age = age;
      });
    return { set: (at, age) => store.setState((state) => write(state, nameOf(at), age)), get: () => store.getState() };
  },
  nanostores: (subscribers, told) => {
    const store = map<Users>(initial().users);
    store.listen(() => {});
    for (let at = 0; at < subscribers; at++) listenKeys(store, [nameOf(at)], told);
    const write = (name: string, age: number) => store.setKey(name, { ...(store.get()[name] as Users[string]), age });
    return { set: (at, age) => write(nameOf(at), age), get: () => store.get() };
  },
};

/** How often each is set in one turn. */
const TURNS = { fast: 20_000, slow: 100 };

/** Nanoseconds of processor time of one call. */
function timeOf(calls: number, call: (at: number) => void): number {
  const before = process.cpuUsage();
  for (let at = 0; at < calls; at++) call(at);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / calls;
}

let ages = USERS;
/** What somebody holds who has read all of it. */
let held: unknown;

/** One set, with nobody who holds a snapshot, or with somebody who reads all of it before each. */
function setting(name: string, subscribers: number, holds: boolean): () => number {
  let calls = 0;
  const design = (MAKES[name] as Make)(subscribers, () => calls++);
  const turns = name === 'specter' && !holds ? TURNS.fast : TURNS.slow;
  const set = (at: number) => {
    if (holds) held = design.get();
    design.set(at, ++ages);
  };
  for (let at = 0; at < USERS; at++) set(at);
  if (calls !== subscribers) throw new Error(`${name} told ${calls} of ${subscribers}`);
  return () => timeOf(turns, set);
}

const KEYS = NAMES.map((name) => `key ${name}`);
const HITS = 400_000;
const FAR = 3_600_000;

/** Reads every key in a mixed order. */
function hitting(get: (key: string) => unknown): () => number {
  if (!KEYS.every((key) => get(key) === 1)) throw new Error('a key is missing');
  return () => timeOf(HITS, (at) => get(KEYS[(at * 7) % USERS] as string));
}

function caches(): Record<string, () => number> {
  const filled = <C extends { set(key: string, value: number): unknown }>(cache: C): C => {
    for (const key of KEYS) cache.set(key, 1);
    return cache;
  };
  const plain = filled(createKeyedCache<string, number>('plain', { max: USERS }));
  const timed = filled(createKeyedCache<string, number>('timed', { max: USERS, ttl: FAR }));
  const lru = filled(new LRUCache<string, number>({ max: USERS }));
  const lruTimed = filled(new LRUCache<string, number>({ max: USERS, ttl: FAR }));
  const lruExact = filled(new LRUCache<string, number>({ max: USERS, ttl: FAR, ttlResolution: 0 }));
  return {
    specter: hitting((key) => plain.get(key)),
    'lru-cache': hitting((key) => lru.get(key)),
    'specter, ttl': hitting((key) => timed.get(key)),
    'lru-cache, ttl': hitting((key) => lruTimed.get(key)),
    'lru-cache, ttl exact': hitting((key) => lruExact.get(key)),
  };
}

const WAITERS = 1_000;
const FLIGHTS = 20;

/** Nanoseconds of processor time of one who asks for a missing key that 999 others ask for, too. */
async function flight(ask: (key: string, make: () => Promise<number>) => Promise<unknown>): Promise<number> {
  let made = 0;
  const make = async () => ++made;
  const before = process.cpuUsage();
  for (let key = 0; key < FLIGHTS; key++)
    await Promise.all(Array.from({ length: WAITERS }, () => ask(`missing ${ages}-${key}`, make)));
  const { user, system } = process.cpuUsage(before);
  if (made !== FLIGHTS) throw new Error(`${made} computations of ${FLIGHTS}`);
  ages += 1;
  return ((user + system) * 1_000) / (FLIGHTS * WAITERS);
}

function flights(): Record<string, () => Promise<number>> {
  const cache = createKeyedCache<string, number>('flights', { max: USERS });
  const makers = new Map<string, () => Promise<number>>();
  const lru = new LRUCache<string, number>({ max: USERS, fetchMethod: (key) => makers.get(key)?.() });
  const promises = new Map<string, Promise<number>>();
  return {
    specter: () => flight((key, make) => cache.getOrCompute(key, make)),
    'lru-cache': () =>
      flight((key, make) => {
        makers.set(key, make);
        return lru.fetch(key);
      }),
    'a map of promises': () =>
      flight((key, make) => {
        const pending = promises.get(key) ?? make();
        promises.set(key, pending);
        return pending;
      }),
  };
}

/** Everybody once in each round, in turn; the first rounds only warm up. */
async function rounds(parts: Record<string, () => number | Promise<number>>, count: number) {
  const times: Record<string, number>[] = [];
  const names = Object.keys(parts);
  for (let round = 0; round < count; round++) {
    const figures: Record<string, number> = {};
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length] as string;
      figures[name] = (await parts[name]?.()) as number;
    }
    times.push(figures);
  }
  return times.slice(count >> 1);
}

async function settings(holds: boolean) {
  const figures: Record<string, Record<string, number>[]> = {};
  for (const subscribers of [0, 10, 1_000]) {
    const parts = Object.fromEntries(Object.keys(MAKES).map((name) => [name, setting(name, subscribers, holds)]));
    figures[subscribers] = await rounds(parts, 8);
  }
  return figures;
}

const PARTS: Record<string, () => Promise<object>> = {
  free: () => settings(false),
  held: () => settings(true),
  caches: async () => ({ hits: await rounds(caches(), 12), flights: await rounds(flights(), 12) }),
};

const figures = await PARTS[process.argv[2] as string]?.();
if (held && Object.keys(held).length === 0) throw new Error('nothing was held');
ready({ figures });
setInterval(() => {}, 60_000);
