import { Module } from '../../src/app/module.js';
import { placeOf } from '../../src/app/places.js';
import { Service } from '../../src/app/service.js';
import { tag } from '../../src/app/tags.js';
import type { Class } from '../../src/kernel/token.js';
import { Metered } from './metered.js';

/** The line of this file on which it is called. */
const line = () => Number(/places\.test\.ts:(\d+):/.exec(new Error('here').stack?.split('\n')[2] ?? '')?.[1]);

const before = line();
@Service()
class Tagged {}
@Module({})
class AppModule {}
@Metered()
class OfOwnRole {}
@Metered()
@Service()
class Tagged2 {}
class Untagged {}

function make(): Class {
  @Service()
  class Double {}
  return Double;
}

function makeAnother(): Class {
  @Service()
  class Double {}
  return Double;
}

test.each([
  ['with a role of the framework', Tagged, 2],
  ['that is a module', AppModule, 4],
  ["with a role of the user's own, not where that role is written", OfOwnRole, 6],
  ['with several roles', Tagged2, 9],
])('a class %s has a file and a line', (_which, target, below) => {
  expect(placeOf(target)).toBe(`test/app/places.test.ts:${before + below}`);
});

test('one of two classes of one name in a file has no line: it could be the wrong one', () => {
  expect([make(), makeAnother()].map(placeOf)).toEqual(['test/app/places.test.ts', 'test/app/places.test.ts']);
});

test('nobody knows where a class without a decorator is written', () => {
  expect(placeOf(Untagged)).toBeUndefined();
});

test('without a trace to read nobody knows either', () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  class Blind {}
  tag({ name: 'role' }, {})(Blind);
  Error.stackTraceLimit = stackTraceLimit;
  expect(placeOf(Blind)).toBeUndefined();
});
