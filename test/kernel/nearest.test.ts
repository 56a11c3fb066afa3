import { nearest } from '../../src/kernel/nearest.js';

test('the closest name comes first, three at most', () => {
  expect(nearest('Disc', ['Tuner', 'Disks', 'Disk', 'Disco', 'Discs'])).toEqual(['Disk', 'Disco', 'Discs']);
});

test('a name that differs in case alone is the best suggestion of all', () => {
  expect(nearest('greeter', ['Greeters', 'Greeter'])).toEqual(['Greeter', 'Greeters']);
});

test('two letters exchanged are found', () => {
  expect(nearest('Dsik', ['Disk', 'Desk'])).toContain('Disk');
});

test('the very name is no suggestion, and each name is given once', () => {
  expect(nearest('Disk', ['Disk', 'Disc', 'Disc'])).toEqual(['Disc']);
});

test('what has little in common is not suggested, above all not among very short names', () => {
  expect(nearest('Database', ['Tuner', 'Disk'])).toEqual([]);
  expect(nearest('Tv', ['Db', 'Io', 'T'])).toEqual(['T']);
});

test('empty names and empty lists are harmless', () => {
  expect(nearest('', [])).toEqual([]);
  expect(nearest('', ['abcdef'])).toEqual([]);
  expect(nearest('abc', [''])).toEqual([]);
});
