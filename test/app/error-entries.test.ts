// The page of errors, entry by entry: the same three lines for each, in words of the user's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');
const entries = page
  .split(/^### /m)
  .slice(1)
  .map((entry) => {
    const [code = '', ...lines] = (entry.split(/^## /m)[0] ?? '').trim().split('\n');
    return { code, lines: lines.filter((line) => line.startsWith('- ')) };
  });

const faultsOf = (lines: readonly string[]) =>
  ['- What happened: ', '- Cause: ', '- Cure: '].filter((begin, i) => {
    const line = lines[i] ?? '';
    return !(line.startsWith(begin) && line.length > begin.length + 10 && /[.:)]$/.test(line));
  });

test('there are entries, and no code has two', () => {
  const codes = entries.map(({ code }) => code.split(' ')[0]);
  expect(codes.length).toBeGreaterThan(50);
  expect(new Set(codes).size).toBe(codes.length);
});

test.each(entries)('$code says what happened, its cause and its cure, in that order', ({ lines }) => {
  expect(faultsOf(lines)).toEqual([]);
});

test('an entry without a cure is found', () => {
  expect(faultsOf(['- What happened: something is wrong.', '- Cause: something else is wrong.'])).toEqual(['- Cure: ']);
});
