// What one client may do to the sockets door, what it gets when it does more, and that the others notice nothing.
import 'reflect-metadata';
import { connect } from 'node:net';
import type { Socket } from 'socket.io';
import type { Socket as Client } from 'socket.io-client';
import { Handler, On, Topic } from '../../src/sockets/handler.js';
import type { SocketOptions } from '../../src/sockets/options.js';
import { SocketServer } from '../../src/sockets/server.js';
import { unchecked } from '../../src/validation/gate.js';
import { RawClient } from './raw-client.js';
import { next, Stage, testEnvironment, until } from './stage.js';

const rate = { error: expect.objectContaining({ status: 429, code: 'SPECTER_RATE' }), retryIn: expect.any(Number) };
const limit = expect.objectContaining({ status: 429, code: 'SPECTER_CONNECTION_LIMIT' });

let stage: Stage;
let calls = 0;
const finishes: ((value: unknown) => void)[] = [];

@Handler()
class Echo {
  @On('echo', { type: Number }) echo(n: number) {
    calls++;
    return n;
  }
  @On('free', { rate: false }) free() {
    return 'free';
  }
  @On('rare', { rate: { perSecond: 1, burst: 2 } }) rare() {
    return 'rare';
  }
  @On('any', { type: unchecked }) any(value: unknown) {
    return typeof value;
  }
  @On('slow') slow() {
    return new Promise((resolve) => finishes.push(resolve));
  }
  @On('patient', { timeout: false }) patient() {
    return new Promise((resolve) => finishes.push(resolve));
  }
  @On('hasty', { timeout: 30 }) hasty() {
    return new Promise((resolve) => finishes.push(resolve));
  }
  @Topic('room:*') room() {
    return true;
  }
}

async function open(options: SocketOptions = {}): Promise<Client> {
  stage = await new Stage(options).open();
  calls = 0;
  await stage.start(Echo);
  return stage.connected();
}
afterEach(() => {
  for (const finish of finishes.splice(0)) finish('late');
  return stage.close();
});

const emitted = (client: Client, event: string, count: number): Promise<unknown>[] =>
  Array.from({ length: count }, (_, n) => client.timeout(60_000).emitWithAck(event, n));

/** How many more may pass by now, however long that took: one in 20 ms. */
function regaining(): () => number {
  const begun = performance.now();
  return () => Math.ceil((performance.now() - begun) / 20);
}

