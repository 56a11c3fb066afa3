import 'reflect-metadata';
import { IsInt } from 'class-validator';
import type { Socket as Client } from 'socket.io-client';
import { HttpError, NotFound } from '../../src/http/errors.js';
import { Guard } from '../../src/http/guard.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { socketWordings } from '../../src/sockets/events.js';
import { On, Topic } from '../../src/sockets/handler.js';
import { next, Stage, until } from './stage.js';

const SECRET = 'hunter2-secret';

/** How long an answer may take, in milliseconds. */
const SOON = process.env.SPECTER_TIMINGS ? 50 : 10_000;

async function inTime(client: Client, event: string, ...data: unknown[]): Promise<unknown> {
  const begun = performance.now();
  const answer = await client.emitWithAck(event, ...data);
  expect(performance.now() - begun).toBeLessThan(SOON);
  return answer;
}

class Dto {
  @IsInt() n!: number;
}

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error(SECRET);
    },
    getPrototypeOf() {
      throw new Error(SECRET);
    },
    ownKeys() {
      throw new Error(SECRET);
    },
  },
);
const circular: Record<string, unknown> = { secret: SECRET };
circular.self = circular;
class Mute extends Error {
  override get message(): string {
    throw new Error(SECRET);
  }
}

/** What is thrown, and what the client may see of it. */
const KINDS: readonly (readonly [string, () => unknown, object])[] = [
  ['an error with a secret', () => new Error(SECRET), { status: 500, code: 'SPECTER_INTERNAL' }],
  [
    'an HttpError',
    () => new NotFound('No such film.', { code: 'NO_FILM' }),
    { status: 404, code: 'NO_FILM', detail: 'No such film.' },
  ],
  ['an HttpError with a strange status', () => new HttpError(200, 'odd'), { status: 500 }],
  ['a type error', () => new TypeError(SECRET), { status: 500 }],
  ['an aggregate of errors', () => new AggregateError([new Error(SECRET)], SECRET), { status: 500 }],
  [
    'an error that says its own status',
    () => Object.assign(new Error(SECRET), { status: 400, statusCode: 400 }),
    { status: 500 },
  ],
  ['a string', () => SECRET, { status: 500 }],
  ['null', () => null, { status: 500 }],
  ['undefined', () => undefined, { status: 500 }],
  ['a circular object', () => circular, { status: 500 }],
  ['a proxy whose traps throw', () => hostile, { status: 500 }],
  ['an error whose message throws', () => new Mute(), { status: 500 }],
];

let thrown: () => unknown = () => undefined;
class Broken {
  @On('sync') sync() {
    throw thrown();
  }
  @On('async') async async() {
    await Promise.resolve();
    throw thrown();
  }
  @On('guard')
  @Guard(() => {
    throw thrown();
  })
  guard() {
    return 1;
  }
  @On('guard later')
  @Guard(async () => {
    throw thrown();
  })
  guardLater() {
    return 1;
  }
  @On('dto') dto(_: Dto) {
    return 1;
  }
  @On('circular') circular() {
    return circular;
  }
  @On('bigint') bigint() {
    return { n: 1n };
  }
  @On('toJSON') toJSON1() {
    return {
      toJSON() {
        throw new Error(SECRET);
      },
    };
  }
  @On('hostile') hostile() {
    return hostile;
  }
  @On('thenable') thenable() {
    return {
      // biome-ignore lint/suspicious/noThenProperty: what the test is about
      then() {
        throw new Error(SECRET);
      },
    };
  }
  @On('failure') failure() {
    return Outcome.failure('Full.', { status: 409 });
  }
  @On('fine') fine() {
    return 'fine';
  }
  @Topic('broken:*') topic(_: string): boolean {
    throw thrown();
  }
  @Topic('unsure:*') unsure(_: string) {
    return 'yes' as never;
  }
}

