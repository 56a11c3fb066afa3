import { checkKey, parsePath } from '../../src/kernel/path.js';

test('a path is read as its keys', () => {
  expect(parsePath('model "m"', 'playback.url')).toEqual(['playback', 'url']);
  expect(parsePath('model "m"', 'items.0.name')).toEqual(['items', '0', 'name']);
  expect(parsePath('model "m"', 'a')).toEqual(['a']);
});

// Teeth: a parser without the check for empty steps reads '' as a key, and '' then is a key of the root.
test.each(['', '.', 'a.', '.a', 'a..b'])('a path with an empty step (%j) is refused', (path) => {
  expect(() => parsePath('model "m"', path)).toThrow(/model "m": expected a path without empty steps/);
});

test.each(['__proto__', 'constructor', 'prototype', 'a.__proto__.b', 'a.constructor.prototype.b'])(
  'a path that leads into the language (%j) is refused',
  (path) => {
    expect(() => parsePath('model "m"', path)).toThrow(/a key other than __proto__, constructor, prototype/);
  },
);

test('what is not a string is no path, and a message does not repeat what it got', () => {
  expect(() => parsePath('model "m"', 7 as never)).toThrow(/expected a path as 'playback.url', got 7/);
  expect(() => parsePath('model "m"', undefined as never)).toThrow(/expected a path/);
  expect(() => checkKey('store "s"', 'theme')).not.toThrow();
});
