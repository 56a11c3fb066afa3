import { NotFound } from '../../src/http/errors.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Outcome } from '../../src/kernel/outcome.js';
import { Scope } from '../../src/kernel/scope.js';
import { SocketIngress } from '../../src/sockets/ingress.js';
import { next, Stage, testEnvironment, until } from './stage.js';

describe('events over real sockets', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage().open();
  });
  afterEach(() => stage.close());

  test('subscribers run one after the other, by priority and then in order', async () => {
    const order: string[] = [];
    const add = (name: string, priority?: number) =>
      stage.server.ingress.subscribe(
        'go',
        async () => {
          order.push(`${name} begins`);
          await Promise.resolve();
          order.push(`${name} ends`);
        },
        priority === undefined ? {} : { priority },
      );
    add('second');
    add('third');
    add('last', 200);
    add('first', 1);
    const client = await stage.connected();
    await client.emitWithAck('go');
    expect(order).toEqual(['first', 'second', 'third', 'last'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  test('the acknowledgement is the last result that is not undefined', async () => {
    const { ingress } = stage.server;
    ingress.subscribe('ask', () => 1);
    ingress.subscribe('ask', () => 2);
    ingress.subscribe('ask', () => undefined);
    const client = await stage.connected();
    expect(await client.emitWithAck('ask')).toBe(2);
  });

  test('null is a result', async () => {
    stage.server.ingress.subscribe('ask', () => 1);
    stage.server.ingress.subscribe('ask', () => null);
    const client = await stage.connected();
    expect(await client.emitWithAck('ask')).toBeNull();
  });

  test('one failing subscriber stops nobody else, and is reported with the name of its owner', async () => {
    const scope = new Scope('Broken', stage.environment);
    const owner = { addCleanup: scope.addCleanup.bind(scope), constructor: { name: 'Broken' } };
    stage.server.ingress.subscribe(
      'ask',
      () => {
        throw new Error('no disk');
      },
      { owner },
    );
    stage.server.ingress.subscribe('ask', () => 'fine');
    const client = await stage.connected();
    expect(await client.emitWithAck('ask')).toBe('fine');
    expect(stage.tellings('socket-failed')).toEqual([
      expect.objectContaining({
        service: 'Broken',
        what: 'event "ask"',
        error: expect.objectContaining({ message: 'no disk' }),
      }),
    ]);
  });

  test('the acknowledgement is the problem of the first failure when nobody has a result', async () => {
    stage.server.ingress.subscribe('ask', () => {
      throw new NotFound('No such film.');
    });
    stage.server.ingress.subscribe('ask', () => {
      throw new Error('second');
    });
    const client = await stage.connected();
    expect(await client.emitWithAck('ask')).toEqual({
      error: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'No such film.' },
    });
  });

  test('a rejection goes as an exception event when no acknowledgement was asked for', async () => {
    stage.server.ingress.subscribe('go', () => {
      throw new NotFound('No such film.');
    });
    const client = await stage.connected();
    const told = next(client, 'exception');
    client.emit('go');
    expect(await told).toEqual({
      event: 'go',
      error: expect.objectContaining({ status: 404, detail: 'No such film.' }),
    });
  });

  test('an outcome is its value, or its problem', async () => {
    stage.server.ingress.subscribe('good', () => Outcome.success({ a: 1 }, { status: 201 }));
    stage.server.ingress.subscribe('bad', () => Outcome.failure('Full.', { status: 409 }));
    const client = await stage.connected();
    expect(await client.emitWithAck('good')).toEqual({ a: 1 });
    expect(await client.emitWithAck('bad')).toEqual({
      error: expect.objectContaining({ status: 409, detail: 'Full.' }),
    });
  });

  test('an event that nobody handles answers 404', async () => {
    const client = await stage.connected();
    expect(await client.emitWithAck('nothing', 1)).toEqual({
      error: expect.objectContaining({ status: 404, code: 'SPECTER_EVENT_UNKNOWN' }),
    });
  });

  test('a released subscription answers no more, on a socket that stays connected', async () => {
    const release = stage.server.ingress.subscribe('go', () => 'here');
    const client = await stage.connected();
    expect(await client.emitWithAck('go')).toBe('here');
    release();
    release();
    expect(await client.emitWithAck('go')).toEqual({
      error: expect.objectContaining({ code: 'SPECTER_EVENT_UNKNOWN' }),
    });
  });

  test('unsubscribe() takes away the function that was given, with or without a type', async () => {
    const { ingress } = stage.server;
    const fn = () => 1;
    ingress.subscribe('go', fn);
    ingress.subscribe('go', fn, { type: String });
    ingress.subscribe('go', () => 2);
    ingress.unsubscribe('go', fn);
    expect(ingress.listenerCount('go')).toBe(1);
  });

  test('a subscription ends with its owner, who waits for the calls under way', async () => {
    const chat = new (class Chat extends Lifecycle {
      finish = (_: string) => {};
      protected override onStart() {
        stage.server.ingress.subscribe('go', () => new Promise<string>((resolve) => (this.finish = resolve)), {
          owner: this,
        });
      }
    })();
    await chat.start();
    const client = await stage.connected();
    const answer = client.emitWithAck('go');
    await until(() => stage.server.ingress.inFlight === 1);
    let stopped = false;
    const stopping = chat.stop().then(() => (stopped = true));
    await until(() => stage.server.ingress.listenerCount('go') === 0);
    expect(await client.emitWithAck('go')).toEqual({ error: expect.objectContaining({ status: 404 }) });
    expect(stopped).toBe(false);
    chat.finish('late');
    expect(await answer).toBe('late');
    await stopping;
  });

  test('a payload is checked against the type of a subscription before its function sees it', async () => {
    const seen: unknown[] = [];
    stage.server.ingress.subscribe('say', (text) => void seen.push(text), { type: String });
    const client = await stage.connected();
    expect(await client.emitWithAck('say', 7)).toEqual({
      error: expect.objectContaining({
        status: 422,
        code: 'SPECTER_VALIDATION',
        errors: [expect.objectContaining({ in: 'payload' })],
      }),
    });
    await client.emitWithAck('say', 'hello');
    expect(seen).toEqual(['hello']);
  });

  test('a subscription whose type says nothing at run time is refused', () => {
    expect(() => stage.server.ingress.subscribe('say', () => 1, { type: Object as never })).toThrow(
      expect.objectContaining({ code: 'SPECTER_UNTYPED_INPUT' }),
    );
  });

  test.each([
    ['connect', {}],
    ['disconnecting', {}],
    ['say', { namespace: 'chat' }],
  ])('a subscription to %s with %j, which nobody could ever reach, is refused', (event, options) => {
    const code = 'SPECTER_INVALID_ARGUMENT';
    expect(() => stage.server.ingress.subscribe(event, () => 1, options)).toThrow(expect.objectContaining({ code }));
  });

  test('unsubscribe() leaves nothing with the owner either', async () => {
    const owner = new Scope('owner');
    const fn = () => 1;
    for (let n = 0; n < 3; n++) {
      stage.server.ingress.subscribe('say', fn, { owner });
      stage.server.ingress.unsubscribe('say', fn);
    }
    expect(owner.size).toBe(0);
    await owner.close();
  });

  test('namespaces are apart from each other', async () => {
    stage.server.ingress.subscribe('go', () => 'main');
    stage.server.ingress.subscribe('go', () => 'admin', { namespace: '/admin' });
    const main = await stage.connected();
    const admin = await stage.connected({}, '/admin');
    expect(await main.emitWithAck('go')).toBe('main');
    expect(await admin.emitWithAck('go')).toBe('admin');
  });

  test('a namespace that nobody handles lets nobody in', async () => {
    expect((await stage.refused({}, '/nowhere')).message).toBe('Invalid namespace');
  });

  test('connection, disconnect and error tell what happens to a socket, in the order it happens', async () => {
    const told: unknown[] = [];
    const { ingress } = stage.server;
    const gone = new Promise<void>((resolve) => {
      ingress.subscribe(
        'connection',
        (socket, call) => void told.push(['connection', socket === call.socket, call.session.id === call.socket.id]),
      );
      ingress.subscribe('disconnect', (reason) => {
        told.push(['disconnect', reason]);
        resolve();
      });
    });
    const client = await stage.connected();
    client.disconnect();
    await gone;
    expect(told).toEqual([
      ['connection', true, true],
      ['disconnect', 'client namespace disconnect'],
    ]);
  });

  test('a failing connection listener is reported, and the socket stays', async () => {
    stage.server.ingress.subscribe('connection', async () => {
      throw new Error('no greeting');
    });
    stage.server.ingress.subscribe('go', () => 'here');
    const client = await stage.connected();
    expect(await client.emitWithAck('go')).toBe('here');
    expect(stage.tellings('socket-failed')).toEqual([expect.objectContaining({ what: 'event "connection"' })]);
  });

  test('onError hears every failure with its place, and may itself fail', async () => {
    const heard: unknown[] = [];
    const release = stage.server.ingress.onError((error, failure) => {
      heard.push([error.message, failure.owner, failure.call.event, failure.call.args]);
      throw new Error('deaf');
    });
    stage.server.ingress.onError(async () => {
      throw new Error('deaf later');
    });
    stage.server.ingress.subscribe('go', () => {
      throw new Error('no disk');
    });
    const client = await stage.connected();
    await client.emitWithAck('go', 'x');
    expect(heard).toEqual([['no disk', 'sockets', 'go', ['x']]]);
    await Promise.resolve();
    expect(stage.tellings('listener-failed').map((event) => event.error.message)).toEqual(['deaf', 'deaf later']);
    release();
    await client.emitWithAck('go', 'y');
    expect(heard).toHaveLength(1);
  });

  test('plain socket.io listeners of the application still hear events that nobody else handles', async () => {
    stage.server.io.on('connection', (socket) => {
      socket.on('raw', (value, ack) => ack(value + 1));
    });
    const client = await stage.connected();
    expect(await client.emitWithAck('raw', 1)).toBe(2);
  });

  test('binary payloads arrive as bytes', async () => {
    stage.server.ingress.subscribe('bytes', (bytes) => (bytes as Buffer).length);
    const client = await stage.connected();
    expect(await client.emitWithAck('bytes', Buffer.alloc(7))).toBe(7);
  });
});

describe('dispatch() without a client', () => {
  const origin = {
    socket: { id: 's1', handshake: { headers: {}, query: {}, address: '' } },
    session: { id: 's1', data: 1 },
    namespace: '/',
    signal: new AbortController().signal,
  } as never;

  test('gives what the acknowledgement would get', async () => {
    const ingress = new SocketIngress(testEnvironment().environment);
    ingress.subscribe('double', (n) => (n as number) * 2);
    expect(await ingress.dispatch('double', 21, origin)).toBe(42);
  });

  test('throws the first failure, and SPECTER_EVENT_UNKNOWN where nobody listens', async () => {
    const ingress = new SocketIngress(testEnvironment().environment);
    ingress.subscribe('go', () => {
      throw new TypeError('first');
    });
    await expect(ingress.dispatch('go', 1, origin)).rejects.toThrow('first');
    await expect(ingress.dispatch('else', 1, origin)).rejects.toMatchObject({ code: 'SPECTER_EVENT_UNKNOWN' });
  });

  test('a subscriber that was released while the event was handed round is passed by', async () => {
    const ingress = new SocketIngress(testEnvironment().environment);
    const seen: string[] = [];
    ingress.subscribe('go', () => {
      release();
      return 'first';
    });
    const release = ingress.subscribe('go', () => void seen.push('second'));
    expect(await ingress.dispatch('go', 1, origin)).toBe('first');
    expect(seen).toEqual([]);
  });

  test('asks the guards of the application once, however many subscribe', async () => {
    const ingress = new SocketIngress(testEnvironment().environment);
    const asked: unknown[] = [];
    ingress.guards = [(call) => asked.push([call.kind, call.event, call.payload]) > 0];
    ingress.subscribe('go', () => 1);
    ingress.subscribe('go', () => 2);
    await ingress.dispatch('go', 'x', origin);
    expect(asked).toEqual([['event', 'go', 'x']]);
    ingress.guards = [() => false];
    await expect(ingress.dispatch('go', 'x', origin)).rejects.toMatchObject({ status: 403 });
  });
});
