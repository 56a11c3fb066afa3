// The compiled rules are class-validator's own, proved on seeded values, and stand in for nothing else.
import 'reflect-metadata';
import * as library from 'class-validator';
import { registerDecorator } from 'class-validator';
import { COMPILED_RULES, judgeFor } from '../../src/validation/compiled-rules.js';
import { constraintsOf, type RuleArguments, type RuleNote, rulesOf } from '../../src/validation/decorator-notes.js';
import { compileGate } from '../../src/validation/gate.js';
import { HARD_LIMITS } from '../../src/validation/limits.js';
import { faultsOf } from './rejection.js';
import { pick, seeded } from './seeded.js';
import { VALUES } from './values.js';

type Factory = (...args: unknown[]) => PropertyDecorator;

/** What the decorator of a rule is given here, in several forms. */
const GIVEN: Readonly<Record<string, readonly unknown[]>> = {
  arrayUnique: [undefined, (item: unknown) => typeof item, (item: unknown) => item, () => Symbol('another')],
  isNumber: [{}, { maxDecimalPlaces: 1 }, { maxDecimalPlaces: 3, allowNaN: true }, { allowInfinity: true }],
  min: [0, -1.5, '1'],
  max: [0, 1000, undefined],
  arrayMinSize: [0, 2],
  arrayMaxSize: [0, 2],
};
/** What needs several. */
const GIVEN_LISTS: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  isByteLength: [[0], [3], [2, 5], [0, 4]],
  isStrongPassword: [[], [{ minLength: 2, minUppercase: 0 }], [{ minSymbols: 2, minNumbers: 3 }], [{ minLength: 0, minLowercase: 0 }]],
}; // biome-ignore format: a list

const random = seeded(7);

/** Numbers of every size and with every count of decimals, and values of all other kinds. */
function value(): unknown {
  const kind = random();
  if (kind < 0.4) return pick(random, VALUES);
  if (kind < 0.6) return Math.round((random() - 0.5) * 10 ** Math.floor(random() * 16));
  if (kind < 0.7) return text();
  if (kind < 0.9) return Number(((random() - 0.5) * 10 ** Math.floor(random() * 6)).toFixed(Math.floor(random() * 6)));
  return Array.from({ length: Math.floor(random() * 4) }, value);
}

/** Characters of every kind that a password may have, one to four bytes each. */
function text(): string {
  return Array.from({ length: Math.floor(random() * 14) }, () => pick(random, [...'azAZ09!~ £_é€😀'])).join('');
}

function noteOf(decorate: PropertyDecorator): RuleNote {
  class Subject {}
  decorate(Subject.prototype, 'value');
  return rulesOf(Subject)[0] as RuleNote;
}

function partsOf(note: RuleNote): {
  name: string;
  judge: ReturnType<typeof judgeFor>;
  ask: (value: unknown) => unknown;
} {
  const [{ instance, name }] = constraintsOf(note) as [ReturnType<typeof constraintsOf>[number]];
  const args: RuleArguments = {
    value: undefined,
    constraints: note.constraints,
    targetName: '',
    object: {},
    property: 'value',
  };
  return {
    name,
    judge: judgeFor(name, instance, args),
    ask: (given) => instance.validate(given, { ...args, value: given }),
  };
}

/** class-validator's own throws for numbers whose text has an exponent and no point. */
function isTooSmallForTheLibrary(given: unknown): boolean {
  return typeof given === 'number' && given !== 0 && Math.abs(given) < 1e-6;
}

test.each([...COMPILED_RULES.keys()])('%s decides as class-validator does, 3000 times', (rule) => {
  const factory = (library as unknown as Record<string, Factory>)[rule[0]?.toUpperCase() + rule.slice(1)] as Factory;
  const singles = (GIVEN[rule] ?? [undefined]).map((given) => (given === undefined ? [] : [given]));
  for (const given of GIVEN_LISTS[rule] ?? singles) {
    const { judge, ask } = partsOf(noteOf(factory(...given)));
    expect(typeof judge).toBe('function');
    const different: unknown[] = [];
    for (let round = 0; round < 3000; round++) {
      const one = value();
      if (!isTooSmallForTheLibrary(one) && judge?.(one) !== ask(one)) different.push(one);
    }
    expect(different).toEqual([]);
  }
});

test('a password whose score is asked for is judged by class-validator', () => {
  expect(partsOf(noteOf(library.IsStrongPassword({ returnScore: true } as never))).judge).toBeUndefined();
});

