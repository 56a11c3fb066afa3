// Every decorator of class-validator, by its own name: the gate decides as the library does, on seeded values of all kinds.
import 'reflect-metadata';
import * as library from 'class-validator';
import { validateSync } from 'class-validator';
import { compileGate } from '../../src/validation/gate.js';
import { tells, told } from './rejection.js';
import { pick, seeded } from './seeded.js';
import { VALUES } from './values.js';

type Factory = (...args: unknown[]) => PropertyDecorator;

enum Colour {
  red = 'red',
  green = 'green',
}

const DAY = new Date('2024-05-01T00:00:00Z');

/** What each decorator is given: several times where its options change what it means. A rule without an entry takes nothing. */
const GIVEN: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  ArrayContains: [[['a', 1]]],
  ArrayMaxSize: [[2]],
  ArrayMinSize: [[2]],
  ArrayNotContains: [[['a', 1]]],
  ArrayUnique: [[], [(item: unknown) => typeof item]],
  Contains: [['a']],
  Equals: [[1], ['a'], [null]],
  IsAlpha: [[], ['de-DE']],
  IsBase64: [[], [{ urlSafe: true }]],
  IsByteLength: [[1, 4]],
  IsCurrency: [[], [{ symbol: '€' }]],
  IsDateString: [[], [{ strict: true }]],
  IsDecimal: [[], [{ decimal_digits: '2', force_decimal: true }]],
  IsDivisibleBy: [[3], [1.5]],
  IsEAN: [[]],
  IsEmail: [[], [{ allow_display_name: true }]],
  IsEnum: [[Colour], [{ one: 1, two: 2 }]],
  IsHash: [['md5'], ['sha256']],
  IsIP: [[], [4], [6]],
  IsISBN: [[], [10], ['13']],
  IsISO8601: [[], [{ strict: true, strictSeparator: true }]],
  IsISSN: [[], [{ case_sensitive: true }]],
  IsIdentityCard: [['any'], ['ES']],
  IsIn: [[['a', 1, null]]],
  IsInstance: [[Date]],
  IsMobilePhone: [[], ['de-DE']],
  IsNotEmptyObject: [[], [{ nullable: true }]],
  IsNotIn: [[['a', 1, null]]],
  IsNumber: [[], [{ maxDecimalPlaces: 2 }], [{ allowNaN: true, allowInfinity: true, maxDecimalPlaces: 0 }]],
  IsNumberString: [[], [{ no_symbols: true }]],
  IsPassportNumber: [['DE']],
  IsPhoneNumber: [[], ['DE']],
  IsPostalCode: [['any'], ['DE']],
  IsRgbColor: [[], [{ includePercentValues: false }]],
  IsStrongPassword: [[], [{ minLength: 2, minUppercase: 0 }]],
  IsTaxId: [['de-DE']],
  IsUUID: [[], ['4']],
  IsUrl: [[], [{ require_tld: false, protocols: ['ftp'] }]],
  Length: [[1, 3], [2]],
  Matches: [[/^a+$/], ['^A', 'i']],
  Max: [[2]],
  MaxDate: [[DAY], [() => DAY]],
  MaxLength: [[3]],
  Min: [[2]],
  MinDate: [[DAY], [() => DAY]],
  MinLength: [[2]],
  NotContains: [['a']],
  NotEquals: [[1]],
};

/** Not rules by themselves: what they do is shown beside the rules that they change. */
const COVERED_ELSEWHERE = new Set([
  'Allow', 'IsOptional', 'Validate', 'ValidateBy', 'ValidateIf', 'ValidateNested', 'ValidatePromise', 'ValidatorConstraint',
]); // biome-ignore format: a list

/** Where class-validator itself throws for a value that a client can send: that would be a 500, so the gate decides there by itself. */
const THROWS_THERE: Readonly<Record<string, readonly unknown[]>> = {
  IsNumber: [1e-7, -3e-9],
};

const DECORATORS = Object.entries(library as unknown as Record<string, unknown>)
  .filter((entry): entry is [string, Factory] => isDecorator(entry[0], entry[1]))
  .filter(([name]) => !COVERED_ELSEWHERE.has(name));

/** The decorators are the functions with a capital that are no classes; the rest of the package are checks and the validator. */
function isDecorator(name: string, value: unknown): boolean {
  return (
    typeof value === 'function' && /^[A-Z]/.test(name) && !/^class\b/.test(Function.prototype.toString.call(value))
  );
}

const CASES = DECORATORS.flatMap(([name, factory]) =>
  (GIVEN[name] ?? [[]]).flatMap((given, index) =>
    [false, true].map((each) => ({ label: `@${name} #${index}${each ? ' of each' : ''}`, name, factory, given, each })),
  ),
);

function classWith(decorate: PropertyDecorator): new () => { value?: unknown } {
  class Subject {
    declare value?: unknown;
  }
  decorate(Subject.prototype, 'value');
  return Subject;
}

/** Options come last, after as many arguments as the decorator takes before them. */
function decorator({ factory, given, each }: (typeof CASES)[number]): PropertyDecorator {
  const places = Math.max(factory.length - 1, given.length);
  return factory(...Array.from({ length: places }, (_, i) => given[i]), { each, message: 'is wrong' });
}

function libraryTells(Subject: new () => object, input: object): string[] {
  return rulesIn(
    told(validateSync(Object.assign(new Subject(), input), { whitelist: true, forbidNonWhitelisted: true })),
  );
}

/** `value isString: is wrong` without the rest. */
function rulesIn(lines: readonly string[]): string[] {
  return lines.map((line) => line.split(/[ :]/)[1] as string);
}

test('every decorator that class-validator has is compared here or named as covered elsewhere', () => {
  expect(DECORATORS.length).toBeGreaterThan(100);
  const known = new Set(DECORATORS.map(([name]) => name));
  expect(Object.keys(GIVEN).filter((name) => !known.has(name))).toEqual([]);
});

test.each(CASES)('$label', (given) => {
  const Subject = classWith(decorator(given));
  const gate = compileGate(Subject, { in: 'body', where: 'test' });
  const random = seeded(given.label.length * 7919 + 17);
  const verdicts = new Set<boolean>();
  const differences: unknown[] = [];
  for (let round = 0; round < VALUES.length + 100; round++) {
    const one = () => pick(random, VALUES);
    const value = round < VALUES.length ? VALUES[round] : [one(), one()].slice(0, 1 + (round % 2));
    const input = { value };
    const throws = [value].flat().some((item) => THROWS_THERE[given.name]?.includes(item));
    if (throws) continue;
    const expected = libraryTells(Subject, input);
    // Where a collection is declared, or each item is judged, a single value is told so by the structure alone.
    const structure = (given.each || given.name.startsWith('Array')) && !Array.isArray(value) && value !== undefined;
    const faults = rulesIn(tells(gate, input));
    if (structure && faults.length > 0) continue;
    if (String(faults) !== String(expected)) differences.push({ value, faults, expected });
    verdicts.add(expected.length > 0);
  }
  expect(differences).toEqual([]);
  // It said yes and no.
  expect(verdicts.size).toBe(2);
});
