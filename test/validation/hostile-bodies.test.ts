// Seeded hostile bodies against several DTO shapes: a clean rejection or a clean instance, and nothing else.
import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import {
  Allow,
  IsArray,
  IsBoolean,
  IsDate,
  IsEmail,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { z } from 'zod';
import { ProblemError } from '../../src/kernel/problem.js';
import { compileGate, type InputType } from '../../src/validation/gate.js';
import { parseJson } from '../../src/validation/limits.js';
import { pick, seeded } from './seeded.js';

class Leaf {
  @IsString() @MaxLength(10) name!: string;
  @IsNumber() @IsOptional() size?: number;
}
class Flat {
  @IsString() str!: string;
  @IsInt() @IsOptional() num?: number;
  @IsBoolean() @IsOptional() flag?: boolean;
  @IsEmail() @IsOptional() email?: string;
}
class Nested {
  @ValidateNested() @Type(() => Leaf) leaf!: Leaf;
  @ValidateNested({ each: true }) @Type(() => Leaf) @IsOptional() leaves?: Leaf[];
}
class Tree {
  @IsString() @IsOptional() str?: string;
  @ValidateNested({ each: true }) @Type(() => Tree) @IsOptional() leaves?: Tree[];
}
class Free {
  @IsObject() @IsOptional() meta?: object;
  @Allow() str?: unknown;
  @IsArray() @IsOptional() leaves?: unknown[];
}
class Converted {
  @Type(() => Date) @IsDate() @IsOptional() str?: Date;
  @Type(() => Number) @IsOptional() num?: number;
  @Transform(({ value }) => (value as string).trim()) @IsString() @IsOptional() name?: string;
}
class Inherited extends Flat {
  @ValidateNested() @Type(() => Leaf) @IsOptional() leaf?: Leaf;
}

/** What each class declares, by property: undefined for free values. */
const DECLARED = new Map<unknown, Readonly<Record<string, unknown>>>([
  [Leaf, { name: 'string', size: 'number' }],
  [Flat, { str: 'string', num: 'number', flag: 'boolean', email: 'string' }],
  [Nested, { leaf: Leaf, leaves: [Leaf] }],
  [Tree, { str: 'string', leaves: [Tree] }],
  [Free, { meta: undefined, str: undefined, leaves: undefined }],
  [Converted, { str: Date, num: 'number', name: 'string' }],
  [Inherited, { str: 'string', num: 'number', flag: 'boolean', email: 'string', leaf: Leaf }],
]);

const SHAPES: readonly InputType[] = [
  Flat,
  Nested,
  Tree,
  Free,
  Converted,
  Inherited,
  [Leaf],
  [Nested],
  String,
  [Number],
  z.object({ str: z.string().optional(), meta: z.unknown() }),
];

const random = seeded(20_260_214);
const KEYS = ['str', 'num', 'flag', 'email', 'leaf', 'leaves', 'name', 'size', 'meta'];
const HOSTILE = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'then',
  'toJSON',
  'hasOwnProperty',
  'length',
  '\ud800',
  '\ufeff',
  '',
  '$value',
  'a.b',
  '0',
];
const SCALARS: unknown[] = ['', 'x', 'ada@example.org', '2024-01-01', '\udfff', 0, -1, 1.5, 1e21, true, false, null];

function hostile(depth: number): unknown {
  const kind = random();
  if (depth > 5 || kind < 0.35) return pick(random, SCALARS);
  if (kind < 0.5) return Array.from({ length: Math.floor(random() * 4) }, () => hostile(depth + 1));
  const object = Object.create(null) as Record<string, unknown>;
  for (let i = Math.floor(random() * 5); i >= 0; i--) {
    object[random() < 0.85 ? pick(random, KEYS) : pick(random, HOSTILE)] = hostile(depth + 1);
  }
  return object;
}

/** A body that would pass, bent in one place. */
function almost(): unknown {
  const leaf = { name: 'leaf' };
  const good: Record<string, unknown> = { str: '2024-01-01', leaf, leaves: [leaf] };
  if (random() < 0.5) delete good[pick(random, Object.keys(good))];
  if (random() < 0.5) good[pick(random, random() < 0.7 ? KEYS : HOSTILE)] = hostile(3);
  return good;
}

/** JSON as a stranger may write it: keys in escapes, and a byte that fell over. */
function bytesOf(value: unknown): Buffer {
  const json = JSON.stringify(value) ?? '';
  const text = random() < 0.2 ? json.replaceAll('_', '\\u005f').replaceAll('con', 'c\\u006fn') : json;
  const bytes = Buffer.from(text);
  if (random() < 0.2 && bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes;
}

function expectDeclared(value: unknown, type: unknown): void {
  if (value === undefined || type === undefined) return;
  if (Array.isArray(type)) {
    expect(Array.isArray(value)).toBe(true);
    for (const item of value as unknown[]) expectDeclared(item, type[0]);
  } else if (typeof type === 'string') {
    expect(typeof value).toBe(type);
  } else if (type === Date) {
    expect((value as Date).getTime()).not.toBeNaN();
  } else {
    const declared = DECLARED.get(type) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe((type as { prototype: object }).prototype);
    for (const key of Object.keys(value as object)) {
      expect(Object.keys(declared)).toContain(key);
      expectDeclared((value as Record<string, unknown>)[key], declared[key]);
    }
  }
}

test('6000 bodies over 11 shapes give an instance of the declared type or a 4xx, and touch no prototype', () => {
  const gates = SHAPES.map((type) => ({ type, gate: compileGate(type, { in: 'body', where: 'test' }) }));
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype).sort());
  const seen = new Map<string, number>();
  for (let round = 0; round < 6000; round++) {
    const { type, gate } = pick(random, gates);
    const bytes = bytesOf(random() < 0.5 ? hostile(0) : almost());
    let outcome = 'accepted';
    try {
      const value = gate.check(parseJson(bytes));
      if (DECLARED.has(Array.isArray(type) ? type[0] : type)) expectDeclared(value, type);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw new Error(`round ${round}: ${bytes.toString()}`, { cause: error });
      outcome = error.code;
      expect([400, 422]).toContain(error.status);
      for (const fault of error.problem.errors ?? []) {
        expect(fault).toEqual({
          in: 'body',
          path: expect.any(String),
          rule: expect.stringMatching(/^\w+$/),
          message: expect.stringMatching(/\S/),
        });
      }
    }
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype).sort())).toBe(before);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  // Every kind of ending was among them, or the bodies were not hostile, or not kind, enough.
  expect([...seen.keys()].sort()).toEqual([
    'SPECTER_BODY_ENCODING',
    'SPECTER_BODY_FORBIDDEN_KEY',
    'SPECTER_BODY_SYNTAX',
    'SPECTER_VALIDATION',
    'accepted',
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(20);
});
