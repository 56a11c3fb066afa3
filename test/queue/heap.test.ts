import { Heap } from '../../src/queue/heap.js';
import { Random } from '../../src/testing/random.js';

interface Item {
  readonly value: number;
  place: number;
}

const heap = () => new Heap<Item>((a, b) => a.value < b.value);

// Tried: without #rise() in remove(), this fails.
test.each([1, 2, 3, 4, 5])('items come out in order, whichever were taken out of the middle (seed %i)', (seed) => {
  const random = new Random(seed);
  const items = heap();
  const model = new Set<Item>();
  for (let step = 0; step < 2_000; step++) {
    const chosen = [...model][random.below(model.size + 1)];
    if (chosen && random.below(3) === 0) {
      items.remove(chosen);
      model.delete(chosen);
    } else {
      const item = { value: random.below(500), place: 0 };
      items.add(item);
      model.add(item);
    }
    expect(items.size).toBe(model.size);
    expect(items.first?.value).toBe(model.size > 0 ? Math.min(...[...model].map(({ value }) => value)) : undefined);
  }
  const out: number[] = [];
  for (let first = items.first; first; first = items.first) {
    out.push(first.value);
    items.remove(first);
  }
  expect(out).toEqual([...model].map(({ value }) => value).sort((a, b) => a - b));
});

test('an empty heap has no first', () => {
  expect([heap().first, heap().size]).toEqual([undefined, 0]);
});