describe('the rate of events', () => {
  test('is 50 a second and 100 at once: what is more is refused with the time to wait, and the next is welcome', async () => {
    const client = await open();
    const regained = regaining();
    const answers = await Promise.all(emitted(client, 'echo', 130));
    const refused = answers.filter((answer) => typeof answer === 'object') as { retryIn: number }[];
    expect(refused.length).toBeGreaterThanOrEqual(30 - regained());
    expect(refused.length).toBeLessThanOrEqual(30);
    for (const answer of refused) expect(answer).toEqual(rate);
    for (const { retryIn } of refused) expect(retryIn).toBeGreaterThan(0);
    expect(Math.max(...refused.map(({ retryIn }) => retryIn))).toBeLessThanOrEqual(20);
    await new Promise((resolve) => stage.environment.clock.setTimeout(() => resolve(0), 100));
    expect(await client.emitWithAck('echo', 7)).toBe(7);
  });

  test('exceeded three times ends the connection, and the others notice nothing', async () => {
    const flooder = await open();
    const honest = await stage.connected();
    const reasons: unknown[] = [];
    stage.server.ingress.subscribe('disconnect', (reason) => void reasons.push(reason));
    const gone = next(flooder, 'disconnect');
    const regained = regaining();
    for (let n = 0; n < 5_000; n++) flooder.emit('echo', n);
    // It is told in the way that keeps clients from coming back by themselves.
    expect(await gone).toBe('io server disconnect');
    expect(calls).toBeLessThanOrEqual(100 + regained());
    await until(() => reasons.length === 1);
    expect(reasons).toEqual(['rate']);
    expect(stage.tellings('socket-dropped')).toMatchObject([{ reason: 'rate' }]);
    expect(await Promise.all(emitted(honest, 'echo', 50))).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  test('counts events that nobody handles, and those of plain listeners, too', async () => {
    const client = await open();
    let heard = 0;
    for (const socket of stage.server.io.of('/').sockets.values()) socket.on('plain', () => heard++);
    const regained = regaining();
    for (let n = 0; n < 60; n++) client.emit('nothing');
    for (let n = 0; n < 100; n++) client.emit('plain');
    expect(await client.emitWithAck('echo', 1)).toEqual(rate);
    expect(heard).toBeLessThanOrEqual(40 + regained());
  });

  test('is what an event says for itself, or there is none', async () => {
    const client = await open();
    expect(await Promise.all(emitted(client, 'rare', 3))).toEqual(['rare', 'rare', rate]);
    expect(new Set(await Promise.all(emitted(client, 'free', 500)))).toEqual(new Set(['free']));
    expect(await client.emitWithAck('echo', 1)).toBe(1);
  });

  test('does not matter any more to what a socket has sent before it was sent away: nobody hears of it', async () => {
    await open();
    stage.server.ingress.subscribe('leave', (_, { socket }) => void socket.disconnect());
    const raw = await RawClient.open(stage.url, '/');
    raw.send('42["leave"]');
    for (let n = 0; n < 20; n++) raw.send('42["echo",1]');
    await raw.closed;
    // One look at `connected` (tried): they are all on their way already.
    expect(calls).toBe(0);
    expect(stage.tellings('socket-refused')).toEqual([]);
  });

  test('is not filled up by leaving the namespace and coming back', async () => {
    await open();
    const raw = await RawClient.open(stage.url, '/');
    const left = () => stage.tellings('socket-disconnected').length;
    for (let round = 1; round <= 5; round++) {
      // A little more than nothing: five bursts of their own would all pass (tried).
      for (let n = 0; n < 60; n++) raw.send('42["echo",1]');
      raw.send('41');
      await until(() => left() === round);
      raw.send('40');
      await until(() => raw.isClosed || raw.heard.filter((text) => text.startsWith('40')).length === round + 1);
      if (raw.isClosed) break;
    }
    expect(calls).toBeLessThan(200);
    raw.ws.terminate();
  });

  test('is also that of coming into a namespace, which costs a look at who it is', async () => {
    let asked = 0;
    stage = await new Stage({ session: () => void asked++, rate: { perSecond: 1, burst: 5 } }).open();
    const raw = await RawClient.open(stage.url);
    const refused = () => raw.heard.filter((text) => text.startsWith('44')).length;
    for (let n = 1; n <= 50; n++) {
      raw.send('40');
      await until(() => refused() === n);
    }
    expect(raw.heard.at(-1)).toContain('SPECTER_RATE');
    expect(asked).toBeLessThan(30);
    raw.ws.terminate();
  });

  test('can be another for the whole door, or none', async () => {
    const client = await open({ rate: { perSecond: 1, burst: 3 } });
    expect(await Promise.all(emitted(client, 'echo', 5))).toEqual([0, 1, 2, rate, rate]);
    await stage.close();
    const free = await open({ rate: false });
    expect((await Promise.all(emitted(free, 'echo', 3_000))).at(-1)).toBe(2_999);
  });

  // What engine.io keeps to itself could carry what looks like an event, and one question let every answer pass (tried).
  test.each([
    ['answers that nobody asked for', (n: number) => `43${n}["nobody asked"]`],
    ['answers to one question, again and again', () => '430["again"]'],
    ['heartbeats', () => '32'],
    ['messages that mean nothing', () => '62'],
  ])('holds for %s, too: they end the connection', async (_, frame) => {
    await open();
    const raw = await RawClient.open(stage.url, '/');
    const [session] = (await stage.server.sender.sessions()).slice(-1);
    const asked = stage.server.sender.request(session!, 'question').catch(() => {});
    for (let n = 0; n < 10_000; n++) {
      raw.send(frame(n + 1));
      if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await raw.closed;
    expect(stage.tellings('socket-dropped')).toMatchObject([{ reason: 'flood' }]);
    await asked;
  });

  test.each([
    ['values', (n: number): unknown => n],
    ['bytes', (n: number): unknown => Buffer.alloc(2, n)],
  ])('does not count the answers to what the server asked, %s', async (_, answer) => {
    const client = await open({ rate: { perSecond: 1, burst: 1 } });
    client.on('question', (n, ack) => ack(answer(n)));
    const { sender } = stage.server;
    const answers = Array.from({ length: 500 }, (_, n) => sender.request(client.id!, 'question', n));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 500 }, (_, n) => answer(n)));
  });

  test('counts an event with attachments once', async () => {
    const client = await open();
    stage.server.ingress.subscribe('frame', (bytes) => (bytes as Buffer).length, { rate: false, type: unchecked });
    const answers = Array.from({ length: 3_000 }, () => client.emitWithAck('frame', Buffer.alloc(3)));
    expect(new Set(await Promise.all(answers))).toEqual(new Set([3]));
  });
});

