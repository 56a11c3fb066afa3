import 'reflect-metadata';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsBoolean,
  IsDate,
  IsDefined,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsPostalCode,
  IsString,
  Max,
  Min,
  MinLength,
  registerDecorator,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { compileGate, type InputType } from '../../src/validation/gate.js';
import { faultsOf, rejectionOf } from './rejection.js';

const body = (type: InputType) => compileGate(type, { in: 'body', where: 'test' });
const query = (type: InputType) => compileGate(type, { in: 'query', convert: true, where: 'test' });

class Address {
  @IsPostalCode('DE') zip!: string;
  @IsString() @IsOptional() street?: string;
}

class Order {
  @IsEmail() email!: string;
  @IsInt() @Min(1) count = 1;
  @ValidateNested() @Type(() => Address) @IsOptional() address?: Address;
  @ValidateNested({ each: true }) @Type(() => Address) @IsOptional() items: Address[] = [];
  @IsString({ each: true }) @IsOptional() tags?: string[];
  @IsObject() @IsOptional() meta?: object;
}

const order = (changes: object = {}) => ({ email: 'ada@example.org', ...changes });

describe('what passes a DTO class', () => {
  test('is an instance of exactly that class, and so is everything declared inside it', () => {
    const value = body(Order).check(order({ address: { zip: '10115' }, items: [{ zip: '10117' }] })) as Order;
    expect(Object.getPrototypeOf(value)).toBe(Order.prototype);
    expect(value.address).toBeInstanceOf(Address);
    expect(value.items).toEqual([expect.any(Address)]);
    expect(value.items[0]).toBeInstanceOf(Address);
  });

  test('keeps the class’s own values for what was not sent, undecorated fields included', () => {
    class Draft {
      @IsString() title = 'untitled';
      readonly created = 'now';
      note?: string;
    }
    expect(body(Draft).check({})).toEqual({ title: 'untitled', created: 'now', note: undefined });
    expect(faultsOf(body(Draft), { created: 'then' })).toEqual(['created unknown']);
  });

  test('passes a free object through as it is, whatever its keys are called', () => {
    const meta: unknown = JSON.parse('{"constructor":"Ferrari","toString":"x","then":1,"hasOwnProperty":null}');
    expect((body(Order).check(order({ meta })) as Order).meta).toEqual(meta);
  });

  test('does not change the input', () => {
    const input = Object.freeze(order({ address: Object.freeze({ zip: '10115' }) }));
    expect(body(Order).check(input)).toBeInstanceOf(Order);
  });
});

describe('hostile input is a fault, never a TypeError', () => {
  const refused: [string, unknown, string[]][] = [
    ['null', null, [' isObject']],
    ['nothing', undefined, [' isObject']],
    ['a text', 'x', [' isObject']],
    ['a number', 5, [' isObject']],
    ['an array', [], [' isObject']],
    ['an array of it', [order()], [' isObject']],
    ['constructor', JSON.parse('{"email":"a@b.de","constructor":"x"}'), ['constructor unknown']],
    ['toString and valueOf', order({ toString: 'x', valueOf: 'y' }), ['toString unknown', 'valueOf unknown']],
    ['hasOwnProperty', order({ hasOwnProperty: 1 }), ['hasOwnProperty unknown']],
    ['then', JSON.parse('{"email":"a@b.de","then":"x"}'), ['then unknown']],
    ['toJSON and length', order({ toJSON: 1, length: 5 }), ['toJSON unknown', 'length unknown']],
    ['objects for texts', order({ email: { toString: 'x', valueOf: 'y' } }), ['email isEmail']],
    ['constructor inside', order({ address: { zip: '10115', constructor: 'x' } }), ['address.constructor unknown']],
    ['null for an object', order({ address: null }), ['address notNull']],
    ['null for an array', order({ items: null }), ['items notNull']],
    ['an array for an object', order({ address: [] }), ['address isObject']],
    ['an array of one for an object', order({ address: [{ zip: '10115' }] }), ['address isObject']],
    ['arrays in an array for an object', order({ address: [[]] }), ['address isObject']],
    ['an object for an array', order({ items: { zip: '10115' } }), ['items isArray']],
    ['an object that looks like an array', order({ items: { 0: {}, length: 1 } }), ['items isArray']],
    ['a text for an array of objects', order({ items: 'x' }), ['items isArray']],
    ['a text for an array of texts', order({ tags: 'x' }), ['tags isArray']],
    ['null in an array', order({ items: [null] }), ['items.0 isObject']],
    ['an array in an array', order({ items: [[{ zip: '10115' }]] }), ['items.0 isObject']],
    ['a bad item far back', order({ items: [{ zip: '10115' }, { zip: 'x' }] }), ['items.1.zip isPostalCode']],
    ['an unknown key far back', order({ items: [{ zip: '10115', x: 1 }] }), ['items.0.x unknown']],
    ['an array for a free object', order({ meta: [] }), ['meta isObject']],
    ['a text for a number', order({ count: '1' }), ['count isInt', 'count min']],
    ['a truth value for a number', order({ count: true }), ['count isInt', 'count min']],
    ['an empty text for a number', order({ count: '' }), ['count isInt', 'count min']],
    ['everything at once', { email: 5, count: 0, nope: 1 }, ['nope unknown', 'email isEmail', 'count min']],
  ];
  test.each(refused)('%s', (_what, input, expected) => {
    expect(faultsOf(body(Order), input).sort()).toEqual([...expected].sort());
  });
});

