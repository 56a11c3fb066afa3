import { MemoryBackend } from '../../src/queue/memory-backend.js';
import { ManualClock } from '../../src/testing/index.js';
import { queueContract } from './contract.js';

queueContract('in memory', async ({ retain }) => {
  const clock = new ManualClock();
  return { backend: new MemoryBackend({ retain, clock: () => clock }), advance: (ms) => clock.advance(ms) };
});

test('a hundred thousand jobs wait, and come out in order', async () => {
  const clock = new ManualClock();
  const backend = new MemoryBackend({ retain: { completed: 10, dead: 10 }, clock: () => clock });
  const jobs = Array.from({ length: 100_000 }, (_, i) => ({
    id: `${i}`,
    data: i,
    key: undefined,
    priority: (i * 7919) % 100,
    delay: 0,
    attempts: 1,
  }));
  expect(await backend.add(jobs, 100_000)).toHaveLength(100_000);
  for (let i = 0; i < 100_000; i += 2) await backend.cancel(`${i}`);
  const out = await backend.claim(100_000, new Set());
  expect(out).toHaveLength(50_000);
  const inOrder = out.every((record, i) => {
    const before = out[i - 1];
    const later = before && (before.priority < record.priority || (before.data as number) < (record.data as number));
    return before === undefined || later;
  });
  expect(inOrder).toBe(true);
});
