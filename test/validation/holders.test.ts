// Objects in objects: discriminators, maps, sets, inheritance and constraint classes decide as class-validator does.
import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsInt,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Max,
  useContainer,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatePromise,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
  validate,
} from 'class-validator';
import { compileGate } from '../../src/validation/gate.js';
import { faultsOf, tellsInTime, told } from './rejection.js';
import { pick, seeded } from './seeded.js';

@ValidatorConstraint({ name: 'isBetween' })
class IsBetween implements ValidatorConstraintInterface {
  validate(value: unknown, args?: ValidationArguments) {
    const [least, most] = (args?.constraints ?? []) as [number, number];
    return typeof value === 'number' && value >= least && value <= most;
  }
  defaultMessage(args?: ValidationArguments) {
    return `$property of $target must be between $constraint1 and ${args?.constraints[1]}`;
  }
}

@ValidatorConstraint({ async: true })
class IsEvenLater implements ValidatorConstraintInterface {
  async validate(value: unknown) {
    return Number(value) % 2 === 0;
  }
  defaultMessage() {
    return '$property must be even';
  }
}

abstract class Shape {
  @IsString() @Length(1, 3) declare name: string;
}
class Disc extends Shape {
  @Validate(IsBetween, [1, 3]) declare radius: number;
}
class Box extends Shape {
  @IsInt() @Validate(IsEvenLater, { message: '$property of $target is odd' }) declare side: number;
  @Length(2, 2, { context: { code: 7 } }) declare name: string;
}
class Part {
  @IsInt() @IsPositive() declare count: number;
  @ValidateIf((part: Part) => part.count > 1) @IsString() declare note?: string;
}
class Machine {
  @ValidateNested()
  @Type(() => Shape, { discriminator: { property: 'kind', subTypes: [{ name: 'circle', value: Disc }, { name: 'square', value: Box }] } })
  declare shape: Shape; // biome-ignore format: one type
  @ValidateNested({ each: true })
  @ArrayMinSize(1)
  @Type(() => Shape, { discriminator: { property: 'kind', subTypes: [{ name: 'circle', value: Disc }, { name: 'square', value: Box }] } })
  @IsOptional()
  declare shapes?: Shape[]; // biome-ignore format: one type
  @ValidateNested({ each: true }) @Type(() => Part) @IsOptional() declare byName?: Map<string, Part>;
  @ValidateNested({ each: true }) @Type(() => Part) @IsOptional() declare bag?: Set<Part>;
  @Max(3, { each: true }) @Validate(IsEvenLater, { each: true }) @IsOptional() declare levels?: number[];
}

const random = seeded(11);
const SCALARS = ['', 'a', 'ab', 'abcd', 0, 1, 2, 3, 4, -1, true];
const some = (make: () => unknown) => Array.from({ length: Math.floor(random() * 3) }, make);
const mostly = (good: unknown) => (random() < 0.7 ? good : pick(random, SCALARS));
const extra = () => (random() < 0.1 ? { extra: 1 } : {});

function shape(): object {
  return random() < 0.5
    ? { kind: 'circle', name: mostly('a'), radius: mostly(2), ...extra() }
    : { kind: 'square', name: mostly('ab'), side: mostly(2), ...extra() };
}

function part(): object {
  return { count: mostly(1), ...(random() < 0.5 && { note: mostly('n') }), ...extra() };
}

function machine(): object {
  return {
    ...(random() < 0.9 && { shape: shape() }),
    ...(random() < 0.5 && { shapes: some(shape) }),
    ...(random() < 0.5 && { byName: Object.fromEntries(some(part).map((one, i) => [`part${i}`, one])) }),
    ...(random() < 0.5 && { bag: some(part) }),
    ...(random() < 0.5 && { levels: some(() => mostly(2)) }),
    ...extra(),
  };
}

test('1000 seeded machines get the faults, and the messages, that class-validator gives', async () => {
  const gate = compileGate(Machine, { in: 'body', where: 'test' });
  const different: unknown[] = [];
  let accepted = 0;
  for (let round = 0; round < 1000; round++) {
    const input = machine();
    // class-transformer takes the kind out of its input.
    const instance = plainToInstance(Machine, JSON.parse(JSON.stringify(input)) as object);
    const expected = told(await validate(instance, { whitelist: true, forbidNonWhitelisted: true }));
    const actual = await tellsInTime(gate, input);
    if (String(actual) !== String(expected)) different.push({ input, actual, expected });
    if (expected.length === 0) accepted++;
  }
  expect(different).toEqual([]);
  expect(accepted).toBeGreaterThan(50);
  expect(accepted).toBeLessThan(950);
});

test('what is accepted is of the classes that class-transformer chooses', async () => {
  const gate = compileGate(Machine, { in: 'body', where: 'test' });
  const input = () => ({
    shape: { kind: 'square', name: 'ab', side: 2 },
    shapes: [{ kind: 'circle', name: 'a', radius: 1 }],
    byName: { one: { count: 1 } },
    bag: [{ count: 1 }, { count: 2, note: 'n' }],
  });
  expect(await gate.check(input())).toStrictEqual(plainToInstance(Machine, input()));
});

test('arrays where one object, or a list of objects, is declared are faults, which class-validator lets through', () => {
  const gate = compileGate(Machine, { in: 'body', where: 'test' });
  const shape = { kind: 'circle', name: 'a', radius: 1 };
  expect(faultsOf(gate, { shape: [shape] })).toEqual(['shape isObject']);
  expect(faultsOf(gate, { shape, shapes: [[shape]] })).toEqual(['shapes.0 isObject']);
  expect(faultsOf(gate, { shape, bag: { 0: { count: 1 } } })).toEqual(['bag isArray']);
  expect(faultsOf(gate, { shape, byName: [{ count: 1 }] })).toEqual(['byName isObject']);
  expect(faultsOf(gate, { shape: { ...shape, kind: 'other' } })).toEqual(['shape.kind discriminator']);
});

test('a promise that a transformation makes is judged when it is there', async () => {
  class Later {
    @ValidatePromise() @IsString() declare name: Promise<string>;
  }
  const gate = compileGate(Later, { in: 'body', where: 'test' });
  expect(faultsOf(gate, { name: 1 })).toEqual(['name isString']);
  await expect(tellsInTime(gate, { name: Promise.resolve(1) })).resolves.toEqual([
    'name isString: name must be a string',
  ]);
  await expect(tellsInTime(gate, { name: Promise.resolve('a') })).resolves.toEqual([]);
});

test('a constraint class comes from the container that class-validator is given at the moment', () => {
  @ValidatorConstraint({ name: 'isKnown' })
  class IsKnown implements ValidatorConstraintInterface {
    known: readonly unknown[] = ['default'];
    validate(value: unknown) {
      return this.known.includes(value);
    }
  }
  class Named {
    @Validate(IsKnown) declare name: string;
  }
  const gate = compileGate(Named, { in: 'body', where: 'test' });
  const withKnown = (...known: unknown[]) => Object.assign(new IsKnown(), { known });
  try {
    for (const known of ['first', 'second']) {
      const one = withKnown(known);
      useContainer({ get: (cls: unknown) => (cls === IsKnown ? one : undefined) }, { fallback: true });
      expect(gate.check({ name: known })).toEqual({ name: known });
      expect(faultsOf(gate, { name: 'default' })).toEqual(['name isKnown']);
    }
  } finally {
    useContainer(undefined as never);
  }
  expect(gate.check({ name: 'default' })).toEqual({ name: 'default' });
});
