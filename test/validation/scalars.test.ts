import { compileGate, type InputType } from '../../src/validation/gate.js';
import { faultsOf } from './rejection.js';

const query = (type: InputType) => compileGate(type, { in: 'query', convert: true, where: 'test', name: 'x' });
const body = (type: InputType) => compileGate(type, { in: 'body', where: 'test' });

describe('a text is converted strictly', () => {
  const takes: [string, InputType, unknown, unknown][] = [
    ['a whole number', Number, '42', 42],
    ['a negative fraction', Number, '-1.50', -1.5],
    ['leading zeros, which are decimal', Number, '007', 7],
    ['the largest exact whole number', Number, '9007199254740991', 9007199254740991],
    ['true', Boolean, 'true', true],
    ['false', Boolean, 'false', false],
    ['an empty text as a text', String, '', ''],
    ['blanks as they are', String, ' a ', ' a '],
    ['a day', Date, '2024-02-29', new Date('2024-02-29')],
    ['a moment', Date, '2024-05-01T10:00:00.123Z', new Date('2024-05-01T10:00:00.123Z')],
    ['a moment in another zone', Date, '2024-05-01T10:00+02:00', new Date('2024-05-01T08:00:00Z')],
    ['a big integer', BigInt, '9007199254740993', 9007199254740993n],
    ['one value for a list', [Number], '1', [1]],
    ['values for a list', [Number], ['1', '2'], [1, 2]],
    ['no value at all, for a single one', Number, undefined, undefined],
    ['no value at all, for a list', [Number], undefined, []],
  ];
  test.each(takes)('it takes %s', (_what, type, input, expected) => {
    expect(query(type).check(input)).toEqual(expected);
  });

  const refuses: [string, InputType, unknown, string][] = [
    ['an empty text for a number', Number, '', 'x isNumber'],
    ['a blank for a number', Number, ' ', 'x isNumber'],
    ['a blank around a number', Number, '1 ', 'x isNumber'],
    ['hexadecimal', Number, '0x10', 'x isNumber'],
    ['a number beyond finite', Number, '1e9999', 'x isNumber'],
    ['a whole number that would become its neighbour', Number, '9007199254740993', 'x isNumber'],
    ['a word for a number', Number, 'Infinity', 'x isNumber'],
    ['not a number', Number, 'NaN', 'x isNumber'],
    ['separators', Number, '1_000', 'x isNumber'],
    ['a number without its first digit', Number, '.5', 'x isNumber'],
    ['a plus', Number, '+1', 'x isNumber'],
    ['a million digits', Number, '1'.repeat(1_000_000), 'x isNumber'],
    ['a capital', Boolean, 'True', 'x isBoolean'],
    ['one for true', Boolean, '1', 'x isBoolean'],
    ['an empty text for a truth value', Boolean, '', 'x isBoolean'],
    ['31 February', Date, '2024-02-31', 'x isDate'],
    ['29 February in a common year', Date, '2023-02-29T00:00:00Z', 'x isDate'],
    ['month 13', Date, '2024-13-01', 'x isDate'],
    ['hour 24', Date, '2024-01-01T24:00:00Z', 'x isDate'],
    ['a local notation', Date, '05/01/2024', 'x isDate'],
    ['a timestamp', Date, '1714557600000', 'x isDate'],
    ['a fraction for a big integer', BigInt, '1.0', 'x isBigInt'],
    ['a hexadecimal big integer', BigInt, '0x10', 'x isBigInt'],
    ['a repeated number', Number, ['1', '2'], 'x once'],
    ['a repeated text', String, ['a', 'b'], 'x once'],
    ['an object for a text', String, { a: 'b' }, 'x isString'],
    ['one bad item of a list', [Number], ['1', 'two'], 'x.1 isNumber'],
  ];
  test.each(refuses)('it refuses %s', (_what, type, input, expected) => {
    expect(faultsOf(query(type), input)).toEqual([expected]);
  });
});

describe('a body is never coerced', () => {
  const takes: [string, InputType, unknown, unknown][] = [
    ['a string', String, 'a', 'a'],
    ['a number', Number, 0, 0],
    ['a truth value', Boolean, false, false],
    ['a list', [String], ['a'], ['a']],
    ['a date, which JSON can only carry as a text', Date, '2024-05-01T10:00:00Z', new Date('2024-05-01T10:00:00Z')],
    ['a big integer, likewise', BigInt, '12', 12n],
  ];
  test.each(takes)('it takes %s', (_what, type, input, expected) => {
    expect(body(type).check(input)).toEqual(expected);
  });

  const refuses: [string, InputType, unknown, string][] = [
    ['a text for a number', Number, '1', ' isNumber'],
    ['an empty text for a number', Number, '', ' isNumber'],
    ['true for a number', Number, true, ' isNumber'],
    ['an object for a number', Number, {}, ' isNumber'],
    ['a text for a truth value', Boolean, 'false', ' isBoolean'],
    ['an object for a truth value', Boolean, {}, ' isBoolean'],
    ['a number for a text', String, 5, ' isString'],
    ['an object for a text', String, {}, ' isString'],
    ['a number for a date', Date, 0, ' isDate'],
    ['null for a text', String, null, ' isString'],
    ['nothing', String, undefined, ' isString'],
    ['an object for a list', [String], { 0: 'a', length: 1 }, ' isArray'],
    ['a single value for a list', [String], 'a', ' isArray'],
  ];
  test.each(refuses)('it refuses %s', (_what, type, input, expected) => {
    expect(faultsOf(body(type), input)).toEqual([expected]);
  });
});