describe('failures', () => {
  let stage: Stage;
  let client: Client;
  const uncaught: unknown[] = [];
  const catchIt = (error: unknown) => void uncaught.push(error);
  beforeEach(async () => {
    uncaught.length = 0;
    process.on('uncaughtException', catchIt).on('unhandledRejection', catchIt);
    stage = await new Stage().open();
    stage.environment.events.word(socketWordings);
    await stage.start(Broken);
    client = await stage.connected();
  });
  afterEach(async () => {
    await stage.close();
    process.off('uncaughtException', catchIt).off('unhandledRejection', catchIt);
  });

  /** Nothing reached the process, nothing leaked, and the same socket is still served. */
  async function stillFine(answer: unknown): Promise<void> {
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(await client.emitWithAck('fine')).toBe('fine');
    expect(uncaught).toEqual([]);
    for (const event of stage.told) expect(stage.environment.events.wordingOf(event).text).toMatch(/^[^\n]+/);
  }

  describe.each(KINDS)('%s', (_, what, expected) => {
    const status = (expected as { status: number }).status;

    test.each(['sync', 'async', 'guard', 'guard later'])(
      'thrown in %s reaches the acknowledgement as a problem, and the log once',
      async (event) => {
        thrown = what;
        const answer = await inTime(client, event);
        expect(answer).toEqual({
          error: expect.objectContaining({ type: 'about:blank', title: expect.any(String), ...expected }),
        });
        expect(stage.tellings('socket-failed')).toHaveLength(status >= 500 ? 1 : 0);
        expect(stage.tellings('socket-refused')).toHaveLength(status >= 500 ? 0 : 1);
        expect([...stage.tellings('socket-failed'), ...stage.tellings('socket-refused')][0]).toMatchObject({
          service: 'Broken',
        });
        await stillFine(answer);
      },
    );

    test("thrown in a topic rule is told to the client and with the name of the rule's owner", async () => {
      thrown = what;
      const answer = await inTime(client, 'topic:join', 'broken:1');
      expect(answer).toEqual({ error: expect.objectContaining(expected) });
      expect([...stage.tellings('socket-failed'), ...stage.tellings('socket-refused')]).toEqual([
        expect.objectContaining({ service: 'Broken' }),
      ]);
      await stillFine(answer);
    });

    test('thrown without an acknowledgement becomes an exception event', async () => {
      thrown = what;
      const told = next(client, 'exception');
      client.emit('sync');
      const exception = await told;
      expect(exception).toEqual({ event: 'sync', error: expect.objectContaining(expected) });
      await stillFine(exception);
    });

    test('thrown in sockets.session() refuses the connection without a leak', async () => {
      const other = await new Stage({
        session: async () => {
          throw what();
        },
      }).open();
      try {
        const error = await other.refused();
        expect(error.data).toEqual(expect.objectContaining(expected));
        expect(JSON.stringify([error.message, error.data])).not.toContain(SECRET);
        expect(uncaught).toEqual([]);
      } finally {
        await other.close();
      }
    });
  });

  test.each(['circular', 'bigint', 'toJSON', 'hostile', 'thenable'])(
    'a result that cannot be sent (%s) is a 500, told once',
    async (event) => {
      const answer = await inTime(client, event);
      expect(answer).toEqual({ error: expect.objectContaining({ status: 500 }) });
      expect(stage.tellings('socket-failed')).toHaveLength(1);
      await stillFine(answer);
    },
  );

  test('a failed outcome is its problem', async () => {
    expect(await client.emitWithAck('failure')).toEqual({
      error: expect.objectContaining({ status: 409, detail: 'Full.' }),
    });
  });

  test.each([[7], ['x'], [null], [[]], [{ n: '1' }], [{ n: 1, more: 1 }], [{ constructor: { prototype: 1 } }]])(
    'a payload that is not of its type (%j) is a 422 or 400',
    async (payload) => {
      const answer = await inTime(client, 'dto', payload);
      expect(answer).toEqual({ error: expect.objectContaining({ status: expect.any(Number) }) });
      expect(stage.tellings('socket-failed')).toEqual([]);
      await stillFine(answer);
    },
  );

  test('a rule that says anything but true refuses', async () => {
    expect(await client.emitWithAck('topic:join', 'unsure:1')).toEqual({
      error: expect.objectContaining({ status: 403 }),
    });
  });

  test('errors are heard when the connection itself breaks a rule of the protocol', async () => {
    const heard: unknown[] = [];
    stage.server.ingress.subscribe('error', (error) => void heard.push(error));
    client.io.engine.write('2["x"');
    await until(() => heard.length === 1);
    expect(heard[0]).toBeInstanceOf(Error);
    await until(() => !client.connected);
    expect(uncaught).toEqual([]);
  });
});

