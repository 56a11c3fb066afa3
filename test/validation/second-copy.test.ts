// Two copies of class-transformer or of class-validator: decorators are never silently lost.
import 'reflect-metadata';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { SecondCopyError } from '../../src/validation/errors.js';
import { compileGate } from '../../src/validation/gate.js';
import { faultsOf } from './rejection.js';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'specter-second-copy-'));
const other = secondCopy('class-transformer') as { Type: typeof Type };
const otherRules = secondCopy('class-validator') as { IsInt: typeof IsInt; IsString: typeof IsString };

/** A package that was installed twice: its files again, at another place. */
function secondCopy(name: string): unknown {
  const copy = join(folder, 'node_modules', name);
  // Its main file is found without its package.json, whose folder it may not name.
  const main = require.resolve(name);
  const root = main.slice(0, main.lastIndexOf(name) + name.length);
  cpSync(root, copy, { recursive: true });
  for (const needed of ['validator', 'libphonenumber-js']) {
    if (name === 'class-validator') symlinkSync(dirnameOf(needed), join(folder, 'node_modules', needed));
  }
  return require(copy);
}

function dirnameOf(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

afterAll(() => rmSync(folder, { recursive: true }));

class Part {
  @IsString() name!: string;
}

test('a class that both have decorated is refused at boot, with both files', () => {
  class Base {
    @ValidateNested() @other.Type(() => Part) part!: Part;
  }
  class Mixed extends Base {
    @ValidateNested() @Type(() => Part) second!: Part;
  }
  const boot = () => compileGate(Mixed, { in: 'body', where: 'Things.add, parameter 0' });
  expect(boot).toThrow(SecondCopyError);
  expect(boot).toThrow(expect.objectContaining({ code: 'SPECTER_SECOND_COPY' }));
  expect(boot).toThrow(/^Things\.add, parameter 0: .*Mixed.*storage\.js and .*storage\.js\. Keep one/);
});

test('a class that the other one alone has decorated is read from there', () => {
  class Foreign {
    @ValidateNested() @other.Type(() => Part) part!: Part;
  }
  const value = compileGate(Foreign, { in: 'body', where: 'test' }).check({ part: { name: 'a' } }) as Foreign;
  expect(value.part).toBeInstanceOf(Part);
});

test('rules of two copies of class-validator are all asked: they keep their notes in one place', () => {
  expect(otherRules.IsString).not.toBe(IsString);
  class Base {
    @otherRules.IsString() name!: string;
  }
  class Both extends Base {
    @IsInt() @otherRules.IsInt({ message: 'other' }) count!: number;
    @ValidateNested() @Type(() => Base) inner!: Base;
  }
  const gate = compileGate(Both, { in: 'body', where: 'test' });
  expect(gate.check({ name: 'a', count: 1, inner: { name: 'b' } })).toBeInstanceOf(Both);
  expect(faultsOf(gate, { name: 1, count: 'x', inner: { name: 2 } })).toEqual([
    'count isInt',
    'count isInt',
    'inner.name isString',
    'name isString',
  ]);
});
