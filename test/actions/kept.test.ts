// What is kept of answers, and that it is never more than is said.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Kept } from '../../src/actions/kept.js';
import { Replays } from '../../src/actions/replays.js';
import { ManualClock } from '../../src/testing/index.js';
import { until } from '../until.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MEBI = 1024 * 1024;
const answer = (text: string) => ({ status: 200, text, headers: {} });

// Teeth: kept with its run, each answer holds the socket of its caller, and the payload with it (tried).
test('answers to a hundred thousand calls are forgotten but for the newest, and nothing of their callers is held', async () => {
  const replays = new Replays(new ManualClock(), { most: 1_000 });
  const callers: WeakRef<object>[] = [];
  let runs = 0;
  for (let i = 0; i < 100_000; i++) {
    const socket = { emit: () => {} };
    if (i >= 99_900) callers.push(new WeakRef(socket));
    const call = { id: String(i).padStart(16, '0'), action: 'a.b', caller: undefined, payload: i, signals: [] };
    await replays.answer({ ...call, tell: () => socket.emit() }, async () => answer(String(++runs)));
  }
  expect(replays.size).toBe(1_000);
  const newest = { id: '99999'.padStart(16, '0'), action: 'a.b', caller: undefined, payload: 99_999, signals: [] };
  expect((await replays.answer(newest, async () => answer('again'))).text).toBe('100000');
  await until('nothing of the callers is held', () => {
    collect();
    return callers.filter((caller) => caller.deref() !== undefined).length <= 1;
  });
  replays.close();
}, 60_000);

test('it is not more text than is said, and the newest is there however long it is', () => {
  const kept = new Kept<{ text: string }>(new ManualClock(), { window: 1_000, most: 100 });
  for (let i = 0; i < 20; i++) kept.add(`small ${i}`, { text: 'x'.repeat(MEBI) });
  expect(kept.size).toBe(16);
  kept.add('large', { text: 'x'.repeat(17 * MEBI) });
  expect([kept.size, kept.get('large')?.text.length]).toEqual([1, 17 * MEBI]);
  kept.add('next', { text: 'x' });
  expect([kept.get('large'), kept.get('next')?.text]).toEqual([undefined, 'x']);
});

test('with no room at all nothing is kept', () => {
  const kept = new Kept<{ text: string }>(new ManualClock(), { window: 1_000, most: 0 });
  kept.add('a', { text: 'x' });
  expect(kept.get('a')).toBeUndefined();
});