describe('a payload', () => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const complex = { error: expect.objectContaining({ status: 400, code: 'SPECTER_BODY_TOO_COMPLEX' }) };

  test.each([
    ['too deep', nested(40)],
    ['too long', Array.from({ length: 6_000 }, () => 0)],
    ['too wide', Object.fromEntries(Array.from({ length: 1_100 }, (_, n) => [`k${n}`, n]))],
    ['too much', Array.from({ length: 5 }, () => Array.from({ length: 4_100 }, () => 0))],
  ])('that is %s is refused, typed or not, and so is a second one beside it', async (_, value) => {
    const client = await open();
    stage.server.ingress.subscribe('untyped', () => 'seen');
    expect(await client.emitWithAck('any', value)).toEqual(complex);
    expect(await client.emitWithAck('untyped', value)).toEqual(complex);
    expect(await client.emitWithAck('untyped', 1, value)).toEqual(complex);
    await expect(
      stage.server.ingress.dispatch('untyped', value, stage.server.connectionOf(sideOf(client))!),
    ).rejects.toMatchObject({ code: 'SPECTER_BODY_TOO_COMPLEX' });
    expect(await client.emitWithAck('any', nested(30))).toBe('object');
  });

  test.each([
    ['too deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'SPECTER_BODY_TOO_COMPLEX'],
    ['one with a key that would reach a prototype', '{"__proto__":{"admin":true}}', 'SPECTER_BODY_FORBIDDEN_KEY'],
  ])('that a client connects with is refused like one of an event, and nobody asked: %s', async (_, auth, code) => {
    let asked = 0;
    stage = await new Stage({ session: () => void asked++ }).open();
    const raw = await RawClient.open(stage.url);
    raw.send(`40${auth}`);
    await until(() => raw.heard.length === 2);
    expect(raw.heard[1]).toMatch(/^44.*"status":400/);
    expect(raw.heard[1]).toContain(code);
    expect(asked).toBe(0);
    raw.ws.terminate();
  });

  test('with a key that would reach a prototype is refused', async () => {
    const client = await open();
    stage.server.ingress.subscribe('untyped', () => 'seen');
    expect(await client.emitWithAck('untyped', JSON.parse('{"a":{"__proto__":1}}'))).toMatchObject({
      error: { status: 400, code: 'SPECTER_BODY_FORBIDDEN_KEY' },
    });
  });

  test('may be what the door, or the event, says', async () => {
    const client = await open({ limits: { depth: 3 } });
    stage.server.ingress.subscribe('deep', () => 'seen', { limits: { depth: 50 } });
    expect(await client.emitWithAck('any', nested(4))).toEqual(complex);
    expect(await client.emitWithAck('deep', nested(49))).toBe('seen');
    expect(await client.emitWithAck('deep', nested(51))).toEqual(complex);
  });

  test('has ten attachments at most: more of them end that connection, one is a round trip', async () => {
    const client = await open();
    const other = await stage.connected();
    stage.server.ingress.subscribe('bytes', (value) => value);
    const bytes = Buffer.from([1, 2, 3]);
    expect(await client.emitWithAck('bytes', { at: [bytes] })).toEqual({ at: [bytes] });
    client.emit(
      'bytes',
      Array.from({ length: 11 }, () => bytes),
    );
    expect(await next(client, 'disconnect')).toBe('transport close');
    expect(await other.emitWithAck('echo', 1)).toBe(1);
  });
});

function sideOf(client: Client) {
  return stage.server.io.of('/').sockets.get(client.id!)!;
}

