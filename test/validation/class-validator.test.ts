// The rules mean what they mean in class-validator, and the values are built as class-transformer builds them.
import 'reflect-metadata';
import { Expose, plainToInstance, Transform, Type } from 'class-transformer';
import {
  ArrayMinSize,
  ArrayUnique,
  Equals,
  IsArray,
  IsBoolean,
  IsDefined,
  IsEmail,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
  validateSync,
} from 'class-validator';
import { compileGate } from '../../src/validation/gate.js';
import { tells, told } from './rejection.js';
import { pick, seeded } from './seeded.js';

const SameAs = (other: string) => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'sameAs',
    target: target.constructor,
    propertyName,
    constraints: [other],
    options: {},
    validator: {
      validate: (value: unknown, args?: ValidationArguments) =>
        value === (args as { object: Record<string, unknown> }).object[args?.constraints[0] as string],
      defaultMessage: () => '$property must equal $constraint1',
    },
  });

class Part {
  @IsString() @Length(1, 3) code!: string;
  @IsNumber({ maxDecimalPlaces: 1 }) @IsOptional() weight?: number;
}

class Base {
  @IsString() @MaxLength(5) name!: string;
  @IsInt() @Min(1) count!: number;
  @IsDefined() @IsNotEmpty() note!: string;
}

class Thing extends Base {
  // The base's own MaxLength is replaced, its IsString stays.
  @MaxLength(2) declare name: string;
  @IsBoolean({ groups: ['admin'] }) @IsOptional() flag?: boolean;
  @ValidateIf((thing: Thing) => thing.flag === true) @IsEmail() email?: string;
  @IsIn(['red', 'green'], { message: '$property is one of $constraint1' }) @IsOptional() colour?: string;
  @Matches(/^a/, { validateIf: (thing: object) => (thing as Thing).flag !== false }) @IsOptional() letter?: string;
  @SameAs('note') @IsOptional() again?: string;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsInt({ each: true })
  @IsPositive({ each: true })
  @IsOptional()
  numbers?: number[];
  @Equals(3) @Max(2) @IsOptional() impossible?: number;
  @ValidateNested() @Type(() => Part) @IsOptional() part?: Part;
  @ValidateNested({ each: true }) @Type(() => Part) @ArrayMinSize(1) @IsOptional() parts?: Part[];
  @Expose({ name: 'other' }) @MinLength(1) @IsOptional() renamed?: string;
}

const random = seeded(42);
const texts = ['', 'a', 'ab', 'abcdefg', 'red', 'ada@example.org', 'x@', ' '];
const scalars: unknown[] = [...texts, 0, 1, 2, 3, -1, 1.5, 1.25, true, false];
const part = (): unknown =>
  random() < 0.5
    ? { code: 'ab' }
    : { code: pick(random, scalars), weight: pick(random, scalars), ...sometimes('extra') };

function sometimes(key: string): object {
  return random() < 0.2 ? { [key]: pick(random, scalars) } : {};
}

function thing(): Record<string, unknown> {
  const input: Record<string, unknown> = { name: 'a', count: 1, note: 'n' };
  for (const key of ['name', 'count', 'note', 'flag', 'email', 'colour', 'letter', 'again', 'impossible', 'other']) {
    if (random() < 0.15) input[key] = pick(random, scalars);
    if (random() < 0.02) delete input[key];
  }
  if (random() < 0.2) input.numbers = Array.from({ length: Math.floor(random() * 3) }, () => pick(random, scalars));
  if (random() < 0.3) input.part = part();
  if (random() < 0.2) input.parts = Array.from({ length: Math.floor(random() * 3) }, part);
  return { ...input, ...sometimes('extra') };
}

const NAMES: Readonly<Record<string, string>> = { renamed: 'other' };

test('2000 seeded inputs get the faults, and the messages, that class-validator gives', () => {
  const gate = compileGate(Thing, { in: 'body', where: 'test' });
  let accepted = 0;
  for (let round = 0; round < 2000; round++) {
    const input = thing();
    const instance = plainToInstance(Thing, structuredClone(input));
    const expected = told(validateSync(instance, { whitelist: true, forbidNonWhitelisted: true }), NAMES)
      .map((line) => line.replace(/renamed must/, 'other must'))
      .sort();
    if (expected.length > 20) continue;
    expect({ input, faults: tells(gate, input) }).toEqual({ input, faults: expected });
    if (expected.length === 0) accepted++;
  }
  // Both kinds of inputs were among them.
  expect(accepted).toBeGreaterThan(100);
  expect(accepted).toBeLessThan(1900);
});

test('what is accepted is built as class-transformer builds it', () => {
  class Leaf {
    @Transform(({ value }) => (value as string).toUpperCase()) @IsString() name = 'LEAF';
  }
  class Built {
    @IsString() plain!: string;
    @Expose({ name: 'given' }) @IsString() renamed = 'default';
    @Type(() => Date) @IsOptional() at?: Date;
    @ValidateNested() @Type(() => Leaf) leaf!: Leaf;
    @ValidateNested({ each: true }) @Type(() => Leaf) leaves: Leaf[] = [];
    @Transform(({ obj }) => Object.keys(obj as object).length) @IsInt() size = 0;
    @IsOptional() free?: unknown;
  }
  const input = {
    plain: 'x',
    given: 'y',
    at: '2024-05-01T00:00:00.000Z',
    leaf: { name: 'a' },
    leaves: [{ name: 'b' }, {}],
    size: 9,
    free: { a: [1, { b: null }] },
  };
  const gate = compileGate(Built, { in: 'body', where: 'test' });
  expect(gate.check(input)).toStrictEqual(plainToInstance(Built, structuredClone(input)));
});
