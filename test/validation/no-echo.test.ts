// No rejection repeats what came in.
import 'reflect-metadata';
import { inspect } from 'node:util';
import { Type } from 'class-transformer';
import {
  Equals,
  IsEmail,
  IsIn,
  IsString,
  Length,
  MinLength,
  registerDecorator,
  Validate,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
} from 'class-validator';
import { z } from 'zod';
import { BodyError } from '../../src/validation/errors.js';
import { compileGate, type InputType } from '../../src/validation/gate.js';
import { parseJson } from '../../src/validation/limits.js';
import { rejectionOf } from './rejection.js';

const body = (type: InputType) => compileGate(type, { in: 'body', where: 'test' });
const messages = (type: InputType, input: unknown) =>
  rejectionOf(body(type), input).faults.map((fault) => fault.message);

const CANARY = 'canary-7f3a';

/** Keeps what it saw and tells it, as people do. */
@ValidatorConstraint({ name: 'remembers' })
class Remembers {
  #seen = '';
  validate(value: unknown) {
    this.#seen = String(value);
    return false;
  }
  defaultMessage() {
    return `bad: ${this.#seen}`;
  }
}

const Custom = (defaultMessage: (args?: ValidationArguments) => string) => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'custom',
    target: target.constructor,
    propertyName,
    options: {},
    validator: { validate: () => false, defaultMessage },
  });

class Inner {
  @IsEmail({}, { message: 'got $value' }) token!: string;
}
class Leaky {
  @IsEmail({}, { message: 'got $value' }) token!: string;
  @MinLength(99, { message: (args) => `${args.property} is ${args.value}` }) called!: string;
  @Length(99, 99, { message: (args) => `beside ${(args.object as Leaky).token.toUpperCase()}` }) neighbour!: string;
  @Custom((args) => `no ${JSON.stringify(args?.value)}`) custom!: unknown;
  @Custom((args) => `no ${JSON.stringify(args?.object)}`) whole!: unknown;
  @Validate(Remembers) remembered!: string;
  @Custom((args) => (args as { value: string }).value.slice(100)) throwing!: number;
  @Equals('x', { message: 'never $value' }) number!: number;
  @ValidateNested({ each: true, message: 'not $value' }) @Type(() => Inner) inner!: Inner[];
}

test('not by a token, a function, a neighbour, the whole object, or a memory', () => {
  const input = {
    token: CANARY,
    called: CANARY,
    neighbour: 'n',
    custom: { deep: [CANARY] },
    whole: 'w',
    remembered: CANARY,
    throwing: 5,
    number: 987_654_321,
    inner: [{ token: CANARY }, { token: `${CANARY}@` }],
  };
  const { problem } = rejectionOf(body(Leaky), input);
  const text = JSON.stringify(problem).toLowerCase();
  expect(problem.errors).toHaveLength(10);
  expect(text).not.toContain(CANARY);
  expect(text).not.toContain('987654321');
  expect(problem.errors?.map((fault) => fault.message)).toEqual(
    problem.errors?.map((fault) => `${fault.path.split('.').at(-1)} is not valid`),
  );
});

test('nor the second time, when a constraint remembers the first', () => {
  class Remembering {
    @Validate(Remembers) name!: string;
  }
  const gate = body(Remembering);
  for (const name of ['first-secret', 'first-secret', 'second-secret']) {
    expect(rejectionOf(gate, { name }).faults.map((fault) => fault.message)).toEqual(['name is not valid']);
  }
});

test('nor by a short value that stands alone', () => {
  class Short {
    @Custom((args) => `pin ${args?.value} is wrong`) pin!: unknown;
  }
  expect(messages(Short, { pin: '42' })).toEqual(['pin is not valid']);
  expect(messages(Short, { pin: 7 })).toEqual(['pin is not valid']);
});

test('but a text that is the same for every input is told, whatever words came in', () => {
  class Words {
    @IsString() name!: string;
    @IsIn(['must', 'string']) choice!: string;
    @IsEmail({}, { message: 'address of a person' }) email!: string;
    @Custom((args) => (typeof args?.value === 'number' ? 'not a number, please' : 'something else')) kind!: unknown;
  }
  expect(messages(Words, { name: 5, choice: 'string must', email: 'person', kind: 1 })).toEqual([
    'name must be a string',
    'choice must be one of the following values: must, string',
    'address of a person',
    'not a number, please',
  ]);
});

test('nor by a schema library', () => {
  const schema = z.object({
    token: z.string().refine(() => false, { error: (issue) => `got ${String(issue.input)}` }),
    deep: z.array(z.custom(() => false, { error: (issue) => `got ${JSON.stringify(issue.input)}` })),
  });
  const { problem } = rejectionOf(body(schema), { token: CANARY, deep: [{ a: CANARY.toUpperCase() }] });
  expect(JSON.stringify(problem).toLowerCase()).not.toContain(CANARY);
  expect(problem.errors?.map((fault) => fault.message)).toEqual(['token is not valid', '0 is not valid']);
});

test('nor by the JSON parser', () => {
  let thrown: unknown;
  try {
    parseJson(Buffer.from(`{"a":"${CANARY}"`));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(BodyError);
  expect(inspect(thrown)).not.toContain(CANARY);
});
