import { ascending } from '../../src/observability/graph-heights.js';
import { layersOf } from '../../src/observability/graph-layers.js';
import { type Layout, layoutOf, type Placeable } from '../../src/observability/graph-layout.js';
import { crossingsOf } from '../../src/observability/graph-order.js';
import { randomGraph } from './random-graph.js';

const SPACING = { box: 46, between: 16, lane: 12, width: 1_100 };

function random(size: number, most?: number): Placeable[] {
  const nodes = randomGraph(size, most);
  const places = new Map(nodes.map(({ name }, i) => [name, i]));
  return nodes.map(({ needs }) => ({ needs: needs.map((name) => places.get(name) ?? 0), width: 120 }));
}

const lone = (width = 100): Placeable => ({ needs: [], width });
const needing = (...needs: number[]): Placeable => ({ needs, width: 100 });

const GRAPHS: Record<string, Placeable[]> = {
  nobody: [],
  one: [lone()],
  'two that do not know each other': [lone(), lone(300)],
  'a chain': [lone(), needing(0), needing(1), needing(2)],
  'a diamond with a short cut': [lone(), needing(0), needing(0), needing(1, 2, 0)],
  'one whom all need': [lone(), ...Array.from({ length: 20 }, () => needing(0))],
  'loners only': Array.from({ length: 50 }, () => lone()),
  sixty: random(60),
  'three hundred': random(300),
  'a dense one': random(80, 9),
};

describe.each(Object.entries(GRAPHS))('the layout of %s', (_, nodes) => {
  const layout = layoutOf(nodes, SPACING);
  const boxOf = (node: number) => layout.boxes.find((box) => box.node === node);

  test('has one box for each node, inside the picture', () => {
    expect(layout.boxes.map(({ node }) => node).sort((a, b) => a - b)).toEqual([...nodes.keys()]);
    for (const { x, y, width, height } of layout.boxes) {
      expect(x >= 0 && y >= 0 && x + width <= layout.width && y + height <= layout.height).toBe(true);
    }
  });

  test('has finite coordinates only', () => {
    expect(numbersOf(layout).every(Number.isFinite)).toBe(true);
  });

  test('puts everyone right of all that it needs', () => {
    for (const [node, { needs }] of nodes.entries()) {
      for (const needed of needs) {
        const [left, right] = [boxOf(needed), boxOf(node)];
        expect(left!.layer).toBeLessThan(right!.layer);
        expect(left!.x + left!.width).toBeLessThan(right!.x);
      }
    }
  });

  test('lets no two boxes overlap, nor a line run through one', () => {
    expect(overlaps(layout)).toEqual([]);
  });

  test('leads a line from each node to each that needs it, without a gap', () => {
    const reached = nodes.flatMap(({ needs }, node) => needs.map((needed) => `${needed}>${node}`)).sort();
    expect(layout.lines.flatMap((line) => (line.to === undefined ? [] : [`${line.node}>${line.to}`])).sort()).toEqual(
      reached,
    );
    for (const { node, from } of layout.lines) {
      const box = boxOf(node)!;
      const before = layout.lines.filter((line) => line.node === node && line.run > 0);
      const starts = [
        { x: box.x + box.width, y: box.y + box.height / 2 },
        ...before.map(({ end, run }) => ({ x: end.x + run, y: end.y })),
      ];
      expect(starts).toContainEqual(from);
    }
  });

  test('is the same each time', () => {
    expect(layoutOf(nodes, SPACING)).toEqual(layout);
  });
});

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

function overlaps({ boxes, lines }: Layout): string[] {
  const runs = lines.flatMap(({ end, run }) => (run > 0 ? [{ x: end.x, y: end.y, width: run, height: 0 }] : []));
  const found: string[] = [];
  for (const [i, one] of boxes.entries()) {
    for (const other of [...boxes.slice(i + 1), ...runs]) {
      const apart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y;
      if (!apart) found.push(`${one.node} and ${JSON.stringify(other)}`);
    }
  }
  return found;
}

test('a ring, which cannot boot, is drawn all the same', () => {
  const layout = layoutOf([needing(2), needing(0), needing(1)], SPACING);
  expect(new Set(layout.boxes.map(({ layer }) => layer)).size).toBe(3);
  expect(overlaps(layout)).toEqual([]);
});

test('lines that need not cross do not', () => {
  const pairs = [lone(), lone(), lone(), needing(2), needing(1), needing(0), needing(3, 4, 5)];
  expect(crossingsOf(layersOf(pairs.map(({ needs }) => needs)))).toBe(0);
});

test('orders a tangle with far fewer crossings than it came with', () => {
  const needs = random(300).map((node) => node.needs);
  const columns = layersOf(needs);
  const came = columns.map((column) => [...column].sort((a, b) => a.node - b.node));
  expect(crossingsOf(columns)).toBeLessThan(crossingsOf(came) / 2);
});

test('who needs nothing, and is needed late, stands near those who need it', () => {
  const columns = layersOf([[], [0], [1], [], [2, 3]]);
  expect(columns[2]?.filter(({ lane }) => !lane).map(({ node }) => node)).toContain(3);
});

test('ascending numbers are the nearest to what was wished', () => {
  const wish = (value: number, weight = 1) => ({ value, weight });
  expect(ascending([wish(1), wish(2), wish(3)])).toEqual([1, 2, 3]);
  expect(ascending([wish(3), wish(1)])).toEqual([2, 2]);
  expect(ascending([wish(3, 3), wish(1), wish(9)])).toEqual([2.5, 2.5, 9]);
  expect(ascending([])).toEqual([]);
});

test('three hundred nodes take less than a second', () => {
  const begun = performance.now();
  layoutOf(random(300), SPACING);
  expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 1_000 : 10_000);
});