describe('null', () => {
  class Nullable {
    @IsString() @IsOptional() absent?: string;
    @IsString() required = '';
    @IsString() @IsOptional() @Allow() allowed?: string | null;
    @IsOptional() @ValidateIf((_, value) => value !== null) @IsString() conditional?: string | null;
    @ValidateIf((_, value) => value !== null) @IsString() requiredOrNull: string | null = null;
    @Allow() anything?: unknown;
    @IsOptional() @Transform(({ value }) => value ?? undefined) @IsString() forgiving?: string;
  }

  test('is not “optional”', () => {
    expect(rejectionOf(body(Nullable), { absent: null }).faults).toEqual([
      { in: 'body', path: 'absent', rule: 'notNull', message: 'absent may be absent, but must not be null' },
    ]);
    expect(faultsOf(body(Nullable), { required: null })).toEqual(['required isString']);
  });

  test('is welcome where @Allow, a @ValidateIf or a transformation says so', () => {
    const input = { allowed: null, conditional: null, requiredOrNull: null, anything: null, forgiving: null };
    expect(body(Nullable).check(input)).toMatchObject({
      allowed: null,
      conditional: null,
      requiredOrNull: null,
      anything: null,
    });
    expect(faultsOf(body(Nullable), { allowed: 5, conditional: 5, requiredOrNull: 5 })).toEqual([
      'allowed isString',
      'conditional isString',
      'requiredOrNull isString',
    ]);
  });

  test('that the class itself gives to a field is no fault', () => {
    class Slot {
      @IsOptional() @IsString() note: string | null = null;
    }
    expect(body(Slot).check({})).toEqual({ note: null });
  });
});

enum Level {
  Low,
  High,
}

