// Groups of rules mean what they mean in class-validator and class-transformer, for every input alike.
import 'reflect-metadata';
import { Expose, plainToInstance, Transform, Type } from 'class-transformer';
import {
  IsEmail,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
  validateSync,
} from 'class-validator';
import { compileGate, type RuleGroups } from '../../src/validation/gate.js';
import { codeOf, faultsOf, tells, told } from './rejection.js';
import { pick, seeded } from './seeded.js';

// Without values of their own, or class-validator would take each absent one for an unknown one.
class Address {
  @IsString({ always: true }) @MaxLength(3, { groups: ['create'] }) declare zip: string;
  @IsInt() @IsOptional({ always: true }) declare floor?: number;
}

class Person {
  @IsNotEmpty({ groups: ['create'] })
  @IsOptional({ groups: ['update'] })
  @IsString({ always: true })
  declare name: string;
  @IsInt({ groups: ['create', 'update'] })
  @Min(1, { groups: ['update'] })
  @IsOptional({ always: true })
  declare age?: number;
  @IsEmail() @IsOptional() declare mail?: string;
  @ValidateIf((person: Person) => person.age === 2, { groups: ['update'] })
  @IsString({ groups: ['create', 'update'] })
  declare note: string;
  @ValidateNested({ always: true }) @Type(() => Address) @IsOptional({ always: true }) declare home?: Address;
  @IsString({ always: false, groups: ['create'] }) @IsOptional({ groups: ['create'] }) declare never?: string;
}

class Member extends Person {
  @IsInt({ groups: ['update'] }) declare note: string;
}

const CHOICES: readonly RuleGroups[] = [
  {},
  { groups: ['create'] },
  { groups: ['update'] },
  { groups: ['create', 'update'] },
  { groups: ['nothing'] },
  { groups: ['create'], always: true },
  { groups: ['update'], strictGroups: true },
  { strictGroups: true },
  { always: true, strictGroups: true },
  { groups: [] },
];

const random = seeded(3);
const SCALARS = ['', 'a', 'abcd', 'ada@example.org', 0, 1, 2, -1, true];

function person(): Record<string, unknown> {
  const input: Record<string, unknown> = { name: 'a', note: 'n' };
  for (const key of ['name', 'age', 'mail', 'note', 'never', 'extra']) {
    if (random() < 0.3) input[key] = pick(random, SCALARS);
    if (random() < 0.1) delete input[key];
  }
  if (random() < 0.5)
    input.home = { zip: pick(random, SCALARS), ...(random() < 0.5 && { floor: pick(random, SCALARS) }) };
  return input;
}

test.each(CHOICES.flatMap((groups) => [Person, Member].map((cls) => [cls.name, groups, cls] as const)))(
  '%s with %j gets the faults that class-validator gives, 500 times',
  (_name, groups, cls) => {
    const gate = compileGate(cls, { in: 'body', where: 'test', ...groups });
    const different: unknown[] = [];
    for (let round = 0; round < 500; round++) {
      const input = person();
      const instance = plainToInstance(cls, input, { groups: [...(groups.groups ?? [])] });
      const options = { ...groups, groups: [...(groups.groups ?? [])], whitelist: true, forbidNonWhitelisted: true };
      const expected = told(validateSync(instance, options));
      const actual = tells(gate, input);
      if (String(actual) !== String(expected)) different.push({ input, actual, expected });
    }
    expect(different).toEqual([]);
  },
);

test('what class-transformer is told for other groups does not count', () => {
  class Account {
    @IsString({ always: true }) @Transform(({ value }) => String(value).trim(), { groups: ['create'] }) name!: string;
    @IsString({ always: true }) @IsOptional({ always: true }) @Expose({ groups: ['admin'] }) role?: string;
  }
  const gate = (groups: string[]) => compileGate(Account, { in: 'body', where: 'test', groups });
  expect(gate(['create']).check({ name: ' a ' })).toEqual({ name: 'a' });
  expect(gate(['admin']).check({ name: ' a ', role: 'r' })).toEqual({ name: ' a ', role: 'r' });
  expect(faultsOf(gate(['create']), { name: 'a', role: 'r' })).toEqual(['role unknown']);
});

test('a class without a rule in the groups is refused at boot, and so is one inside it', () => {
  class Inner {
    @IsString({ groups: ['create'] }) name!: string;
  }
  class Outer {
    @ValidateNested({ always: true }) @Type(() => Inner) inner!: Inner;
  }
  const boot = (cls: typeof Inner | typeof Outer, groups: RuleGroups) => () =>
    compileGate(cls, { in: 'body', where: 'Things.add', ...groups });
  expect(codeOf(boot(Inner, { groups: ['update'] }))).toBe('SPECTER_UNTYPED_INPUT');
  expect(boot(Inner, { groups: ['update', 'other'] })).toThrow(/no class-validator rule in the groups update, other/);
  expect(boot(Outer, { groups: ['update'] })).toThrow(/Inner has no class-validator rule in the groups update/);
  expect(boot(Inner, { strictGroups: true })).toThrow(/no class-validator rule that belongs to no group/);
  expect(boot(Outer, { groups: ['create'] })).not.toThrow();
});
