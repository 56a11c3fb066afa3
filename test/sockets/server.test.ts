import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, type Socket as NetSocket } from 'node:net';
import { Unauthorized } from '../../src/http/errors.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { socketWordings } from '../../src/sockets/events.js';
import { next, Stage, until } from './stage.js';

function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.on('error', reject).end();
  });
}

let stage: Stage;
afterEach(() => stage?.close());

describe('loading', () => {
  test('nothing is loaded or put on the HTTP server before the door opens', async () => {
    stage = new Stage();
    stage.server.ingress.subscribe('go', () => 1, { namespace: '/later' });
    expect(stage.http.listenerCount('upgrade')).toBe(0);
    await stage.open();
    expect(stage.http.listenerCount('upgrade')).toBeGreaterThan(0);
    expect(await (await stage.connected({}, '/later')).emitWithAck('go')).toBe(1);
  });

  test('a door that never opened closes without loading anything', async () => {
    stage = new Stage();
    await stage.server.drain();
    await stage.server.close();
    expect(stage.http.listenerCount('upgrade')).toBe(0);
  });

  test('other paths of the HTTP server stay its own, and the client library is not served', async () => {
    stage = await new Stage().open();
    expect((await get(`${stage.url}/films`)).text).toBe('plain');
    expect((await get(`${stage.url}/socket.io/socket.io.js`)).status).toBe(400);
  });
});