describe('hostile events', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage().open();
    await stage.start(Broken);
  });
  afterEach(() => stage.close());

  const unknown = { error: expect.objectContaining({ status: 404, code: 'SPECTER_EVENT_UNKNOWN' }) };

  test.each([
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'toString',
    'error',
    'connection',
    'new_namespace',
    '',
    ' ',
    '0',
    'x'.repeat(50_000),
    'line\nbreak',
    '\u0000',
  ])('%j is an unknown event like any other', async (event) => {
    const heard: unknown[] = [];
    for (const name of ['connection', 'disconnect', 'error'])
      stage.server.ingress.subscribe(name, (data) => void heard.push([name, data]));
    const client = await stage.connected();
    await until(() => heard.length === 1);
    expect(await client.emitWithAck(event, 1)).toEqual(unknown);
    expect(await client.emitWithAck('fine')).toBe('fine');
    expect(heard).toEqual([['connection', expect.anything()]]);
    const [told] = stage.tellings('socket-refused');
    expect(told?.what).toMatch(/^event ".{0,70}"$/);
  });

  test.each([0, 1, -1, 1.5, 1e21])('the number %d as a name is an unknown event', async (event) => {
    stage.server.ingress.subscribe(String(event), () => 'never');
    const client = await stage.connected();
    expect(await client.emitWithAck(event as never, 1)).toEqual(unknown);
    expect(await client.emitWithAck('fine')).toBe('fine');
  });

  test.each(['disconnect', 'connect', 'connect_error', 'disconnecting', 'newListener', 'removeListener'])(
    '%s, sent against the protocol, closes that connection and nothing else',
    async (event) => {
      const client = await stage.connected();
      const other = await stage.connected();
      const reasons: unknown[] = [];
      stage.server.ingress.subscribe('disconnect', (reason) => void reasons.push(reason));
      client.io.engine.write(`2${JSON.stringify([event, 1])}`);
      await until(() => !client.connected);
      expect(await other.emitWithAck('fine')).toBe('fine');
      await until(() => reasons.length === 1);
      expect(reasons).not.toContain(1);
    },
  );

  test('a client cannot be told of an event by another client through names of socket.io rooms', async () => {
    const victim = await stage.connected();
    const attacker = await stage.connected();
    expect(await attacker.emitWithAck('topic:join', victim.id)).toEqual({
      error: expect.objectContaining({ status: 403 }),
    });
  });
});

describe('acknowledgements', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage().open();
    await stage.start(Broken);
  });
  afterEach(() => stage.close());

  test('that nobody asked for are not missed', async () => {
    const client = await stage.connected();
    client.emit('fine');
    expect(await client.emitWithAck('fine')).toBe('fine');
    expect(stage.tellings('socket-failed')).toEqual([]);
  });

  test.each(['text', 7, null, { call: 1 }])('that are no function (%j) are values like others', async (ack) => {
    const client = await stage.connected();
    const exceptions: unknown[] = [];
    client.on('exception', (exception) => exceptions.push(exception));
    client.emit('fine', 1, ack);
    expect(await client.emitWithAck('fine')).toBe('fine');
    expect(exceptions).toEqual([]);
  });

  test('are called once, however many answer', async () => {
    for (const n of [1, 2, 3]) stage.server.ingress.subscribe('many', () => n);
    const client = await stage.connected();
    const answers: unknown[] = [];
    client.emit('many', (answer: unknown) => answers.push(answer));
    await client.emitWithAck('fine');
    await client.emitWithAck('fine');
    expect(answers).toEqual([3]);
  });

  test('after the client has gone do no harm', async () => {
    let finish = (_: string) => {};
    stage.server.ingress.subscribe(
      'slow',
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    const client = await stage.connected();
    client.emit('slow', () => {});
    await until(() => stage.server.ingress.inFlight === 1);
    client.disconnect();
    await until(() => stage.server.io.of('/').sockets.size === 0);
    finish('late');
    await until(() => stage.server.ingress.inFlight === 0);
    expect(stage.tellings('socket-failed')).toEqual([]);
  });

  test('of the client that nobody waits for are ignored', async () => {
    const client = await stage.connected();
    client.io.engine.write('399["surprise"]');
    expect(await client.emitWithAck('fine')).toBe('fine');
  });
});
