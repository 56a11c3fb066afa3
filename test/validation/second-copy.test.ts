// Two copies of class-transformer: decorators are never silently lost.
import 'reflect-metadata';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Type } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { SecondCopyError } from '../../src/validation/errors.js';
import { compileGate } from '../../src/validation/gate.js';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'specter-second-copy-'));
const copy = join(folder, 'node_modules', 'class-transformer');
cpSync(dirname(require.resolve('class-transformer/package.json')), copy, { recursive: true });
const other = require(copy) as { Type: typeof Type };

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
