// A bounded map in order of use, beside a naive list.
import { type Linked, Recent } from '../../src/kernel/recent.js';
import { Random, SEED } from './random.js';

interface Entry extends Linked<number> {
  readonly value: number;
}

const entry = (key: number, value: number): Entry => ({ key, value, older: undefined, newer: undefined });

// Teeth (tried): an `#unlink` that forgets one of the two ends loses entries or keeps too many.
test.each(Array.from({ length: 20 }, (_, run) => SEED + run))('does what a list would, seed %i', (seed) => {
  const random = new Random(seed);
  const max = 1 + random.below(6);
  const recent = new Recent<number, Entry>(max);
  let naive: Entry[] = [];
  for (let step = 0; step < 2_000; step++) {
    const key = random.below(9);
    const there = naive.find((one) => one.key === key);
    random.pick([
      () => {
        const found = recent.find(key);
        expect(found?.value).toBe(there?.value);
        if (!found || !there) return;
        recent.use(found);
        naive = [...naive.filter((one) => one !== there), there];
      },
      () => {
        naive = [...naive.filter((one) => one !== there), entry(key, step)];
        const gone = naive.length > max ? naive.shift() : undefined;
        const went = recent.put(entry(key, step));
        expect([went?.key, went?.value]).toEqual([gone?.key, gone?.value]);
      },
      () => {
        naive = naive.filter((one) => one !== there);
        recent.delete(key);
      },
      () => {
        if (random.below(50) > 0) return;
        naive = [];
        recent.clear();
      },
    ])();
    expect(recent.size).toBe(naive.length);
  }
});
