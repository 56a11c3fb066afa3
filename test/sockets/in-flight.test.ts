import { InFlight } from '../../src/sockets/in-flight.js';

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('do not look');
    },
  },
);

test.each<[string, () => unknown]>([
  ['returns', () => 1],
  [
    'throws',
    () => {
      throw new Error('x');
    },
  ],
  ['resolves', () => Promise.resolve(1)],
  ['rejects', () => Promise.reject(new Error('x'))],
  ['returns something that must not be looked at', () => hostile],
])('a call that %s is counted until its end, and then no more', async (_, work) => {
  const calls = new InFlight();
  let during = 0;
  await Promise.resolve()
    .then(() =>
      calls.run(() => {
        during = calls.count;
        return work();
      }),
    )
    .catch(() => {});
  expect(during).toBe(1);
  expect(calls.count).toBe(0);
  expect(calls.settled()).toBeUndefined();
});

test('settled() resolves when the last call has ended', async () => {
  const calls = new InFlight();
  const ends: (() => void)[] = [];
  const open = () => calls.run(() => new Promise<void>((resolve) => ends.push(resolve)));
  open();
  open();
  let settled = false;
  const waiting = calls.settled()?.then(() => {
    settled = true;
  });
  ends[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect([calls.count, settled]).toEqual([1, false]);
  ends[1]?.();
  await waiting;
  expect([calls.count, settled]).toEqual([0, true]);
});