// Teeth: class-validator throws URIError, which is a 500 (tried).
test('half a surrogate pair has a length of bytes as well', () => {
  class Note {
    @library.IsByteLength(0, 5) text!: string;
  }
  const gate = compileGate(Note, { in: 'body', where: 'test' });
  expect(gate.check({ text: '\ud800ab' })).toEqual({ text: '\ud800ab' });
  expect(faultsOf(gate, { text: '\ud800abc' })).toEqual(['text isByteLength']);
});

// Teeth: validator's own takes 360 ms for five of a megabyte (tried).
test('a password of a megabyte is judged within some milliseconds', () => {
  const { judge } = partsOf(noteOf(library.IsStrongPassword()));
  const times = ['a', '"', '😀'].map((part) => {
    // As it comes from a body: in one piece, which repeat() does not give.
    const password = JSON.parse(JSON.stringify(part.repeat(1_000_000 / part.length)));
    const begun = performance.now();
    for (let i = 0; i < 5; i++) expect(judge?.(password)).toBe(false);
    return performance.now() - begun;
  });
  expect(Math.max(...times)).toBeLessThan(process.env.SPECTER_TIMINGS ? 150 : 5_000);
});

test('a rule of somebody else with the same name stays what it is', () => {
  const Own = (name: string) => (target: object, propertyName: string) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName,
      validator: { validate: (given) => given === 'own' },
    });
  class Things {
    @Own('isString') text!: string;
    @Own('isInt') number!: unknown;
  }
  const gate = compileGate(Things, { in: 'body', where: 'test' });
  expect(gate.check({ text: 'own', number: 'own' })).toEqual({ text: 'own', number: 'own' });
  expect(faultsOf(gate, { text: 'other', number: 1 })).toEqual(['text isString', 'number isInt']);
});

test.each<[string, (item: never) => unknown, unknown[]]>([
  ['looks into the items', ({ id }: { id: number }) => id, [{ id: 1 }, { id: 1 }]],
  ['takes texts for alike', (item: string) => item.toLowerCase?.(), ['a', 'A']],
  ['takes all items for alike', () => 0, [1, 2]],
])('a function of @ArrayUnique that %s is asked', (_what, identifier, list) => {
  class Things {
    @library.ArrayUnique(identifier) list!: unknown[];
  }
  const gate = compileGate(Things, { in: 'body', where: 'test' });
  expect(faultsOf(gate, { list })).toEqual(['list arrayUnique']);
});

test('a function of @ArrayUnique that throws is an error of the application', () => {
  class Things {
    @library.ArrayUnique(({ id }: { id: string }) => id.trim()) list!: unknown[];
  }
  const gate = compileGate(Things, { in: 'body', where: 'test' });
  expect(() => gate.check({ list: [{ id: 5 }] })).toThrow(TypeError);
});

test.each<[string, PropertyDecorator]>([
  ['as they are', library.ArrayUnique()],
  ['by a function', library.ArrayUnique((item: string) => item.slice(1))],
])('whether the items of a long list are unique costs one look at each (%s)', (_how, unique) => {
  class Things {
    list!: string[];
  }
  unique(Things.prototype, 'list');
  const gate = compileGate(Things, { in: 'body', where: 'test', limits: HARD_LIMITS });
  const list = Array.from({ length: 50_000 }, (_, i) => `${'a'.repeat(200)}${i}`);
  const begun = performance.now();
  gate.check({ list });
  // class-validator's own takes many seconds.
  expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 1_000 : 5_000);
});

test('the decimal places of a very small number are a fault, where class-validator throws', () => {
  class Price {
    @library.IsNumber({ maxDecimalPlaces: 2 }) amount!: number;
    @library.IsNumber({ maxDecimalPlaces: 7 }) @library.IsOptional() exact?: number;
  }
  expect(() => library.validateSync(Object.assign(new Price(), { amount: 1e-7 }))).toThrow(TypeError);
  const gate = compileGate(Price, { in: 'body', where: 'test' });
  expect(faultsOf(gate, { amount: 1e-7 })).toEqual(['amount isNumber']);
  expect(faultsOf(gate, { amount: 1.25e-7 })).toEqual(['amount isNumber']);
  expect(gate.check({ amount: 1.25, exact: 1e-7 })).toEqual({ amount: 1.25, exact: 1e-7 });
});
