import { checkStructure, DEFAULT_LIMITS, type Limits, parseJson, scanJson } from '../../src/validation/limits.js';
import { codeOf } from './rejection.js';
import { seeded } from './seeded.js';

const bytes = (text: string) => Buffer.from(text);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"k${i}":0`).join(',')}}`;
const list = (items: number) => `[${Array.from({ length: items }, () => '0').join(',')}]`;
const lists = (count: number, items: number) => `[${Array.from({ length: count }, () => list(items)).join(',')}]`;

const TOO_COMPLEX = 'SPECTER_BODY_TOO_COMPLEX';

describe('structural limits', () => {
  // Each at the limit and one beyond it; 1 + 9 + 9 * 2222 = 20008 values, 1 + 9 + 9 * 2221 = 19999.
  const shapes: [string, string, string | undefined][] = [
    ['32 levels', nested(32), undefined],
    ['33 levels', nested(33), TOO_COMPLEX],
    ['1000 keys', object(1000), undefined],
    ['1001 keys', object(1001), TOO_COMPLEX],
    ['5000 items', list(5000), undefined],
    ['5001 items', list(5001), TOO_COMPLEX],
    ['19999 values', lists(9, 2221), undefined],
    ['20008 values', lists(9, 2222), TOO_COMPLEX],
    ['500000 brackets', nested(500_000), TOO_COMPLEX],
    ['500000 open brackets', '['.repeat(500_000), TOO_COMPLEX],
    ['100000 objects in each other', '{"a":'.repeat(100_000), TOO_COMPLEX],
    ['a text full of brackets, commas and escaped quotes', JSON.stringify('[{,"\\'.repeat(10_000)), undefined],
    ['empty containers', '[[],{},[{}]]', undefined],
    ['blanks between everything', ' [ 1 , { "a" : [ ] } ] ', undefined],
  ];

  test.each(shapes)('hold in the bytes: %s', (_what, json, expected) => {
    expect(codeOf(() => scanJson(bytes(json)))).toBe(expected);
  });

  test.each(shapes.filter(([, json]) => json.length < 300_000 && json.endsWith(']') === json.startsWith('[')))(
    'hold in the value: %s',
    (_what, json, expected) => {
      expect(codeOf(() => checkStructure(JSON.parse(json), DEFAULT_LIMITS, 'payload'))).toBe(expected);
    },
  );

  test('count the same in the bytes as in the value, whatever the shape', () => {
    const random = seeded(20_260_101);
    for (let round = 0; round < 500; round++) {
      const value = randomValue(random, 0);
      const json = JSON.stringify(value, null, random() < 0.5 ? 2 : 0);
      const limits: Limits = { depth: 4, keys: 3, items: 4, nodes: 25 };
      const inBytes = codeOf(() => scanJson(bytes(json), limits));
      expect({ json, code: codeOf(() => checkStructure(value, limits, 'body')) }).toEqual({ json, code: inBytes });
    }
  });

  test('count duplicate keys, which the parser would have merged', () => {
    expect(codeOf(() => scanJson(bytes(`{${'"a":0,'.repeat(1000)}"a":0}`)))).toBe(TOO_COMPLEX);
  });

  test('are told with the limit, and with status 400', () => {
    expect(() => parseJson(bytes(nested(33)))).toThrow('The body is nested deeper than 32 levels.');
    expect(() => checkStructure([1, 2], { ...DEFAULT_LIMITS, items: 1 }, 'payload')).toThrow(
      expect.objectContaining({ status: 400, message: 'The payload holds an array of more than 1 items.' }),
    );
  });

  test('take bytes, dates and collections for single values', () => {
    const value = { bytes: Buffer.alloc(100_000), date: new Date(), map: new Map([['a', 1]]) };
    expect(codeOf(() => checkStructure(value, DEFAULT_LIMITS, 'payload'))).toBeUndefined();
  });

  test('end for an object that contains itself', () => {
    const ring: Record<string, unknown> = {};
    ring.ring = ring;
    expect(codeOf(() => checkStructure(ring, DEFAULT_LIMITS, 'payload'))).toBe(TOO_COMPLEX);
  });
});

describe('a JSON body', () => {
  const cases: [string, Buffer, string][] = [
    ['nothing', bytes(''), 'SPECTER_BODY_SYNTAX'],
    ['half an object', bytes('{"a":'), 'SPECTER_BODY_SYNTAX'],
    ['a text that never ends', bytes('"abc\\'), 'SPECTER_BODY_SYNTAX'],
    ['closing brackets alone', bytes(']]]]'), 'SPECTER_BODY_SYNTAX'],
    ['two values', bytes('{}{}'), 'SPECTER_BODY_SYNTAX'],
    ['a byte order mark before junk', bytes('\ufeffjunk'), 'SPECTER_BODY_SYNTAX'],
    ['two byte order marks', bytes('\ufeff\ufeff{}'), 'SPECTER_BODY_SYNTAX'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'SPECTER_BODY_ENCODING'],
    ['a lone surrogate in bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'SPECTER_BODY_ENCODING'],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), 'SPECTER_BODY_SYNTAX'],
    ['__proto__', bytes('{"__proto__":{"admin":true}}'), 'SPECTER_BODY_FORBIDDEN_KEY'],
    ['__proto__ in escapes', bytes('{"\\u005f\\u005fproto__":1}'), 'SPECTER_BODY_FORBIDDEN_KEY'],
    ['__proto__ far inside', bytes('[{"a":[{"__proto__":null}]}]'), 'SPECTER_BODY_FORBIDDEN_KEY'],
    ['constructor.prototype', bytes('{"constructor":{"prototype":{"a":1}}}'), 'SPECTER_BODY_FORBIDDEN_KEY'],
    ['constructor in escapes', bytes('{"c\\u006fnstructor":{"prototype":1}}'), 'SPECTER_BODY_FORBIDDEN_KEY'],
  ];
  test.each(cases)('is refused with 400: %s', (_what, body, code) => {
    expect(() => parseJson(body)).toThrow(expect.objectContaining({ code, status: 400 }));
  });

  test('is read when it is well-formed', () => {
    expect(parseJson(bytes('\ufeff{"name":"Ada","constructor":"Ferrari","note":"__proto__"}'))).toEqual({
      name: 'Ada',
      constructor: 'Ferrari',
      note: '__proto__',
    });
  });

  test('is read from a part of a larger buffer', () => {
    expect(parseJson(new Uint8Array(Buffer.from('xx[1]xx')).subarray(2, 5))).toEqual([1]);
  });

  test('that cannot be parsed is not quoted', () => {
    expect(() => parseJson(bytes('{"password":hunter2}'))).toThrow(/^The body is not valid JSON\.$/);
  });

  test('a number too large to be one is refused at the gate', () => {
    expect(codeOf(() => checkStructure(parseJson(bytes('{"a":[1e999]}')), DEFAULT_LIMITS, 'body'))).toBe(
      'SPECTER_BODY_SYNTAX',
    );
  });
});

function randomValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 4 ? 3 : 5));
  if (kind === 0) return Math.round(random() * 1000);
  if (kind === 1) return ['', 'a,b', '"', '\\', '[{', 'é\u2028'][Math.floor(random() * 6)];
  if (kind === 2) return random() < 0.5;
  const children = Array.from({ length: Math.floor(random() * 5) }, () => randomValue(random, depth + 1));
  return kind === 3 ? children : Object.fromEntries(children.map((child, i) => [`"k,${i}`, child]));
}
