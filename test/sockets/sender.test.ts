import { getEventListeners, getMaxListeners } from 'node:events';
import type { Socket as Client } from 'socket.io-client';
import { Stage, until } from './stage.js';

describe('emitting to clients', () => {
  let stage: Stage;
  let heard: Map<string, unknown[]>;
  beforeEach(async () => {
    heard = new Map();
    stage = await new Stage({
      session: ({ auth }) => ({ id: String(auth.user), data: String(auth.user).length }),
    }).open();
    stage.server.ingress.subscribe('sync', () => 1);
    stage.server.ingress.subscribe('sync', () => 1, { namespace: '/admin' });
  });
  afterEach(() => stage.close());

  async function user(name: string, label = name, namespace = '/'): Promise<Client> {
    const client = await stage.connected({ auth: { user: name } }, namespace);
    heard.set(label, []);
    client.onAny((event, data) => heard.get(label)?.push([event, data]));
    return client;
  }

  /** Everything emitted before has arrived. */
  const settled = (...clients: Client[]) => Promise.all(clients.map((client) => client.emitWithAck('sync')));

  test('reaches everybody, a session with all its sockets, a topic, and leaves out whom it should', async () => {
    const { sender } = stage.server;
    const clients = [
      await user('ada', 'ada 1'),
      await user('ada', 'ada 2'),
      await user('bob'),
      await user('eve'),
      await user('root', 'root', '/admin'),
    ];
    sender.join('bob', 'room:1');
    sender.join({ id: 'ada', data: undefined }, 'room:1');
    sender.emit('all', 1);
    sender.emit('one', 2, { session: 'ada' });
    sender.emit('topic', 3, { topic: 'room:1' });
    sender.emit('others', 4, { except: 'ada' });
    sender.emit('few', 5, { except: ['ada', { id: 'bob', data: 0 }] });
    sender.emit('topic others', 6, { topic: 'room:1', except: 'ada' });
    sender.emit('admins', 7, { namespace: '/admin' });
    sender.emit('nothing');
    sender.leave('bob', 'room:1');
    sender.emit('topic later', 8, { topic: 'room:1' });
    await settled(...clients);
    const events = (label: string) => heard.get(label)?.map(([event]: any) => event);
    expect(events('ada 1')).toEqual(['all', 'one', 'topic', 'nothing', 'topic later']);
    expect(events('ada 2')).toEqual(events('ada 1'));
    expect(events('bob')).toEqual(['all', 'topic', 'others', 'topic others', 'nothing']);
    expect(events('eve')).toEqual(['all', 'others', 'few', 'nothing']);
    expect(heard.get('root')).toEqual([['admins', 7]]);
  });

  test('carries JSON values and bytes', async () => {
    const client = await user('ada');
    for (const data of [null, 0, false, '', { a: [1] }, new Date(0)]) stage.server.sender.emit('x', data);
    stage.server.sender.emit('x', Buffer.from('hi'));
    await settled(client);
    expect(heard.get('ada')).toEqual(
      [null, 0, false, '', { a: [1] }, '1970-01-01T00:00:00.000Z', Buffer.from('hi')].map((data) => ['x', data]),
    );
  });

  test('refetch() tells clients which action to call again', async () => {
    const client = await user('ada');
    stage.server.sender.refetch('todo.list', { session: 'ada' });
    await settled(client);
    expect(heard.get('ada')).toEqual([['action:refetch', { action: 'todo.list' }]]);
  });

  test.each(['', 'connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener', 7])(
    'refuses the name %j',
    (event) => {
      expect(() => stage.server.sender.emit(event as string)).toThrow(
        expect.objectContaining({
          code: 'SPECTER_INVALID_ARGUMENT',
          message: expect.stringContaining(event === 7 ? 'got 7 (number).' : `got "${event}".`),
        }),
      );
    },
  );

  test('refuses a session and a topic at once, and a function as data', () => {
    const invalid = expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' });
    expect(() => stage.server.sender.emit('x', 1, { session: 'ada', topic: 'room' })).toThrow(
      'sockets.emit(): expected a session or a topic, not both, got Object.',
    );
    expect(() => stage.server.sender.emit('x', () => 1)).toThrow(invalid);
  });

  // Teeth: without the check, what was meant for nobody in particular goes to everybody (tried).
  test.each(['session', 'topic'])('refuses a %s that is named and undefined, also to refetch', async (key) => {
    const client = await user('ada');
    const { sender } = stage.server;
    for (const nobody of [undefined, null]) {
      const audience = { [key]: nobody } as object;
      const reason = `, ${key}: expected a ${key}; leave it out to reach everybody, got ${nobody}.`;
      expect(() => sender.emit('secret', 1, audience)).toThrow(
        expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message: `sockets.emit()${reason}` }),
      );
      expect(() => sender.refetch('todo.list', audience)).toThrow(`sockets.refetch()${reason}`);
    }
    sender.emit('all', 2, { except: undefined, namespace: undefined, volatile: undefined } as object);
    await settled(client);
    expect(heard.get('ada')).toEqual([['all', 2]]);
  });

  // Teeth: without the check, what was meant for one room goes to everybody (tried).
  test('refuses an audience with a misspelt name', () => {
    expect(() => stage.server.sender.emit('x', 1, { topc: 'room' } as never)).toThrow(
      'sockets.emit() has the option topc, which nobody reads. Did you mean topic?',
    );
  });

  test('sessions() names each session once, everywhere or in a topic', async () => {
    await user('ada', 'ada 1');
    const second = await user('ada', 'ada 2');
    await user('bob');
    await user('root', 'root', '/admin');
    stage.server.sender.join('bob', 'room:1');
    expect(await stage.server.sender.sessions()).toEqual([
      { id: 'ada', data: 3 },
      { id: 'bob', data: 3 },
    ]);
    expect(await stage.server.sender.sessions('room:1')).toEqual([{ id: 'bob', data: 3 }]);
    expect(await stage.server.sender.sessions('room:2')).toEqual([]);
    expect(await stage.server.sender.sessions(undefined, { namespace: '/admin' })).toEqual([{ id: 'root', data: 4 }]);
    second.disconnect();
    await until(() => stage.server.io.of('/').sockets.size === 2);
    expect(await stage.server.sender.sessions()).toHaveLength(2);
  });

  describe('request()', () => {
    const pending = (client: Client) =>
      (stage.server.io.of('/').sockets.get(client.id!) as unknown as { acks: Map<number, unknown> }).acks.size;

    // Teeth: with undefined in the place of data, a client that takes only the acknowledgement got null for it (tried).
    test('carries no data when there is none: the client gets the acknowledgement alone, as from socket.io', async () => {
      const client = await user('ada');
      const got: unknown[][] = [];
      client.on('volume?', (...all) => {
        got.push(all);
        all.at(-1)(7);
      });
      expect(await stage.server.sender.request('ada', 'volume?')).toBe(7);
      expect(await stage.server.sender.request('ada', 'volume?', null)).toBe(7);
      expect(got).toEqual([[expect.any(Function)], [null, expect.any(Function)]]);
    });

    test('resolves with the first answer of a socket of the session', async () => {
      const [one, two] = [await user('ada', '1'), await user('ada', '2')];
      one.on('volume?', (_data, ack) => ack(7));
      expect(await stage.server.sender.request('ada', 'volume?', { room: 1 })).toBe(7);
      expect(heard.get('2')).toEqual([['volume?', { room: 1 }]]);
      expect([pending(one), pending(two)]).toEqual([0, 0]);
    });

    test('rejects SPECTER_ACK_TIMEOUT by the clock of the application, and forgets the question', async () => {
      const client = await user('ada');
      const request = stage.server.sender.request('ada', 'volume?', 1, { timeout: 20 });
      expect(pending(client)).toBe(1);
      await expect(request).rejects.toMatchObject({
        code: 'SPECTER_ACK_TIMEOUT',
        message: expect.stringContaining('"ada" did not answer "volume?" within 20 ms'),
      });
      expect(pending(client)).toBe(0);
    });

    test('rejects SPECTER_DISCONNECTED at once for a session that is not there, and when the last of its sockets goes', async () => {
      await expect(stage.server.sender.request('nobody', 'volume?')).rejects.toMatchObject({
        code: 'SPECTER_DISCONNECTED',
      });
      const [one, two] = [await user('ada', '1'), await user('ada', '2')];
      const request = stage.server.sender.request('ada', 'volume?');
      let settled = false;
      request
        .catch(() => {})
        .finally(() => {
          settled = true;
        });
      one.disconnect();
      await until(() => stage.server.io.of('/').sockets.size === 1);
      expect(settled).toBe(false);
      two.disconnect();
      await expect(request).rejects.toMatchObject({ code: 'SPECTER_DISCONNECTED' });
    });

    test('rejects with the reason of its signal', async () => {
      const client = await user('ada');
      const abort = new AbortController();
      const request = stage.server.sender.request('ada', 'volume?', 1, { signal: abort.signal });
      abort.abort(new Error('changed my mind'));
      await expect(request).rejects.toThrow('changed my mind');
      await expect(stage.server.sender.request('ada', 'volume?', 1, { signal: abort.signal })).rejects.toThrow(
        'changed my mind',
      );
      expect(pending(client)).toBe(0);
    });

    test('checks the answer against its type', async () => {
      const client = await user('ada');
      let answer: unknown = 'loud';
      client.on('volume?', (_data, ack) => ack(answer));
      await expect(stage.server.sender.request('ada', 'volume?', 1, { type: Number })).rejects.toMatchObject({
        code: 'SPECTER_VALIDATION',
        message: 'Session "ada" answered "volume?" with what its type does not allow: isNumber.',
      });
      answer = 7;
      expect(await stage.server.sender.request('ada', 'volume?', 1, { type: Number })).toBe(7);
    });

    // Teeth: it was a 422 for bob, whose payload was in order, with the faults of what ada had sent (tried).
    test('whoever waits for a bad answer of somebody else is not told that he has sent it', async () => {
      const ada = await user('ada');
      ada.on('volume?', (_data, ack) => ack('loud'));
      const ask = () => stage.server.sender.request('ada', 'volume?', 1, { type: Number });
      stage.server.ingress.subscribe('ask', ask);
      expect(await (await user('bob')).emitWithAck('ask')).toEqual({
        error: expect.objectContaining({ status: 500, code: 'SPECTER_INTERNAL' }),
      });
    });

    test('rejects when its data cannot be sent, and leaves nothing behind', async () => {
      const client = await user('ada');
      await expect(stage.server.sender.request('ada', 'volume?', 1n)).rejects.toThrow(/BigInt/);
      expect(pending(client)).toBe(0);
    });

    test('a thousand questions that nobody answers end in time, and are no leak in the eyes of Node', async () => {
      const client = await user('ada');
      const side = stage.server.io.of('/').sockets.get(client.id!)!;
      const { signal } = stage.server.connectionOf(side)!;
      const requests = Array.from({ length: 1000 }, () => stage.server.sender.request('ada', 'x', 1, { timeout: 30 }));
      expect(pending(client)).toBe(1000);
      const results = await Promise.allSettled(requests);
      expect(results.every(({ status }) => status === 'rejected')).toBe(true);
      expect(pending(client)).toBe(0);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      expect(getMaxListeners(signal)).toBe(Number.POSITIVE_INFINITY);
    });

    test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as a timeout', async (timeout) => {
      await expect(stage.server.sender.request('ada', 'x', 1, { timeout })).rejects.toMatchObject({
        code: 'SPECTER_INVALID_ARGUMENT',
      });
    });
  });
});
