import 'reflect-metadata';
import { Type } from 'class-transformer';
import { Allow, IsInt, IsObject, IsString, MinLength, Validate, ValidateNested } from 'class-validator';
import { UntypedInputError } from '../../src/validation/errors.js';
import { compileGate, type InputType, unchecked } from '../../src/validation/gate.js';
import { codeOf, faultsOf, rejectionOf } from './rejection.js';

class Film {
  @IsString() @MinLength(2) title!: string;
}
class Plain {
  title = '';
}
class Sequel extends Film {}
class NeedsTwo {
  @IsString() name: string;
  constructor(part: { name: string }) {
    this.name = part.name;
  }
}
class Untyped {
  @ValidateNested({ each: true }) films!: Film[];
}
class Unchecked {
  @Type(() => Film) @IsObject() film!: object;
}
class UncheckedByEmit {
  @IsObject() film!: Film;
}
class NestedPlain {
  @ValidateNested() @Type(() => Plain) plain!: Plain;
}
class UntypedMap {
  @ValidateNested({ each: true }) films!: Map<string, Film>;
}
class LostInACircle {
  // What a file that imports this one and is imported by it has to give at first.
  @ValidateNested() @Type(() => undefined as never) film!: object;
}
class OneKindUnruled {
  @ValidateNested()
  @Type(() => Film, { discriminator: { property: 'kind', subTypes: [{ name: 'plain', value: Plain }] } })
  film!: Film;
}
class NotAConstraint {
  validate() {
    return true;
  }
}
class NeverRun {
  @Validate(NotAConstraint as never) name!: string;
}

const boot = (type: unknown) => () => compileGate(type as InputType, { in: 'body', where: 'Films.add, parameter 0' });

describe('at boot, a type that says nothing is refused, never let through', () => {
  const untyped: [string, unknown, string][] = [
    ['no type', undefined, 'no type at run time'],
    ['an interface', Object, 'lost at run time'],
    ['a type-only import', Function, 'import type'],
    ['an array of who knows what', Array, 'nothing says of what'],
    ['a promise', Promise, 'Promise'],
    ['null', null, 'neither a class nor a schema'],
    ['a name', 'Film', 'neither a class nor a schema'],
    ['an arrow function', () => Film, 'neither a class nor a schema'],
    ['a plain object', { title: String }, 'neither a class nor a schema'],
    ['a class without a rule', Plain, 'Plain has no class-validator rule'],
    ['an array of a class without a rule', [Plain], 'Plain has no class-validator rule'],
    ['an array of two types', [Film, Sequel], 'a list of 2'],
    ['an array of nothing', [], 'a list of 0'],
    ['an array of arrays', [[Film]], 'neither a class nor a schema'],
    ['a map', Map, 'Map has no class-validator rule'],
    ['bytes', Buffer, 'Buffer has no class-validator rule'],
    ['a class that needs arguments', NeedsTwo, 'cannot be made with `new NeedsTwo()`'],
    ['a nested property without a class', Untyped, 'Untyped.films has @ValidateNested(), but nothing says which class'],
    ['a nested class without a rule', NestedPlain, 'Plain has no class-validator rule'],
    ['a nested class whose rules would not run', Unchecked, 'Unchecked.film is a Film, but has no @ValidateNested()'],
    ['the same, by its emitted type', UncheckedByEmit, 'UncheckedByEmit.film is a Film'],
    [
      'a nested map without a class',
      UntypedMap,
      'UntypedMap.films has @ValidateNested(), but nothing says which class',
    ],
    ['a nested class that a circle of imports hides', LostInACircle, 'LostInACircle.film has @ValidateNested(), but'],
    ['one kind without a rule', OneKindUnruled, 'Plain has no class-validator rule'],
    ['an enum', { red: 'red' }, 'neither a class nor a schema'],
    ['a set', Set, 'Set has no class-validator rule'],
    ['a symbol', Symbol, 'Symbol has no class-validator rule'],
    ['a number', 7, 'neither a class nor a schema'],
    ['an empty text', '', 'neither a class nor a schema'],
    ['a constraint that class-validator would never run', NeverRun, '@Validate(NotAConstraint) would never run'],
  ];
  test.each(untyped)('%s', (_what, type, why) => {
    expect(boot(type)).toThrow(UntypedInputError);
    expect(boot(type)).toThrow(expect.objectContaining({ code: 'SPECTER_UNTYPED_INPUT' }));
    expect(boot(type)).toThrow(why);
    expect(boot(type)).toThrow('Films.add, parameter 0');
  });

  test('and the error says what to give instead', () => {
    expect(boot(undefined)).toThrow(/class-validator rules.*\[Class\].*Standard Schema.*`unchecked`/);
  });
});

