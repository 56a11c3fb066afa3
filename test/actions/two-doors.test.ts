import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDate,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { z } from 'zod';
import { Action } from '../../src/actions/action.js';
import { Session } from '../../src/http/parameters.js';
import { seeded } from '../../src/kernel/random.js';
import { unchecked } from '../../src/validation/gate.js';
import { ActionStage, nextAck } from './stage.js';

class Address {
  @IsString() @Length(2, 20) street!: string;
  @IsOptional() @IsInt() @Min(1) @Max(99_999) zip?: number;
}

class Person {
  @IsString() @Length(1, 10) name!: string;
  @IsEmail() mail!: string;
  @IsIn(['a', 'b']) kind!: string;
  @IsDate() @Type(() => Date) born!: Date;
  @ValidateNested({ each: true }) @Type(() => Address) @IsArray() @ArrayMaxSize(3) homes!: Address[];
}

class Echo {
  @Action() person(person: Person) {
    return { person, again: [person.name] };
  }
  @Action({ type: [Address] }) homes(homes: unknown) {
    return homes;
  }
  @Action({ type: z.object({ a: z.number(), b: z.array(z.string()).optional() }) }) zod(value: unknown) {
    return value;
  }
  @Action({ type: Number }) number(n: unknown) {
    return n;
  }
  @Action({ type: unchecked }) anything(value: unknown) {
    return value;
  }
  @Action({ defer: { concurrency: 10 } }) later(person: Person) {
    return { person, again: [person.name] };
  }
  @Action() nothing(@Session() session: Session) {
    return session.id;
  }
}

const STRINGS = [
  '',
  'x',
  'Ada',
  'ada@example.org',
  'a',
  '1970-01-01',
  '2024-02-31',
  '\u0000',
  '\u2028',
  '"\\',
  'ü',
  '😀',
  '\ud800',
  '__proto__',
  'x'.repeat(300),
];
const NUMBERS = [0, -0, 1, -1, 1.5, 99_999, 100_000, 2 ** 53, 1e21, 1e-7, -1e300];
const KEYS = [
  'name',
  'mail',
  'kind',
  'born',
  'homes',
  'street',
  'zip',
  'a',
  'b',
  '1',
  '0',
  '',
  'constructor',
  'toString',
  '__proto__',
  'then',
  'ü',
];

class Generator {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#next() * of.length)] as T;
  }

  /** Any JSON value. */
  value(depth = 0): unknown {
    const kinds = ['string', 'number', 'boolean', 'null', ...(depth < 4 ? ['array', 'object', 'object'] : [])];
    const kind = this.pick(kinds);
    if (kind === 'string') return this.pick(STRINGS);
    if (kind === 'number') return this.pick(NUMBERS);
    if (kind === 'boolean') return this.#next() < 0.5;
    if (kind === 'null') return null;
    const size = Math.floor(this.#next() * 4);
    if (kind === 'array') return Array.from({ length: size }, () => this.value(depth + 1));
    const object: Record<string, unknown> = {};
    for (let i = 0; i < size; i++) this.#set(object, this.pick(KEYS), this.value(depth + 1));
    return object;
  }

  /** A person that is right, or wrong in one place. */
  person(): unknown {
    const homes = Array.from({ length: this.pick([0, 1, 2, 3]) }, () => ({
      street: 'Main',
      zip: this.pick([1, 7, 99_999]),
    }));
    const person: Record<string, unknown> = {
      name: 'Ada',
      mail: 'ada@example.org',
      kind: 'a',
      born: '1815-12-10',
      homes,
    };
    if (this.#next() < 0.4) return person;
    const broken = homes.length > 0 && this.#next() < 0.3 ? (homes[0] as Record<string, unknown>) : person;
    this.#set(broken, this.pick(KEYS), this.value(1));
    return person;
  }

  /** Deeper, wider or larger than is let in. */
  monster(): unknown {
    const depth = this.pick([20, 33, 40]);
    let nested: unknown = 1;
    for (let i = 0; i < depth; i++) nested = this.#next() < 0.5 ? [nested] : { a: nested };
    return this.pick([
      nested,
      Array.from({ length: this.pick([4999, 5001]) }, () => 1),
      Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, 1])),
    ]);
  }

  #set(object: Record<string, unknown>, key: string, value: unknown): void {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
}

describe('both doors', () => {
  let stage: ActionStage;
  beforeAll(async () => {
    const session = { session: () => ({ id: 'ada', data: undefined }) };
    stage = await new ActionStage({ http: session, sockets: { ...session, rate: false } }).open();
    await stage.start(Echo);
  });
  afterAll(() => stage.close());

  test.each([1, 20241121, 987654321])(
    'answer the same characters for every payload, right or wrong (seed %d)',
    async (seed) => {
      const generate = new Generator(seed);
      const client = await stage.client();
      const statuses = new Map<number, number>();
      const actions = [
        'echo.person',
        'echo.homes',
        'echo.zod',
        'echo.number',
        'echo.anything',
        'echo.nothing',
        'echo.none',
      ];
      for (let i = 0; i < 400; i++) {
        const name = i % 3 === 0 ? 'echo.person' : generate.pick(actions);
        const payload =
          i % 50 === 49
            ? generate.monster()
            : name === 'echo.person' && i % 2 === 0
              ? generate.person()
              : generate.value();
        const text = nextAck(client);
        client.emit('action', name, payload, () => {});
        const http = await stage.post(name, payload);
        expect([name, payload, http.text]).toEqual([name, payload, await text]);
        expect(http.status).toBe(http.json.status);
        statuses.set(http.status, (statuses.get(http.status) ?? 0) + 1);
      }
      // The test has teeth only if payloads of every kind came by.
      expect([...statuses.keys()].sort()).toEqual([200, 400, 404, 422]);
      expect(stage.tellings('action-failed')).toEqual([]);
    },
    30_000,
  );

  test.each([2, 20241122])(
    'answer the same characters for every deferred call and its job (seed %d)',
    async (seed) => {
      const generate = new Generator(seed);
      const client = await stage.client();
      const done = new Map<string, unknown>();
      client.on('action:done', ({ jobId, outcome }) => done.set(jobId, outcome));
      const statuses = new Set<number>();
      for (let i = 0; i < 100; i++) {
        const payload = i % 2 === 0 ? generate.person() : generate.value();
        const id = `${seed}-${i}`.padStart(32, '0');
        const text = nextAck(client);
        client.emit('action', 'echo.later', payload, { id }, () => {});
        const over = await text;
        const http = await stage.post('echo.later', payload, { headers: { 'Idempotency-Key': id } });
        expect([payload, http.text]).toEqual([payload, over]);
        statuses.add(http.status);
        if (http.status !== 202) continue;
        const { jobId } = http.json.value;
        while (!done.has(jobId)) await new Promise((resolve) => client.once('action:done', resolve));
        const end = nextAck(client);
        client.emit('action:job', jobId, () => {});
        const asked = await stage.post(`jobs/${jobId}`, undefined, { method: 'GET' });
        expect(asked.text).toBe(await end);
        expect(asked.json.value.outcome).toEqual(done.get(jobId));
        // The work itself is answered as if it had not been deferred.
        expect(JSON.stringify(asked.json.value.outcome)).toBe((await stage.post('echo.person', payload)).text);
      }
      expect([...statuses].sort()).toEqual([202, 400, 422]);
    },
    30_000,
  );
});
