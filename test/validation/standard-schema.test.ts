import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { compileGate, type InputType } from '../../src/validation/gate.js';
import { faultsOf, rejectionOf } from './rejection.js';

const body = (type: InputType) => compileGate(type, { in: 'body', where: 'test' });

const Film = z.object({ title: z.string().min(2), cast: z.array(z.object({ name: z.string() })).optional() });

describe('a Standard Schema value', () => {
  test('decides, and its issues become faults of the one shape', () => {
    expect(body(Film).check({ title: 'Alien' })).toEqual({ title: 'Alien' });
    expect(rejectionOf(body(Film), { title: 5, cast: [{ name: 'S' }, {}] }).faults).toEqual([
      { in: 'body', path: 'title', rule: 'schema', message: expect.stringContaining('expected string') },
      { in: 'body', path: 'cast.1.name', rule: 'schema', message: expect.stringContaining('expected string') },
    ]);
  });

  test('decides about unknown keys, too', () => {
    expect(body(Film).check({ title: 'Alien', year: 1979 })).toEqual({ title: 'Alien' });
    expect(body(z.looseObject({})).check({ year: 1979 })).toEqual({ year: 1979 });
    expect(faultsOf(body(z.strictObject({})), { year: 1979 })).toEqual([' schema']);
  });

  test('may be the element of an array', () => {
    expect(body([Film]).check([{ title: 'Alien' }])).toEqual([{ title: 'Alien' }]);
    expect(faultsOf(body([Film]), [{ title: 'Alien' }, {}])).toEqual(['1.title schema']);
    expect(body([Film]).describe).toBe('zod schema[]');
  });

  test('gets texts as they are, and converts them itself', () => {
    const page = compileGate(z.object({ page: z.coerce.number() }), { in: 'query', convert: true, where: 'test' });
    expect(page.check({ page: '2' })).toEqual({ page: 2 });
    const named = compileGate(z.coerce.number(), { in: 'query', convert: true, where: 'test', name: 'page' });
    expect(faultsOf(named, 'two')).toEqual(['page schema']);
  });

  test('may take its time, alone and in an array', async () => {
    const free = z.object({ name: z.string().refine(async (name) => name !== 'eve') });
    await expect(body(free).check({ name: 'ada' })).resolves.toEqual({ name: 'ada' });
    await expect(body([free]).check([{ name: 'ada' }, { name: 'bob' }])).resolves.toHaveLength(2);
    await expect(body([free]).check([{ name: 'ada' }, { name: 'eve' }])).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ path: '1.name', rule: 'schema' }] },
    });
  });

  test('that throws is an error of the application, not a rejection', async () => {
    const error = new Error('no database');
    const schema = (validate: () => unknown) =>
      ({ '~standard': { version: 1, vendor: 'x', validate } }) as unknown as StandardSchemaV1;
    const fails = schema(() => {
      throw error;
    });
    expect(() => body(fails).check('ada')).toThrow(error);
    let calls = 0;
    const failsEitherWay = schema(() => {
      if (calls++ === 0) return Promise.reject(error);
      throw new Error('and again');
    });
    await expect(body([failsEitherWay]).check(['ada', 'bob'])).rejects.toBe(error);
  });

  test('may be a function, and may refuse without a word', () => {
    const mute = Object.assign(() => undefined, {
      '~standard': { version: 1 as const, vendor: 'mute', validate: () => ({ issues: [] }) },
    });
    expect(body(mute as InputType).describe).toBe('mute schema');
    expect(faultsOf(body(mute as InputType), 1)).toEqual([' schema']);
  });

  test('names places by path segments, whatever form they have', () => {
    const path = ['a', 0, { key: 'b' }];
    const schema = {
      '~standard': { version: 1, vendor: 'x', validate: () => ({ issues: [{ message: 'no', path }] }) },
    };
    expect(faultsOf(body(schema as unknown as InputType), 1)).toEqual(['a.0.b schema']);
  });

  test('is held to twenty faults and to the limits like everything else', () => {
    const numbers = z.array(z.number());
    expect(
      faultsOf(
        body(numbers),
        Array.from({ length: 5000 }, () => 'x'),
      ),
    ).toHaveLength(20);
    expect(() => body(numbers).check(Array.from({ length: 5001 }, () => 1))).toThrow(
      expect.objectContaining({ code: 'SPECTER_BODY_TOO_COMPLEX' }),
    );
  });
});