describe('connections', () => {
  test('can be in five namespaces, also while they are on their way in', async () => {
    await open();
    for (let n = 0; n < 8; n++) stage.server.openNamespace(`/n${n}`);
    const raw = await RawClient.open(stage.url);
    for (let n = 0; n < 8; n++) raw.send(`40/n${n},`);
    await until(() => raw.heard.filter((text) => /^4[04]/.test(text)).length === 8);
    const refused = raw.heard.filter((text) => text.startsWith('44'));
    expect(refused).toHaveLength(3);
    for (const text of refused) expect(text).toContain('SPECTER_CONNECTION_LIMIT');
    raw.send('41/n0,');
    raw.send('40/n7,');
    await until(() => raw.heard.some((text) => text.startsWith('40/n7,')));
  });

  test('that ask for one namespace a thousand times at once get five sockets at most', async () => {
    stage = await new Stage({ session: async () => ({ id: 'ada', data: 0 }), maxSocketsPerSession: 1_000 }).open();
    const raw = await RawClient.open(stage.url);
    for (let n = 0; n < 1_000; n++) raw.send('40');
    await raw.closed;
    expect(stage.tellings('socket-connected').length).toBeLessThanOrEqual(5);
  });

  test('of one session are ten; the next is refused, until one has gone', async () => {
    stage = await new Stage({ session: async ({ auth }) => ({ id: String(auth.user), data: undefined }) }).open();
    const auth = { user: 'ada' };
    const ten = await Promise.all(Array.from({ length: 10 }, () => stage.connected({ auth })));
    expect((await stage.refused({ auth })).data).toEqual(limit);
    await stage.connected({ auth: { user: 'bob' } });
    ten[0]?.disconnect();
    await until(() => stage.tellings('socket-disconnected').length === 1);
    await stage.connected({ auth });
    expect((await stage.refused({ auth })).data).toEqual(limit);
  });

  test('of one session that come all at once are no more than ten', async () => {
    stage = await new Stage({ session: async () => ({ id: 'ada', data: undefined }) }).open();
    const all = Array.from({ length: 30 }, () => stage.connected());
    const settled = await Promise.allSettled(all);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  test('that end on their way in give their place back', async () => {
    let let_in: (() => void) | undefined;
    const session = () =>
      new Promise<{ id: string; data: undefined }>((resolve) => {
        let_in = () => resolve({ id: 'ada', data: undefined });
      });
    stage = await new Stage({ session, maxSocketsPerSession: 1 }).open();
    for (let n = 0; n < 3; n++) {
      let_in = undefined;
      const raw = await RawClient.open(stage.url);
      raw.send('40');
      await until(() => let_in !== undefined);
      raw.ws.terminate();
      await raw.closed;
      await until(() => stage.server.io.engine.clientsCount === 0);
      (let_in as unknown as () => void)();
    }
    let_in = undefined;
    const last = stage.connected();
    await until(() => let_in !== undefined);
    (let_in as unknown as () => void)();
    await last;
  });

  // (tried) with a seat that the connection does not hold, nobody of that session gets in any more
  test('that somebody else refuses after us give their place back when they end', async () => {
    stage = await new Stage({ session: () => ({ id: 'ada', data: undefined }), maxSocketsPerSession: 1 }).open();
    stage.server.io.use((_socket, next) => next(new Error('not today')));
    for (let n = 0; n < 3; n++) {
      const raw = await RawClient.open(stage.url);
      raw.send('40');
      await until(() => raw.heard.some((text) => text.startsWith('44')));
      expect(raw.heard.at(-1)).toContain('not today');
      raw.ws.terminate();
      await until(() => stage.server.io.engine.clientsCount === 0);
    }
  });

  // (tried) with a closure for each connection, and with a throttle that is made at once
  test('that idle have nothing of their own that all can share, nor what only an event needs', async () => {
    await open();
    const clients = [await stage.connected(), await stage.connected()];
    const [one, other] = clients.map(sideOf) as [Socket, Socket];
    for (const event of ['packetCreate', 'packet', 'close'])
      expect(one.conn.listeners(event).at(-1)).toBe(other.conn.listeners(event).at(-1));
    for (const event of ['error', 'disconnect'] as const)
      expect(one.listeners(event).at(-1)).toBe(other.listeners(event).at(-1));
    expect(stage.server.connectionOf(one)?.throttle).toBeUndefined();
    await clients[0]?.emitWithAck('echo', 1);
    expect(stage.server.connectionOf(one)?.throttle).toBeDefined();
  });

  test('of one address are a hundred; the next cannot even open one, and may try again', async () => {
    await open({ maxConnectionsPerAddress: 3 });
    const [, third] = await Promise.all([stage.connected(), stage.connected()]);
    for (const transports of [['websocket'], ['polling']]) await stage.refused({ transports });
    expect(stage.tellings('socket-refused')).toMatchObject([
      { what: 'a connection', error: { code: 'SPECTER_CONNECTION_LIMIT' } },
      { what: 'a connection', error: { code: 'SPECTER_CONNECTION_LIMIT' } },
    ]);
    third.disconnect();
    await until(() => stage.server.io.engine.clientsCount === 2);
    const polling = await stage.connected({ transports: ['polling'] });
    expect(await polling.emitWithAck('echo', 1)).toBe(1);
  });

  test('of one address are a hundred, however they are asked for: all at once, or as if each were open already', async () => {
    await open({ maxConnectionsPerAddress: 3 });
    const { port } = new URL(stage.url);
    const raw = connect(Number(port), '127.0.0.1').on('error', () => {});
    const handshake = (query: string) => `GET /socket.io/?EIO=4&transport=polling${query} HTTP/1.1\r\nHost: a\r\n\r\n`;
    let answers = 0;
    raw.on('data', (data) => {
      answers += String(data).match(/HTTP\/1\.1 /g)?.length ?? 0;
    });
    // Each way gave as many as it asked for (tried).
    raw.write(handshake('').repeat(20) + handshake('&sid=').repeat(20));
    await until(() => answers === 40);
    expect(stage.server.io.engine.clientsCount).toBeLessThanOrEqual(3);
    raw.destroy();
  });

  test('that have ended before anybody asks who they are leave nothing behind', async () => {
    let asked = 0;
    stage = await new Stage({ session: () => void asked++, maxConnectionsPerAddress: 1 }).open();
    for (let n = 0; n < 5; n++) {
      const raw = await RawClient.open(stage.url);
      // The second message breaks the protocol, and ends the connection while the first is on its way.
      raw.send('40');
      raw.send('42["say"]');
      await raw.closed;
      await until(() => stage.server.io.engine.clientsCount === 0);
    }
    expect(asked).toBe(0);
    expect(stage.tellings('socket-failed')).toEqual([]);
  });

  test('that leave their last namespace are closed as those that never had one', async () => {
    await open({ connectTimeout: 100 });
    const raw = await RawClient.open(stage.url, '/');
    raw.send('41');
    await raw.closed;
  });
});

describe('an acknowledgement', () => {
  const late = { error: expect.objectContaining({ status: 503, code: 'SPECTER_ACK_TIMEOUT' }) };

  test('that takes too long is a 503, and the late one is ignored', async () => {
    const client = await open({ ackTimeout: 50 });
    const answers: unknown[] = [];
    client.emit('slow', (answer: unknown) => answers.push(answer));
    await until(() => answers.length === 1);
    expect(answers).toEqual([late]);
    for (const finish of finishes.splice(0)) finish('late');
    expect(await client.emitWithAck('echo', 1)).toBe(1);
    expect(answers).toHaveLength(1);
    expect(stage.server.ingress.inFlight).toBe(0);
  });

  test('takes what its event says, and one that nobody asked for takes as long as it takes', async () => {
    const client = await open({ ackTimeout: 40 });
    const exceptions: unknown[] = [];
    client.on('exception', (exception) => exceptions.push(exception));
    const patient = client.emitWithAck('patient');
    client.emit('slow');
    expect(await client.emitWithAck('hasty')).toEqual(late);
    expect(await client.emitWithAck('slow')).toEqual(late);
    for (const finish of finishes.splice(0)) finish('done');
    expect(await patient).toBe('done');
    expect(exceptions).toEqual([]);
  });
});

describe('options', () => {
  const make = (options: object) => () => new SocketServer(testEnvironment().environment, options, {} as never);

  test.each([
    { ackTimeout: 0 },
    { connectTimeout: -1 },
    { maxTopics: 0 },
    { maxNamespaces: 1.5 },
    { maxWaiting: Number.NaN },
    { path: 'socket.io' },
    { drainTimeout: Number.POSITIVE_INFINITY },
    { maxTopic: 5 },
  ])('%j is refused before anything opens', (options) => {
    expect(make(options)).toThrow(expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }));
  });

  test('lower and higher values, and none, are taken', () => {
    for (const options of [{}, { rate: false }, { rate: { burst: 5 } }, { limits: { depth: 256 } }, { maxWaiting: 1 }])
      expect(make(options)).not.toThrow();
  });

  const count = 'expected a whole number of at least 1, got';
  const speed = 'expected a number above 0, got';
  const sizes = 'expected whole numbers up to depth 256, keys 5000, items 50000, nodes 100000, got';
  const wrong: readonly [options: object, part: string, message: string][] = [
    [{ rate: 5 }, 'rate', ': expected { perSecond, burst'],
    [{ rate: true }, 'rate', ': expected { perSecond, burst'],
    [{ rate: { bust: 5 } }, 'rate', ' has the option bust, which nobody reads. Did you mean burst?'],
    [{ rate: { perSecond: 0 } }, 'rate.perSecond', `: ${speed} 0 (number).`],
    [{ rate: { perSecond: -1 } }, 'rate.perSecond', `: ${speed} -1 (number).`],
    [{ rate: { perSecond: Number.NaN } }, 'rate.perSecond', `: ${speed} NaN (number).`],
    [{ rate: { perSecond: Number.POSITIVE_INFINITY } }, 'rate.perSecond', `: ${speed} Infinity (number).`],
    [{ rate: { perSecond: '5' } }, 'rate.perSecond', `: ${speed} string.`],
    [{ rate: { burst: 0 } }, 'rate.burst', `: ${count} 0 (number).`],
    [{ rate: { burst: 1.5 } }, 'rate.burst', `: ${count} 1.5 (number).`],
    [{ rate: { burst: Number.POSITIVE_INFINITY } }, 'rate.burst', `: ${count} Infinity (number).`],
    [{ limits: { depth: 1_000 } }, 'limits.depth', `: ${sizes} 1000 (number).`],
    [{ limits: { keys: 0 } }, 'limits.keys', `: ${sizes} 0 (number).`],
    [{ limits: { dept: 3 } }, 'limits', ' has the option dept, which nobody reads. Did you mean depth?'],
  ];

  test.each(wrong)('%j is refused with the part that is wrong', (options, part, message) => {
    expect(make(options)).toThrow(`the option sockets.${part}${message}`);
  });

  test.each([
    ...wrong,
    [{ rate: { violations: 1 } }, 'rate', ' has the option violations, which nobody reads.'],
    [{ timeout: 0 }, 'timeout', ': expected milliseconds above 0, or false, got 0 (number).'],
    [{ timeout: Number.NaN }, 'timeout', ': expected milliseconds above 0, or false, got NaN (number).'],
  ])('of an event: %j is refused where it is said', async (options, part, message) => {
    stage = await new Stage().open();
    expect(() => stage.server.ingress.subscribe('x', () => 1, options as never)).toThrow(
      `${part} of socket event "x"${message}`,
    );
    class Bad {
      @On('x', options as never) x() {}
    }
    await expect(stage.start(Bad)).rejects.toThrow(`${part} of Bad.x${message}`);
  });

  test.each([
    [{ rate: { violations: 0 } }, `the option sockets.rate.violations: ${count} 0 (number).`],
    [{ path: 'socket.io' }, 'the option sockets.path: expected a path, as /socket.io, got "socket.io".'],
    [{ transports: ['websockets'] }, 'the option sockets.transports: expected a list of polling and websocket'],
    [{ transports: [] }, 'the option sockets.transports: expected a list'],
    [{ ackTimeout: '5s' }, 'the option sockets.ackTimeout: expected milliseconds above 0, to 2147483647, got "5s".'],
  ])('%j is refused with what came', (options, message) => {
    expect(make(options)).toThrow(message);
  });

  // Teeth: laid over the defaults as they are, undefined values leave no limit at all (tried).
  test('a part that is undefined is the default', () => {
    const unsaid = { rate: { perSecond: undefined, burst: 5 }, limits: { depth: undefined, keys: 7 } };
    const { settings } = make(unsaid)();
    expect(settings.rate).toEqual({ perSecond: 50, burst: 5, violations: 3 });
    expect(settings.limits).toEqual({ depth: 32, keys: 7, items: 5_000, nodes: 20_000 });
  });

  test('one event every two seconds is a rate, and half of one is meant', () => {
    const rateOf = (rate: object) => make({ rate })().settings.rate;
    expect(rateOf({ perSecond: 0.5 })).toEqual({ perSecond: 0.5, burst: 1, violations: 3 });
    expect(rateOf({ perSecond: 5 })).toEqual({ perSecond: 5, burst: 10, violations: 3 });
    expect(rateOf({ burst: 5 })).toEqual({ perSecond: 50, burst: 5, violations: 3 });
    expect(rateOf({})).toEqual({ perSecond: 50, burst: 100, violations: 3 });
  });
});
