// What JSON cannot say, or would say without its content, is a failure of the action, and alike through both doors.
import 'reflect-metadata';
import { Readable } from 'node:stream';
import { Action } from '../../src/actions/action.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { ActionStage } from './stage.js';

let value: () => unknown;

class Give {
  @Action() it() {
    return value();
  }
}

let stage: ActionStage;
beforeAll(async () => {
  stage = await new ActionStage().open();
  await stage.start(Give);
});
beforeEach(() => {
  stage.told.length = 0;
});
afterAll(() => stage.close());

async function both(): Promise<{ status: number; value?: unknown }> {
  const client = await stage.client();
  const http = await stage.post('give.it');
  expect(JSON.stringify(await client.emitWithAck('action', 'give.it'))).toBe(http.text);
  return http.json;
}

// Teeth: with JSON.stringify alone most of these are a 200 with `{}`, and a stream tells what is in it (tried).
test.each<[string, () => unknown, RegExp]>([
  ['a Map', () => new Map([[1, 2]]), /it is a Map/],
  ['a Set inside', () => ({ tags: new Set(['a']) }), /tags is a Set/],
  ['a promise inside', () => ({ later: Promise.resolve(1) }), /later is a promise/],
  ['a promise in an outcome', () => Outcome.success(Promise.resolve(1)), /it is a promise/],
  ['an error', () => new Error('hunter2'), /it is an Error/],
  ['a function', () => () => 1, /it is a function/],
  ['a BigInt', () => ({ size: 1n }), /size is a BigInt/],
  ['a stream', () => Readable.from(['hunter2']), /it is a stream/],
  ['a stream of the web', () => new ReadableStream(), /it is a stream/],
  ['an async generator', async function* () {}, /it is a stream/],
  ['something that refuses', () => ({ toJSON: () => Promise.reject(new Error('hunter2')).catch(() => {}) }), /promise/],
])('%s is a 500, and the log says where in the value', async (_, returned, message) => {
  value = returned;
  expect(await both()).toMatchObject({ ok: false, status: 500, error: { code: 'SPECTER_INTERNAL' } });
  expect(stage.tellings('action-failed')[0]?.error.message).toMatch(message);
});

test.each<[string, () => unknown, unknown]>([
  ['nothing', () => undefined, undefined],
  ['a number that is none', () => Number.NaN, null],
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  ['a thenable', () => ({ then: (resolve: (value: number) => void) => resolve(7) }), 7],
  ['an empty object', () => ({}), {}],
])('%s is what JSON makes of it', async (_, returned, expected) => {
  value = returned;
  expect(await both()).toEqual({ ok: true, status: 200, value: expected });
});