describe('who may connect', () => {
  test('without a rule every socket is a session of its own', async () => {
    stage = await new Stage().open();
    stage.server.ingress.subscribe('who', (_, { session }) => session);
    const client = await stage.connected();
    expect(await client.emitWithAck('who')).toEqual({ id: client.id });
  });

  test('a session that is not known is refused with 401, and no handler hears of it', async () => {
    stage = await new Stage({
      session: ({ auth }) => (auth.token === 'good' ? { id: 'ada', data: 1 } : undefined),
    }).open();
    const heard: unknown[] = [];
    stage.server.ingress.subscribe('connection', (_, call) => void heard.push(call.session));
    stage.server.ingress.subscribe('disconnect', () => void heard.push('left'));
    const error = await stage.refused({ auth: { token: 'bad' } });
    expect(error.data).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: expect.any(String),
      code: 'SPECTER_UNAUTHORIZED',
    });
    await stage.connected({ auth: { token: 'good' } });
    await until(() => heard.length > 0);
    expect(heard).toEqual([{ id: 'ada', data: 1 }]);
    expect(stage.tellings('socket-refused')).toEqual([expect.objectContaining({ what: 'the connection' })]);
  });

  test('the rule may take its time and give an error of its own', async () => {
    stage = await new Stage({
      session: async () => {
        throw new Unauthorized('Sign in first.', { code: 'SIGN_IN' });
      },
    }).open();
    const error = await stage.refused();
    expect(error.message).toBe('Sign in first.');
    expect(error.data).toEqual(expect.objectContaining({ status: 401, code: 'SIGN_IN' }));
  });

  // Teeth: as the application's own fault it was a 500 for whoever sent { name: 5 }, and an error in the log (tried).
  test.each([
    [5, '5 (number)'],
    ['', 'an empty text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [['ada'], 'Array'],
    [{ $ne: null }, 'Object'],
  ])('an id that is no text (%j) is what the client has sent: nobody knows who that is', async (name, told) => {
    const session = ({ auth }: { auth: Record<string, unknown> }) => ({ id: auth.name as string, data: undefined });
    stage = await new Stage({ session }).open();
    const { data } = await stage.refused({ auth: { name } });
    expect(data).toMatchObject({ status: 401, code: 'SPECTER_UNAUTHORIZED', detail: 'Nobody knows who is calling.' });
    await stage.refused({ auth: { name } });
    const [first, second] = stage.tellings('socket-refused');
    expect(stage.tellings('socket-failed')).toEqual([]);
    expect(first?.error.message).toBe(
      `sockets.session() gave an id that is ${told}, so nobody knows who is calling. Check what the client has sent, give a text as id, or undefined for a stranger.`,
    );
    const { level } = socketWordings['socket-refused'];
    expect([first, second].map((event) => typeof level === 'function' && level(event as never))).toEqual([
      'warn',
      'debug',
    ]);
  });

  test.each([[{}], [null], ['ada'], [{ user: 'ada' }]])(
    "a rule that returns %j, which is no session, is the application's own fault",
    async (session) => {
      stage = await new Stage({ session: () => session as never }).open();
      expect((await stage.refused()).data).toEqual(expect.objectContaining({ status: 500 }));
      expect(stage.tellings('socket-failed')).toEqual([
        expect.objectContaining({ error: expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT' }) }),
      ]);
    },
  );

  test('who hangs on the way in is closed within connectTimeout', async () => {
    stage = await new Stage({ connectTimeout: 100, session: () => new Promise(() => {}) }).open();
    const client = stage.client();
    const [reason] = await Promise.all([next(client.io as never, 'close'), client.connect()]);
    expect(reason).toBe('transport close');
    expect(stage.server.io.engine.clientsCount).toBe(0);
  });

  test('who never asks for a namespace is closed within connectTimeout', async () => {
    stage = await new Stage({ connectTimeout: 100 }).open();
    expect((await get(`${stage.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(200);
    expect(stage.server.io.engine.clientsCount).toBe(1);
    await until(() => stage.server.io.engine.clientsCount === 0);
  });

  describe('the origin of a page', () => {
    const from = (origin: string) => ({ extraHeaders: { origin } });

    test('is this server itself, or the connection is refused and closed', async () => {
      stage = await new Stage().open();
      await stage.connected(from(stage.url));
      await stage.connected(from(stage.url.replace('http:', 'https:')));
      for (const origin of [
        'https://evil.example',
        'null',
        'garbage',
        'http://127.0.0.1',
        `${stage.url}.evil.example`,
      ]) {
        expect((await stage.refused(from(origin))).data).toEqual(
          expect.objectContaining({ status: 403, code: 'SPECTER_ORIGIN' }),
        );
      }
      await until(() => stage.server.io.engine.clientsCount === 2);
    });

    test('may be one of a list, which then gets its CORS headers', async () => {
      stage = await new Stage({ origins: ['https://film.example'] }).open();
      await stage.connected(from('https://film.example'));
      await stage.connected({ ...from('https://film.example'), transports: ['polling'] });
      await stage.connected(from(stage.url));
      await stage.refused(from('https://evil.example'));
      const handshake = `${stage.url}/socket.io/?EIO=4&transport=polling`;
      expect((await get(handshake, { origin: 'https://film.example' })).headers['access-control-allow-origin']).toBe(
        'https://film.example',
      );
      expect(
        (await get(handshake, { origin: 'https://evil.example' })).headers['access-control-allow-origin'],
      ).toBeUndefined();
    });

    test('may be any, when the application says so', async () => {
      stage = await new Stage({ origins: '*' }).open();
      await stage.connected(from('https://anywhere.example'));
    });
  });
});

describe('limits that are on by default', () => {
  test('a message beyond maxHttpBufferSize closes that connection and nothing else', async () => {
    stage = await new Stage().open();
    stage.server.ingress.subscribe('size', (text) => (text as string).length, { type: String });
    const client = await stage.connected();
    const other = await stage.connected();
    expect(await client.emitWithAck('size', 'x'.repeat(102_000))).toBe(102_000);
    client.emit('size', 'x'.repeat(102_400));
    await next(client, 'disconnect');
    expect(await other.emitWithAck('size', 'xx')).toBe(2);
  });

  test('old protocols, compression and recovery are off', async () => {
    stage = await new Stage().open();
    expect((await get(`${stage.url}/socket.io/?EIO=3&transport=polling`)).status).toBe(400);
    const client = await stage.connected();
    expect(client.recovered).not.toBe(true);
    const { opts } = stage.server.io.engine;
    expect([opts.perMessageDeflate, opts.httpCompression, opts.allowEIO3]).toEqual([false, false, false]);
    expect(stage.server.io._opts.connectionStateRecovery).toBeUndefined();
  });
});

describe('the end', () => {
  test('drain() answers what is under way, refuses new events and lets nobody in', async () => {
    stage = await new Stage().open();
    let finish = (_: string) => {};
    stage.server.ingress.subscribe(
      'slow',
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    const client = await stage.connected();
    const answer = client.emitWithAck('slow');
    await until(() => stage.server.ingress.inFlight === 1);
    let drained = false;
    const draining = stage.server.drain().then(() => {
      drained = true;
    });
    expect(await client.emitWithAck('slow')).toEqual({
      error: expect.objectContaining({ status: 503, code: 'SPECTER_UNAVAILABLE' }),
      retryIn: 1_000,
    });
    await stage.refused();
    expect(drained).toBe(false);
    finish('done');
    expect(await answer).toBe('done');
    await draining;
  });

  // Teeth: it said how many, of nobody, and named stopTimeout, which has nothing to do with it (tried).
  test('drain() ends at its deadline, and says whose events were left, and which option that was', async () => {
    stage = await new Stage().open();
    stage.server.ingress.subscribe('never', () => new Promise(() => {}));
    const client = await stage.connected();
    client.emit('never');
    client.emit('never');
    await until(() => stage.server.ingress.inFlight === 2);
    await stage.server.drain(new Deadline(50));
    const message =
      'Answering socket events (2 left) did not finish within 50 ms: 2 × "never" of sockets. ' +
      'Give what they await a deadline of their own, or raise sockets.drainTimeout.';
    expect(stage.tellings('release-failed')).toEqual([
      expect.objectContaining({
        service: 'sockets',
        error: expect.objectContaining({ code: 'SPECTER_STOP_TIMEOUT', message }),
      }),
    ]);
  });

  test('close() closes every socket so that its client tries again by itself, tells the handlers why, and leaves the HTTP server open', async () => {
    stage = await new Stage().open();
    const reasons: unknown[] = [];
    stage.server.ingress.subscribe('disconnect', async (reason) => {
      await Promise.resolve();
      reasons.push(reason);
    });
    const clients = [
      await stage.connected(),
      await stage.connected({ transports: ['polling'] }),
      await stage.connected({}, '/'),
    ];
    const told = clients.map((client) => next(client, 'disconnect'));
    const opening = stage.client({ transports: ['polling'] });
    await stage.server.close();
    await until(() => reasons.length === 3);
    expect(reasons).toEqual(clients.map(() => 'server shutting down'));
    expect(await Promise.all(told)).toEqual(clients.map(() => 'transport close'));
    expect(stage.tellings('socket-disconnected').map(({ reason }) => reason)).toEqual(reasons);
    expect(stage.http.listening).toBe(true);
    expect((await get(`${stage.url}/films`)).text).toBe('plain');
    opening.disconnect();
  });

  test('after close() nobody gets in through a connection that HTTP still serves', async () => {
    stage = await new Stage().open();
    await stage.server.close();
    expect((await get(`${stage.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(403);
    await stage.refused();
    expect(stage.server.io.engine.clientsCount).toBe(0);
  });

  test('the answers of the last moment reach their clients', async () => {
    stage = await new Stage().open();
    const big = 'x'.repeat(2_000_000);
    let asked = 0;
    stage.server.ingress.subscribe('big', async () => {
      asked++;
      await new Promise((resolve) => setImmediate(resolve));
      return big;
    });
    const clients = await Promise.all([stage.connected(), stage.connected({ transports: ['polling'] })]);
    const answers = clients.map((client) => client.emitWithAck('big'));
    await until(() => asked === 2);
    await stage.server.drain();
    await stage.server.close();
    for (const answer of answers) expect((await answer).length).toBe(big.length);
  });

  test('a client that does not read or answer is cut, so that the HTTP server can close', async () => {
    stage = await new Stage().open();
    const { port } = stage.http.address() as AddressInfo;
    const raw: NetSocket = connect(port, '127.0.0.1');
    raw.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await once(raw, 'data');
    raw.pause();
    raw.on('error', () => {});
    const begun = performance.now();
    await stage.server.close();
    stage.http.close();
    await once(stage.http, 'close');
    expect(performance.now() - begun).toBeLessThan(5_000);
    raw.destroy();
  });

  test('close() may be called twice, and leaves no timers and no sockets behind', async () => {
    stage = await new Stage().open();
    await stage.connected();
    await stage.connected({ transports: ['polling'] });
    await Promise.all([stage.server.close(), stage.server.close()]);
    expect(stage.server.io.of('/').sockets.size).toBe(0);
    expect(stage.server.io.engine.clientsCount).toBe(0);
  });

  test.each(['/other', '/socket.io-other'])(
    'a door on a server that it shares does not touch upgrades of others, as to %s',
    async (path) => {
      stage = await new Stage().open();
      const seen: string[] = [];
      stage.http.on('upgrade', (incoming, socket) => {
        if (incoming.url !== path) return;
        seen.push('other');
        socket.on('end', () => socket.end());
        socket.on('data', () => socket.write('still here'));
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      });
      const { port } = stage.http.address() as AddressInfo;
      const raw = connect(port, '127.0.0.1');
      raw.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n`);
      await once(raw, 'data');
      await stage.server.close();
      raw.write('?');
      const [heard] = await once(raw, 'data');
      expect([seen, String(heard)]).toEqual([['other'], 'still here']);
      raw.destroy();
    },
  );
});
