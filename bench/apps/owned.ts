// What owning costs: each kind of thing through a service, and bare; then how long a service takes to stop that owns many.
import { EventEmitter } from 'node:events';
import { createApplication, Lifecycle, Module, Service } from 'specter-runtime';
import { ready } from './ready.js';

/** Takes one and says how to give it back. Tasks end by themselves once `over` resolves. */
type Acquire = (at: number, over: Promise<void>) => () => unknown;

/** How many there are at once. */
const MANY = 1_000;
const BATCHES = 30;
const ROUNDS = 9;
const STOPS = [1_000, 10_000, 100_000];
const FAR = 3_600_000;

/** Four listen to each. */
const EVENTS = Array.from({ length: MANY }, (_, at) => `event ${at}`);
const eventOf = (at: number) => EVENTS[(at >> 2) % MANY] as string;

@Service()
class Holder extends Lifecycle {}

const OWNED: Record<string, (by: Holder) => Acquire> = {
  timeout: (by) => () => by.timeout(() => {}, FAR),
  interval: (by) => () => by.interval(() => {}, FAR),
  listener: (by) => (at) => by.listen(eventOf(at), () => {}),
  task: (by) => (_, over) => {
    const { done } = by.spawn(() => over);
    return () => done;
  },
  cleanup: (by) => () => by.addCleanup(() => {}),
};

/** A promise alone is less than a task; one that can be aborted is its equal. */
const ABORTABLE = 'task, abortable';
const COMPARED = { ...OWNED, [ABORTABLE]: OWNED.task as (by: Holder) => Acquire };

const emitter = new EventEmitter().setMaxListeners(0);
const cleanups = new Set<() => void>();

const BARE: Record<string, Acquire> = {
  timeout: () => {
    const timer = setTimeout(() => {}, FAR);
    return () => clearTimeout(timer);
  },
  interval: () => {
    const timer = setInterval(() => {}, FAR);
    return () => clearInterval(timer);
  },
  listener: (at) => {
    const listener = () => {};
    emitter.on(eventOf(at), listener);
    return () => emitter.off(eventOf(at), listener);
  },
  task: (_, over) => {
    const done = (async () => over)();
    return () => done;
  },
  [ABORTABLE]: (_, over) => {
    const abort = new AbortController();
    const done = (async (_signal: AbortSignal) => over)(abort.signal);
    return () => !abort.signal.aborted && done;
  },
  cleanup: () => {
    const cleanup = () => {};
    cleanups.add(cleanup);
    return () => cleanups.delete(cleanup) && cleanup();
  },
};

async function start(): Promise<{ holder: Holder; stop: () => Promise<number> }> {
  @Module({ providers: [Holder] })
  class AppModule {}

  const app = await createApplication(AppModule, { logger: false }).start();
  return { holder: app.get(Holder), stop: () => cpuOf(() => app.stop()) };
}

/** Milliseconds of processor time: others may use the machine at the same time. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Holds so many at once, then gives them back, the latest first. @param look - called while they are all there */
async function hold(acquire: Acquire, count: number, look = () => {}): Promise<void> {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const releases = new Array<(() => unknown) | undefined>(count).fill(undefined);
  for (let at = 0; at < count; at++) releases[at] = acquire(at, over);
  look();
  end();
  for (const release of releases.reverse()) {
    const pending = release?.();
    if (pending instanceof Promise) await pending;
  }
}

/** Nanoseconds of processor time for each, from taking it to having given it back. */
async function timeOf(acquire: Acquire): Promise<number> {
  const used = await cpuOf(async () => {
    for (let batch = 0; batch < BATCHES; batch++) await hold(acquire, MANY);
  });
  return (used * 1e6) / (BATCHES * MANY);
}

/** Bytes of each while it is there, with what it takes to give it back. */
async function bytesOf(acquire: Acquire): Promise<number> {
  const count = 10 * MANY;
  await hold(acquire, count);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let bytes = 0;
  await hold(acquire, count, () => {
    globalThis.gc?.();
    bytes = process.memoryUsage().heapUsed - before;
  });
  return bytes / count;
}

/** By kind: the ratio of each round that counts, the median times, the bytes. */
async function costs() {
  const { holder, stop } = await start();
  const figures: Record<string, object> = {};
  for (const [kind, make] of Object.entries(COMPARED)) {
    const [owned, bare] = [make(holder), BARE[kind] as Acquire];
    const times: { owned: number; bare: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push({ owned: await timeOf(owned), bare: await timeOf(bare) });
    const bytes = { owned: await bytesOf(owned), bare: await bytesOf(bare) };
    figures[kind] = { times: times.slice(ROUNDS >> 1), bytes };
  }
  await stop();
  return figures;
}

/** Milliseconds of processor time in which an application stops whose service owns so many of a kind. */
async function stops() {
  const figures: Record<string, Record<number, number>> = {};
  for (const [kind, make] of Object.entries(OWNED)) {
    const durations: Record<number, number> = {};
    for (const count of STOPS) {
      const { holder, stop } = await start();
      const ended = new Promise<void>((resolve) => holder.signal.addEventListener('abort', () => resolve()));
      const acquire = make(holder);
      for (let at = 0; at < count; at++) acquire(at, ended);
      durations[count] = await stop();
    }
    figures[kind] = durations;
  }
  return figures;
}

ready({ costs: await costs(), stops: await stops() });
setInterval(() => {}, 60_000);