describe('texts become what a property declares', () => {
  class Search {
    @IsInt() @Min(1) @IsOptional() page = 1;
    @IsNumber() @IsOptional() ratio?: number;
    @IsBoolean() @IsOptional() deep?: boolean;
    @IsDate() @IsOptional() since?: Date;
    @IsInt({ each: true }) @IsOptional() ids?: number[];
    @IsString({ each: true }) @IsOptional() tags?: string[];
    @IsEnum(Level) @IsOptional() level?: Level;
    @IsIn([1, 2, 3]) @IsOptional() stars?: number;
    @IsString() @IsOptional() q?: string;
    @IsOptional() emitted?: number;
    @Type(() => Number) @Max(5) @IsOptional() named?: unknown;
    @Transform(({ value }) => String(value).split(',')) @IsString({ each: true }) @IsOptional() list?: string[];
  }
  const gate = query(Search);

  test('by its rules, by @Type, and by what the compiler emitted', () => {
    const input = {
      page: '2',
      ratio: '0.5',
      deep: 'false',
      since: '2024-05-01',
      ids: ['1', '2'],
      tags: 'one',
      level: '1',
      stars: '3',
      q: '007',
      emitted: '4',
      named: '5',
      list: 'a,b',
    };
    expect(gate.check(input)).toEqual({
      page: 2,
      ratio: 0.5,
      deep: false,
      since: new Date('2024-05-01'),
      ids: [1, 2],
      tags: ['one'],
      level: Level.High,
      stars: 3,
      q: '007',
      emitted: 4,
      named: 5,
      list: ['a', 'b'],
    });
  });

  const refused: [object, string[]][] = [
    [{ page: '' }, ['page isNumber']],
    [{ page: ' 1' }, ['page isNumber']],
    [{ page: '0x10' }, ['page isNumber']],
    [{ page: '1.5' }, ['page isInt']],
    [{ page: '0' }, ['page min']],
    [{ page: ['1', '2'] }, ['page once']],
    [{ deep: 'yes' }, ['deep isBoolean']],
    [{ deep: '' }, ['deep isBoolean']],
    [{ since: '2024-02-31' }, ['since isDate']],
    [{ ids: ['1', 'x'] }, ['ids.1 isNumber']],
    [{ level: 'High' }, ['level isNumber']],
    [{ level: '7' }, ['level isEnum']],
    [{ q: ['a', 'b'] }, ['q once']],
    [{ q: { a: '1' } }, ['q isString']],
    [{ named: '6' }, ['named max']],
  ];
  test.each(refused)('or are refused: %j', (input, expected) => {
    expect(faultsOf(gate, input)).toEqual(expected);
  });

  test('with no metadata emitted at all, as esbuild compiles', () => {
    class Bare {
      page = 1;
      declare on?: boolean;
      declare ids?: number[];
    }
    IsInt()(Bare.prototype, 'page');
    IsBoolean()(Bare.prototype, 'on');
    IsOptional()(Bare.prototype, 'on');
    IsInt({ each: true })(Bare.prototype, 'ids');
    IsOptional()(Bare.prototype, 'ids');
    expect(query(Bare).check({ page: '3', on: 'true', ids: '1' })).toEqual({ page: 3, on: true, ids: [1] });
    expect(faultsOf(query(Bare), { page: 'x', on: '1', ids: ['1', ''] })).toEqual([
      'page isNumber',
      'on isBoolean',
      'ids.1 isNumber',
    ]);
  });
});

describe('in a body, @Type does not coerce', () => {
  class Typed {
    @Type(() => Number) @Allow() number?: number;
    @Type(() => Boolean) @Allow() flag?: boolean;
    @Type(() => String) @Allow() text?: string;
    @Type(() => Date) @IsDate() @IsOptional() at?: Date;
    @Type(() => Number) @IsInt({ each: true }) @IsOptional() numbers?: number[];
  }
  test('but reads a date, for which JSON has no form', () => {
    const value = body(Typed).check({ number: 1, flag: false, text: '', at: '2024-05-01T00:00:00Z', numbers: [1] });
    expect(value).toEqual({ number: 1, flag: false, text: '', at: new Date('2024-05-01T00:00:00Z'), numbers: [1] });
  });

  test.each([
    [{ number: '1' }, ['number isNumber']],
    [{ number: '' }, ['number isNumber']],
    [{ number: true }, ['number isNumber']],
    [{ flag: 'false' }, ['flag isBoolean']],
    [{ flag: {} }, ['flag isBoolean']],
    [{ text: {} }, ['text isString']],
    [{ at: 0 }, ['at isDate']],
    [{ at: '2024-02-31' }, ['at isDate']],
    [{ numbers: [1, '2'] }, ['numbers.1 isNumber']],
  ])('%j is refused', (input, expected) => {
    expect(faultsOf(body(Typed), input)).toEqual(expected);
  });

  test('a date without @Type stays the text that came', () => {
    class Bare {
      @IsDate() at!: Date;
    }
    expect(faultsOf(body(Bare), { at: '2024-05-01' })).toEqual(['at isDate']);
  });
});