describe('a gate', () => {
  const gate = (type: InputType) => compileGate(type, { in: 'payload', where: 'test' });

  test('says what it lets through', () => {
    const types: [InputType, string][] = [
      [Film, 'Film'],
      [[Film], 'Film[]'],
      [Number, 'number'],
      [[String], 'string[]'],
      [unchecked, 'unchecked'],
    ];
    expect(types.map(([type]) => gate(type).describe)).toEqual(types.map(([, name]) => name));
    expect(gate(Film).keys).toEqual(['title']);
    expect(gate(Number).keys).toBeUndefined();
  });

  test('takes inherited rules for rules', () => {
    const film = gate(Sequel).check({ title: 'Alien' });
    expect(film).toBeInstanceOf(Sequel);
    expect(faultsOf(gate(Sequel), { title: 'A' })).toEqual(['title minLength']);
  });

  test('checks every item of an array, and names its place', () => {
    expect(gate([Film]).check([{ title: 'Alien' }])).toEqual([expect.any(Film)]);
    expect(gate([Film]).check([])).toEqual([]);
    expect(faultsOf(gate([Film]), [{ title: 'Alien' }, { title: 5 }, null, [], { title: 'A', year: 1 }])).toEqual([
      '1.title minLength',
      '1.title isString',
      '2 isObject',
      '3 isObject',
      '4.year unknown',
      '4.title minLength',
    ]);
    expect(faultsOf(gate([Film]), { title: 'Alien' })).toEqual([' isArray']);
  });

  test('that is told to check nothing still limits the structure and the keys', () => {
    const value = { anything: ['goes', null] };
    expect(gate(unchecked).check(value)).toBe(value);
    expect(codeOf(() => gate(unchecked).check(JSON.parse('{"a":{"__proto__":1}}')))).toBe('SPECTER_BODY_FORBIDDEN_KEY');
    const narrow = compileGate(unchecked, { in: 'payload', where: 'test', limits: { items: 2 } });
    expect(codeOf(() => narrow.check([1, 2, 3]))).toBe('SPECTER_BODY_TOO_COMPLEX');
  });

  test('checks the structure before the rules', () => {
    const deep = JSON.parse(`${'{"title":'.repeat(33)}1${'}'.repeat(33)}`) as unknown;
    expect(codeOf(() => gate(Film).check(deep))).toBe('SPECTER_BODY_TOO_COMPLEX');
  });

  test('begins its faults with the name of the value, when it has one', () => {
    const page = compileGate(Number, { in: 'query', convert: true, where: 'test', name: 'page' });
    const { problem } = rejectionOf(page, 'two');
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: 'The query did not pass validation; `errors` says where and why.',
      code: 'SPECTER_VALIDATION',
      errors: [{ in: 'query', path: 'page', rule: 'isNumber', message: 'page must be a decimal number' }],
    });
  });

  test('wants a value where one must be, and can be told otherwise', () => {
    expect(
      faultsOf(compileGate(String, { in: 'params', convert: true, where: 'test', name: 'id' }), undefined),
    ).toEqual(['id isString']);
    expect(faultsOf(gate(Film), undefined)).toEqual([' isObject']);
    const optional = compileGate(Film, { in: 'body', where: 'test', required: false });
    expect(optional.check(undefined)).toBeUndefined();
    const needed = compileGate(Number, { in: 'query', convert: true, where: 'test', name: 'page', required: true });
    expect(faultsOf(needed, undefined)).toEqual(['page isNumber']);
  });
});

describe('where values are texts', () => {
  class Page {
    @IsInt() page = 1;
    @Allow() sort?: string;
  }

  test('an unknown key of a query is a fault', () => {
    const gate = compileGate(Page, { in: 'query', convert: true, where: 'test' });
    expect(gate.check({ page: '2' })).toEqual({ page: 2 });
    expect(faultsOf(gate, { page: '2', admin: '1' })).toEqual(['admin unknown']);
  });

  test.each(['headers', 'cookies', 'env'] as const)('an unknown key of %s is somebody else’s', (source) => {
    const gate = compileGate(Page, { in: source, convert: true, where: 'test' });
    expect(gate.check({ page: '2', host: 'localhost' })).toEqual({ page: 2 });
  });
});
