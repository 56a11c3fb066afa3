import { equal } from '../../src/kernel/equal.js';

const shared = () => 1;
class Point {
  constructor(readonly x: number) {}
}
const point = new Point(1);

test.each<[unknown, unknown]>([
  [1, 1],
  [Number.NaN, Number.NaN],
  ['a', 'a'],
  [null, null],
  [undefined, undefined],
  [{}, {}],
  [
    { a: 1, b: { c: [1, 2] } },
    { b: { c: [1, 2] }, a: 1 },
  ],
  [[], []],
  [
    [1, [2, { a: 3 }]],
    [1, [2, { a: 3 }]],
  ],
  [new Date(5), new Date(5)],
  [new Date(Number.NaN), new Date(Number.NaN)],
  [new Map([['a', { b: 1 }]]), new Map([['a', { b: 1 }]])],
  [new Set([1, 2]), new Set([2, 1])],
  [Buffer.from('abc'), new Uint8Array([97, 98, 99])],
  [new Float64Array([1.5]), new Float64Array([1.5])],
  [Object.create(null), {}],
  [{ f: shared }, { f: shared }],
  [point, point],
  [structuredClone({ at: new Date(5), list: [1] }), { at: new Date(5), list: [1] }],
])('%p equals %p', (a, b) => {
  expect(equal(a, b)).toBe(true);
  expect(equal(b, a)).toBe(true);
});

test.each<[unknown, unknown]>([
  [1, 2],
  [1, '1'],
  [0, -0],
  [null, undefined],
  [null, {}],
  [{}, []],
  [{ a: undefined }, {}],
  [{ a: undefined }, { b: undefined }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [
    [1, 2],
    [2, 1],
  ],
  [[1], [1, undefined]],
  [new Date(5), new Date(6)],
  [new Date(5), 5],
  [new Map([['a', 1]]), new Map([['a', 2]])],
  [new Map([['a', undefined]]), new Map([['b', undefined]])],
  [new Set([1]), new Set([2])],
  [new Set([{}]), new Set([{}])],
  [new Uint8Array([1]), new Uint8Array([2])],
  [new Uint8Array([0, 0, 128, 63]), new Float32Array([1])],
  [new DataView(new ArrayBuffer(2)), new DataView(new ArrayBuffer(3))],
  [/a/, /b/],
  [new Error('a'), new Error('b')],
  [new Point(1), new Point(1)],
  [new ArrayBuffer(1), new ArrayBuffer(1)],
  [() => 1, () => 1],
  [Promise.resolve(1), Promise.resolve(1)],
  [{ __proto__: null, hasOwnProperty: 1 }, { hasOwnProperty: 2 }],
])('%p differs from %p', (a, b) => {
  expect(equal(a, b)).toBe(false);
  expect(equal(b, a)).toBe(false);
});