describe('class-transformer’s decorators', () => {
  class Shape {
    @IsString() @IsOptional() kind?: string;
  }
  class Circle extends Shape {
    @IsNumber() radius!: number;
  }
  class Square extends Shape {
    @IsNumber() side!: number;
  }
  const subTypes = [
    { value: Circle, name: 'circle' },
    { value: Square, name: 'square' },
  ];

  test('@Expose gives another name, which faults use, too', () => {
    class Renamed {
      @Expose({ name: 'first-name' }) @MinLength(2) firstName!: string;
    }
    expect(body(Renamed).check({ 'first-name': 'Ada' })).toEqual({ firstName: 'Ada' });
    expect(faultsOf(body(Renamed), { 'first-name': 'A' })).toEqual(['first-name minLength']);
    expect(faultsOf(body(Renamed), { firstName: 'Ada' })).toEqual(['firstName unknown', 'first-name minLength']);
  });

  test('@Exclude takes nothing from outside', () => {
    class User {
      @IsString() name!: string;
      @Exclude() @IsBoolean() admin = false;
      @Exclude({ toPlainOnly: true }) @IsString() password!: string;
    }
    expect(body(User).check({ name: 'Ada', password: 'x' })).toEqual({ name: 'Ada', admin: false, password: 'x' });
    expect(faultsOf(body(User), { name: 'Ada', password: 'x', admin: true })).toEqual(['admin unknown']);
  });

  test('@Exclude on a class takes what is exposed alone', () => {
    @Exclude()
    class User {
      @Expose() @IsString() name!: string;
      @IsString() role = 'reader';
    }
    expect(body(User).check({ name: 'Ada' })).toEqual({ name: 'Ada', role: 'reader' });
    expect(faultsOf(body(User), { name: 'Ada', role: 'admin' })).toEqual(['role unknown']);
  });

  test('@Transform sees the value and the object, before the rules', () => {
    class Trimmed {
      @Transform(({ value, key, obj }) => `${(value as string).trim()}/${key}/${Object.keys(obj as object).length}`)
      @IsString()
      name!: string;
      @Expose() @Transform(({ value }) => value ?? 'made') @IsString() made!: string;
    }
    expect(body(Trimmed).check({ name: ' Ada ' })).toEqual({ name: 'Ada/name/1', made: 'made' });
  });

  test('@Transform that meets what it does not expect is a fault, with its error as the cause', () => {
    class Trimmed {
      @Transform(({ value }) => (value as string).trim()) @IsString() name!: string;
    }
    const rejection = rejectionOf(body(Trimmed), { name: 5 });
    expect(rejection.faults).toEqual([{ in: 'body', path: 'name', rule: 'transform', message: 'name cannot be read' }]);
    expect(rejection.cause).toBeInstanceOf(TypeError);
  });

  test('and so is what a setter cannot take', () => {
    class Upper {
      #name = '';
      @IsString() get name(): string {
        return this.#name;
      }
      set name(value: string) {
        this.#name = value.toUpperCase();
      }
    }
    expect((body(Upper).check({ name: 'ada' }) as Upper).name).toBe('ADA');
    const rejection = rejectionOf(body(Upper), { name: 5 });
    expect(rejection.faults).toEqual([{ in: 'body', path: 'name', rule: 'transform', message: 'name cannot be read' }]);
    expect(rejection.cause).toBeInstanceOf(TypeError);
  });

  test('a discriminator chooses the class', () => {
    class Drawing {
      @ValidateNested({ each: true })
      @Type(() => Shape, { discriminator: { property: 'kind', subTypes } })
      shapes: Shape[] = [];
      @ValidateNested()
      @Type(() => Shape, { keepDiscriminatorProperty: true, discriminator: { property: 'type', subTypes } })
      @IsOptional()
      main?: Shape;
    }
    const value = body(Drawing).check({
      shapes: [
        { kind: 'circle', radius: 1 },
        { kind: 'square', side: 2 },
      ],
      main: { type: 'circle', radius: 3 },
    }) as Drawing;
    expect(value.shapes).toEqual([
      { kind: 'circle', radius: 1 },
      { kind: 'square', side: 2 },
    ]);
    expect(value.shapes.map((shape) => shape.constructor)).toEqual([Circle, Square]);
    expect(value.main).toEqual({ type: 'circle', radius: 3 });
    expect(
      faultsOf(body(Drawing), {
        shapes: [{ kind: 'square', radius: 1 }, { kind: 'constructor' }, { radius: 1 }, null],
        main: { type: '__proto__' },
      }),
    ).toEqual([
      'shapes.0.radius unknown',
      'shapes.1.kind discriminator',
      'shapes.2.kind discriminator',
      'shapes.3 isObject',
      'main.type discriminator',
      'shapes.0.side isNumber',
    ]);
  });

  test('a type that depends on the object is chosen for each', () => {
    class Holder {
      @IsString() kind!: string;
      @ValidateNested()
      @Type((help) => (help?.object.kind === 'circle' ? Circle : Square))
      shape!: Shape;
    }
    expect((body(Holder).check({ kind: 'circle', shape: { radius: 1 } }) as Holder).shape).toBeInstanceOf(Circle);
    expect(faultsOf(body(Holder), { kind: 'square', shape: { radius: 1 } })).toEqual([
      'shape.radius unknown',
      'shape.side isNumber',
    ]);
  });

  test('maps and sets are filled', () => {
    class Collections {
      @ValidateNested({ each: true }) @Type(() => Address) byName: Map<string, Address> = new Map();
      @IsInt({ each: true }) @Type(() => Number) numbers: Set<number> = new Set();
    }
    const value = body(Collections).check({ byName: { home: { zip: '10115' } }, numbers: [1, 1, 2] }) as Collections;
    expect(value.byName).toEqual(new Map([['home', { zip: '10115' }]]));
    expect(value.byName.get('home')).toBeInstanceOf(Address);
    expect(value.numbers).toEqual(new Set([1, 2]));
    expect(faultsOf(body(Collections), { byName: { home: { zip: 'x' } }, numbers: ['1'] })).toEqual([
      'numbers.0 isNumber',
      'byName.home.zip isPostalCode',
    ]);
    expect(faultsOf(body(Collections), { byName: [], numbers: {} })).toEqual(['byName isObject', 'numbers isArray']);
  });

  test('getters and methods are not filled', () => {
    class Computed {
      @IsString() first = 'Ada';
      @IsString() get full(): string {
        return `${this.first} L.`;
      }
    }
    expect((body(Computed).check({ first: 'Eva' }) as Computed).full).toBe('Eva L.');
    expect(faultsOf(body(Computed), { full: 'x' })).toEqual(['full unknown']);
  });
});

