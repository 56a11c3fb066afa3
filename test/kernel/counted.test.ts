import { counted } from '../../src/kernel/counted.js';

test.each([
  [0, '0 faults'],
  [1, '1 fault'],
  [2, '2 faults'],
])('%p is written as %p', (count, text) => {
  expect(counted(count, 'fault')).toBe(text);
});
