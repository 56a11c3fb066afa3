import { Bus } from '../../src/kernel/bus.js';
import { TooSlowError } from '../../src/kernel/too-slow.js';
import { surroundings } from './surroundings.js';

/** What a stream gives until it ends, and how it ended. */
async function readAll(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  try {
    for await (const value of stream) read.push(value);
  } catch (error) {
    read.push(error);
  }
  return read;
}

test('gives the events from now on, in order, also to a reader that comes later', async () => {
  const bus = new Bus();
  bus.emit('e', 'too early');
  const stream = bus.stream('e');
  for (const data of [1, undefined, 3]) bus.emit('e', data);
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  expect(await stream.next()).toEqual({ done: false, value: undefined });
  expect(await stream.next()).toEqual({ done: false, value: 3 });
  const waiting = stream.next();
  bus.emit('e', 4);
  expect(await waiting).toEqual({ done: false, value: 4 });
});

test('of several events says which, in the order of all', async () => {
  const bus = new Bus();
  const stream = bus.stream(['a', 'b', 'a']);
  bus.emit('a', 1);
  bus.emit('b', 2);
  bus.emit('a', 3);
  const read = [await stream.next(), await stream.next(), await stream.next()].map(({ value }) => value);
  expect(read).toEqual([
    { event: 'a', data: 1 },
    { event: 'b', data: 2 },
    { event: 'a', data: 3 },
  ]);
  expect(bus.listenerCount()).toBe(2);
});

test('a reader that leaves its loop gives the listeners back', async () => {
  const bus = new Bus();
  const stream = bus.stream(['a', 'b']);
  expect(bus.listenerCount()).toBe(2);
  bus.emit('a');
  bus.emit('a');
  for await (const _ of stream) break;
  expect(bus.listenerCount()).toBe(0);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

// Teeth (tried): without the bound the reader reads all of them; with a bound that drops the oldest it never learns.
test('a reader that lets more than limit wait is told so, once, and nothing is kept for it', async () => {
  const bus = new Bus();
  const [slow, quick] = [bus.stream('e', { limit: 3 }), bus.stream('e', { limit: 4 })];
  for (let n = 0; n < 4; n++) bus.emit('e', n);
  expect(bus.listenerCount('e')).toBe(1);
  await expect(slow.next()).rejects.toMatchObject({
    code: 'SPECTER_TOO_SLOW',
    message: expect.stringContaining('bus.stream("e") left more than 3 values waiting'),
  });
  expect(await slow.next()).toEqual({ done: true, value: undefined });
  expect(await quick.next()).toEqual({ done: false, value: 0 });
});

test('without a limit 1,000 may wait', async () => {
  const bus = new Bus();
  const stream = bus.stream('e');
  for (let n = 0; n < 1_000; n++) bus.emit('e', n);
  expect(bus.listenerCount('e')).toBe(1);
  bus.emit('e');
  expect(bus.listenerCount('e')).toBe(0);
  expect(await readAll(stream)).toEqual([expect.any(TooSlowError)]);
});

test('ends with its signal, with a reader that waits, and what still waits is let go', async () => {
  const bus = new Bus();
  const abort = new AbortController();
  const waiting = readAll(bus.stream('e', { signal: abort.signal }));
  const full = bus.stream('e', { signal: abort.signal });
  bus.emit('e', 1);
  await Promise.resolve();
  abort.abort();
  expect(await waiting).toEqual([1]);
  expect(await readAll(full)).toEqual([]);
  expect(bus.listenerCount()).toBe(0);
  expect(await readAll(bus.stream('e', { signal: abort.signal }))).toEqual([]);
  expect(bus.listenerCount()).toBe(0);
});

// Teeth (tried): a stream that ends with a cleanup of its owner only keeps the task, which the owner waits for, until its deadline.
test('ends with its owner, before the owner waits for the task that reads it', async () => {
  const { owner, bus, events } = surroundings();
  const read: unknown[] = [];
  owner.spawn(async () => {
    for await (const value of bus.stream('e', { owner })) read.push(value);
    read.push('end');
  });
  await Promise.resolve();
  bus.emit('e', 1);
  expect(bus.listeners()).toMatchObject([{ event: 'e', owner: 'Player' }]);
  await Promise.resolve();
  await owner.close();
  expect(read).toEqual([1, 'end']);
  expect(events).toEqual([]);
  expect(bus.listenerCount()).toBe(0);
  expect(() => bus.stream('e', { owner })).toThrow(expect.objectContaining({ code: 'SPECTER_SCOPE_CLOSED' }));
  expect(bus.listenerCount()).toBe(0);
});

test('a stream that has ended leaves the ledger of its owner', async () => {
  const { owner, bus } = surroundings();
  const size = owner.size;
  await bus.stream(['a', 'b'], { owner }).return?.();
  expect(owner.size).toBe(size);
});

test('any object with addCleanup is an owner', async () => {
  const bus = new Bus();
  const cleanups = new Set<() => unknown>();
  const addCleanup = (fn: () => unknown) => {
    cleanups.add(fn);
    return () => void (cleanups.delete(fn) && fn());
  };
  const stream = bus.stream('e', { owner: { addCleanup } });
  for (const cleanup of cleanups) cleanup();
  expect(await readAll(stream)).toEqual([]);
  expect(bus.listenerCount()).toBe(0);
  const other = bus.stream('e', { owner: { addCleanup } });
  cleanups.clear();
  await other.return?.();
  expect(cleanups.size).toBe(0);
});

test('ends when the event is cleared, so that a stopping application is not held up', async () => {
  const bus = new Bus();
  const waiting = readAll(bus.stream(['a', 'b']));
  bus.clear('a');
  expect(await waiting).toEqual([]);
  expect(bus.listenerCount()).toBe(0);
});

test('what cannot be read is refused', () => {
  const bus = new Bus();
  const refused = expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' });
  expect(() => bus.stream([])).toThrow(refused);
  for (const limit of [0, -1, 1.5, Number.NaN]) expect(() => bus.stream('e', { limit })).toThrow(refused);
  expect(bus.listenerCount()).toBe(0);
});