describe('a class that contains itself', () => {
  class Tree {
    @IsString() name!: string;
    @ValidateNested({ each: true }) @Type(() => Tree) @IsOptional() children?: Tree[];
  }
  test('is checked all the way down', () => {
    const tree = { name: 'a', children: [{ name: 'b', children: [{ name: 'c' }] }] };
    expect(body(Tree).check(tree)).toEqual(tree);
    expect(faultsOf(body(Tree), { name: 'a', children: [{ name: 'b', children: [{ name: 5, x: 1 }] }] })).toEqual([
      'children.0.children.0.x unknown',
      'children.0.children.0.name isString',
    ]);
  });
});

describe('rules that take time', () => {
  @ValidatorConstraint({ name: 'isFree', async: true })
  class IsFree {
    async validate(name: unknown) {
      return name !== 'eve';
    }
    defaultMessage() {
      return '$property is taken';
    }
  }
  const Unflagged = () => (target: object, propertyName: string) =>
    registerDecorator({
      name: 'isFresh',
      target: target.constructor,
      propertyName,
      options: {},
      validator: { validate: (value: unknown) => (value === 'sync' ? true : Promise.resolve(value !== 'stale')) },
    });
  class Account {
    @Validate(IsFree) @IsString() name = 'free';
    @Unflagged() @IsOptional() state = 'sync';
    @Validate(IsFree, { each: true }) @IsOptional() aliases?: string[];
  }

  test('make the answer a promise, and their faults stand with the others', async () => {
    const gate = body(Account);
    await expect(gate.check({ name: 'free' })).resolves.toBeInstanceOf(Account);
    const rejected = gate.check({ name: 'eve', state: 'stale', aliases: ['free', 'eve'] });
    await expect(rejected).rejects.toMatchObject({
      code: 'SPECTER_VALIDATION',
      problem: {
        errors: [
          { path: 'name', rule: 'isFree', message: 'name is taken' },
          { path: 'state', rule: 'isFresh' },
          { path: 'aliases', rule: 'isFree' },
        ],
      },
    });
  });

  test('are awaited although nobody announced them', async () => {
    class OnlyUnflagged {
      @Unflagged() state!: string;
    }
    expect(body(OnlyUnflagged).check({ state: 'sync' })).toBeInstanceOf(OnlyUnflagged);
    await expect(body(OnlyUnflagged).check({ state: 'stale' })).rejects.toMatchObject({ code: 'SPECTER_VALIDATION' });
  });

  test('are not waited for by anyone else: other classes answer at once', () => {
    expect(body(Order).check(order())).toBeInstanceOf(Order);
  });
});

