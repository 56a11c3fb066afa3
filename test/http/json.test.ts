import { Controller, Get } from '../../src/http/controller.js';
import { jsonText } from '../../src/http/json.js';
import { Use } from '../../src/http/middleware.js';
import { serve } from './harness.js';

const circular: { items: unknown[] } = { items: [{}] };
circular.items.push({ back: circular });

const looped = {
  get self(): object {
    return { toJSON: () => looped };
  },
};

function* numbers() {
  yield 1;
}

const hostile = new Proxy(
  {},
  {
    ownKeys() {
      throw new Error('secret');
    },
  },
);

test.each<[string, unknown, RegExp]>([
  ['a value that refers to itself', circular, /: items\.1\.back refers to something that it is part of\.$/],
  ['a BigInt', { films: [{ id: 1n }] }, /: films\.0\.id is a BigInt: /],
  ['a BigInt alone', 1n, /: it is a BigInt: /],
  ['a function', () => 1, /: it is a function\.$/],
  ['a symbol', Symbol('a'), /: it is a symbol\.$/],
  ['a Map', { tags: new Map([['a', 1]]) }, /: tags is a Map: send Object\.fromEntries/],
  ['a Map alone', new Map([['a', 1]]), /: it is a Map: /],
  ['a Set', [new Set([1])], /: 0 is a Set: send \[\.\.\.set\]/],
  ['an Error that was returned', new Error('secret'), /: it is an Error: throw it/],
  ['a promise that was not awaited', { films: Promise.resolve([]) }, /: films is a promise: await it/],
  ['a generator', { all: numbers() }, /: all is a generator: /],
  ['an iterator', { keys: new Map().keys() }, /: keys is an iterator: /],
  ['a RegExp', { match: /a/ }, /: match is a RegExp: /],
  ['a toJSON that throws', { a: { toJSON() { throw new Error('secret'); } } }, /: a cannot be read\.$/], // biome-ignore format: one line
  ['a toJSON that gives a Map', { a: { toJSON: () => new Map() } }, /: a is a Map: /],
  ['a toJSON that never ends', looped, /^The answer cannot be sent as JSON: /],
  ['a getter that throws', { get a() { throw new Error('secret'); } }, /: it cannot be read\.$/], // biome-ignore format: one line
  ['a proxy that throws', { a: hostile }, /: a cannot be read\.$/],
])('%s is refused, and the message says where', (_name, value, message) => {
  expect(() => jsonText(value)).toThrow(expect.objectContaining({ code: 'SPECTER_NOT_JSON' }));
  expect(() => jsonText(value)).toThrow(message);
});

test.each<[string, unknown, string]>([
  ['dates', { at: new Date(0), never: new Date(Number.NaN) }, '{"at":"1970-01-01T00:00:00.000Z","never":null}'],
  ['empty objects', { a: {}, b: [{}] }, '{"a":{},"b":[{}]}'],
  ['a text that looks like one', { a: '{}' }, '{"a":"{}"}'],
  ['objects without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ['instances', new (class Film { title = 'Alien'; #seen = true; seen = () => this.#seen; })(), '{"title":"Alien"}'], // biome-ignore format: one line
  ['a class with a toJSON of its own', { a: { toJSON: () => ({}) } }, '{"a":{}}'],
  ['the same object twice, side by side', ((one) => [one, one])({ a: {} }), '[{"a":{}},{"a":{}}]'],
  ['null', null, 'null'],
])('%s are as JSON has them', (_name, value, text) => {
  expect(jsonText(value)).toBe(text);
});

test('what is deep is looked through without a stack of its own', () => {
  let deep: unknown = new Map();
  for (let i = 0; i < 1_000; i++) deep = { deep };
  expect(() => jsonText(deep)).toThrow(/is a Map/);
});

@Controller()
class Answers {
  @Get('/map') map() {
    return { tags: new Map([['secret', 1]]) };
  }
  @Get('/wrapped')
  @Use(async (ctx, next) => {
    await next();
    ctx.body = { data: new Set([ctx.body]) };
  })
  wrapped() {
    return 1;
  }
  @Get('/bytes') bytes() {
    return new Uint8Array([1, 2, 3]).subarray(1);
  }
  @Get('/events') async *events() {
    yield { data: new Map([['secret', 1]]) };
  }
}

test.each(['/map', '/wrapped', '/events'])('%s is a 500 that tells nothing, and the log says where', async (path) => {
  const app = await serve([new Answers()]);
  const answer = await app.fetch(path);
  expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('secret')]);
  expect(await app.event('http-failed')).toMatchObject({
    service: 'Answers',
    route: path,
    error: { code: 'SPECTER_NOT_JSON' },
  });
});

test('typed arrays are bytes', async () => {
  const app = await serve([new Answers()]);
  const answer = await app.fetch('/bytes');
  expect([answer.headers.get('content-type'), [...Buffer.from(await answer.arrayBuffer())]]).toEqual([
    'application/octet-stream',
    [2, 3],
  ]);
});