describe('a rule that throws', () => {
  const Throws =
    (error: unknown, later = false) =>
    (target: object, propertyName: string) =>
      registerDecorator({
        name: 'throws',
        target: target.constructor,
        propertyName,
        options: {},
        validator: {
          validate: () => {
            if (later) return Promise.reject(error);
            throw error;
          },
        },
      });
  const error = new Error('no database');
  class Fragile {
    @Throws(error) @IsString() name!: string;
  }
  class FragileLater {
    @Throws(error, true) @IsString() name!: string;
  }

  test('is an error of the application when nothing else is wrong', async () => {
    expect(() => body(Fragile).check({ name: 'Ada' })).toThrow(error);
    await expect(body(FragileLater).check({ name: 'Ada' })).rejects.toBe(error);
  });

  test('for one item of a list leaves no promise of another item alone', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    @ValidatorConstraint({ name: 'moody', async: true })
    class Moody {
      validate(value: unknown) {
        if (value === 2) throw error;
        return Promise.reject(error);
      }
    }
    class List {
      @Validate(Moody, { each: true }) items!: number[];
    }
    await expect(body(List).check({ items: [1, 2, 3] })).rejects.toBe(error);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  test('is the cause of a rejection when the input breaks another rule anyway', async () => {
    expect(faultsOf(body(Fragile), { name: 5 })).toEqual(['name isString']);
    expect(rejectionOf(body(Fragile), { name: 5 }).cause).toBe(error);
    await expect(body(FragileLater).check({ name: 5 })).rejects.toMatchObject({
      code: 'SPECTER_VALIDATION',
      cause: error,
    });
  });
});

describe('the list of faults', () => {
  const size = (input: unknown, type: InputType = Order) =>
    Buffer.byteLength(JSON.stringify(rejectionOf(body(type), input).problem));
  const many = (count: number, key: (i: number) => string) =>
    order(Object.fromEntries(Array.from({ length: count }, (_, i) => [key(i), i])));

  test('ends at twenty', () => {
    expect(
      faultsOf(
        body(Order),
        many(999, (i) => `k${i}`),
      ),
    ).toHaveLength(20);
  });

  test.each([
    ['unknown keys', many(999, (i) => `unknown${i}`)],
    ['very long keys', many(50, (i) => `${i}${'k'.repeat(20_000)}`)],
    ['keys of control characters', many(999, (i) => `${'\u0001'.repeat(500)}${i}`)],
    ['keys of lone surrogates', many(999, (i) => `${'\ud800'.repeat(500)}${i}`)],
    ['keys in a wide script', many(999, (i) => `${'\u4e2d'.repeat(500)}${i}`)],
    ['bad items', order({ items: Array.from({ length: 5000 }, () => ({ zip: 'x'.repeat(50) })) })],
  ])('is never more than 16 KiB: %s', (_what, input) => {
    expect(size(input)).toBeLessThan(16 * 1024);
  });

  test('stops an oversized array before its items are read', () => {
    let read = 0;
    class Item {
      @Transform(({ value }) => {
        read++;
        return value as unknown;
      })
      @IsDefined()
      name!: string;
    }
    class Cart {
      @ArrayMaxSize(10) @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
    }
    expect(faultsOf(body(Cart), { items: Array.from({ length: 5000 }, () => ({ name: 1 })) })).toEqual([
      'items arrayMaxSize',
    ]);
    expect(read).toBe(0);
  });
});
