// The sockets door of a whole application: who gets in, one guard for every door, and handlers that fail and come back.
import 'reflect-metadata';
import {
  type Call,
  Controller,
  Get,
  Guard,
  type Guarding,
  Handler,
  Lifecycle,
  Module,
  On,
  Presence,
  Service,
  Session,
  Topic,
} from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { RawClient } from './raw-client.js';
import { Stage, until } from './stage.js';

let app: TestApplication;
afterEach(() => app?.stop());

describe('one guard class', () => {
  const asked: Pick<Call, 'kind' | 'event' | 'topic' | 'payload'>[] = [];

  @Service()
  class SignedIn implements Guarding {
    check({ kind, event, topic, payload, session, headers, query, ip }: Call) {
      asked.push({ kind, event, topic, payload } as Call);
      const complete = typeof headers === 'object' && typeof query === 'object' && ip.includes('127.0.0.1');
      return complete && session?.id === 'ada';
    }
  }

  @Controller('/films')
  @Guard(SignedIn)
  class FilmController {
    @Get() list() {
      return ['Metropolis'];
    }
    @On('films', { type: Number }) films(n: number) {
      return n;
    }
  }

  @Handler({ namespace: '/admin' })
  @Guard(SignedIn)
  class AdminHandler {
    @On('reset', { type: Number }) reset(n: number) {
      return n;
    }
    @Topic('logs:*') logs() {
      return true;
    }
  }

  @Module({ providers: [SignedIn, FilmController, AdminHandler] })
  class AppModule {}

  const forbidden = { error: expect.objectContaining({ status: 403 }) };

  test('stands before routes, connections, events and topics, and sees the same of each', async () => {
    asked.splice(0);
    app = await testApplication(AppModule, {
      http: { session: (ctx) => ({ id: String(ctx.get('x-user')), data: undefined }) },
      sockets: { session: ({ auth }) => ({ id: String(auth.user), data: undefined }) },
    }).start();
    await app.http.get('/films').set('x-user', 'ada').expect(200);
    await app.http.get('/films').set('x-user', 'bob').expect(403);

    const [ada, bob] = [
      await app.socket('/', { auth: { user: 'ada' } }),
      await app.socket('/', { auth: { user: 'bob' } }),
    ];
    expect(await ada.emitWithAck('films', 1)).toBe(1);
    expect(await bob.emitWithAck('films', 1)).toEqual(forbidden);

    const admin = await app.socket('/admin', { auth: { user: 'ada' } });
    await expect(app.socket('/admin', { auth: { user: 'bob' } })).rejects.toThrow();
    expect(await admin.emitWithAck('reset', 2)).toBe(2);
    expect(await admin.emitWithAck('topic:join', 'logs:1')).toEqual({ ok: true });
    expect(new Set(asked.map(({ kind }) => kind))).toEqual(new Set(['http', 'event', 'connection', 'topic']));
    expect(asked).toContainEqual({ kind: 'event', event: 'films', topic: undefined, payload: 1 });
    expect(asked).toContainEqual({ kind: 'topic', event: undefined, topic: 'logs:1', payload: 'logs:1' });
  });
});

describe('a handler that its supervisor restarts', () => {
  @Handler({ restart: { on: 'failure', maxRestarts: 10, backoff: { min: 1_000, max: 1_000 } } })
  class Tuner extends Lifecycle {
    @On('tune', { type: Number }) tune(channel: number) {
      return channel;
    }
    @Topic('tuner:*') topic() {
      return true;
    }
  }
  @Module({ providers: [Tuner] })
  class AppModule {}

  test('answers 503 with the time to wait in between, on sockets that stay connected, and is on them once when it is back', async () => {
    app = await testApplication(AppModule, { logger: false }).start();
    const client = await app.socket();
    const away = { error: expect.objectContaining({ status: 503, code: 'SPECTER_UNAVAILABLE' }), retryIn: 1_000 };
    for (let round = 0; round < 3; round++) {
      expect(await client.emitWithAck('tune', 7)).toBe(7);
      await app.crash(Tuner, new Error('unplugged'));
      expect(await client.emitWithAck('tune', 7)).toEqual(away);
      expect(await client.emitWithAck('topic:join', 'tuner:1')).toEqual(away);
      await app.clock.advance(60_000);
    }
    expect(await client.emitWithAck('tune', 8)).toBe(8);
    expect(client.connected).toBe(true);
  });
});

test('Presence is injectable, and follows the sockets of the application', async () => {
  const joined: string[] = [];
  @Service()
  class Lobby extends Lifecycle {
    constructor(readonly presence: Presence) {
      super();
    }
    protected override onStart() {
      this.presence.onJoin(({ id }) => joined.push(id), { owner: this });
      this.listen('presence:left', ({ session }) => joined.push(`-${session.id}`));
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Presence], Lobby);
  @Handler()
  class Rooms {
    @On('who') who(@Session() { id }: Session) {
      return id;
    }
  }
  @Module({ providers: [Lobby, Rooms] })
  class AppModule {}
  app = await testApplication(AppModule, {
    sockets: { session: ({ auth }) => ({ id: String(auth.user), data: undefined }) },
  }).start();
  const [one, two] = [
    await app.socket('/', { auth: { user: 'ada' } }),
    await app.socket('/', { auth: { user: 'ada' } }),
  ];
  one.disconnect();
  two.disconnect();
  await until(() => app.io.engine.clientsCount === 0);
  expect(joined).toEqual(['ada']);
  await app.clock.advance(5_000);
  expect(joined).toEqual(['ada', '-ada']);
});

describe('nobody who was not let in', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  test('reaches a handler or a room, and all of them are closed in time: strangers, the slow, the silent, the revoked', async () => {
    const connectTimeout = 1_000;
    let revoked = false;
    let calls = 0;
    let asked = 0;
    stage = await new Stage({
      connectTimeout,
      maxConnectionsPerAddress: 1_000,
      session: ({ auth }) => {
        asked++;
        if (auth.token === 'throws') throw new Error('secret');
        if (auth.token === 'slow') return new Promise(() => {});
        return auth.token === 'good' && !revoked ? { id: 'ada', data: undefined } : undefined;
      },
    }).open();
    for (const event of ['connection', 'say', 'disconnect']) stage.server.ingress.subscribe(event, () => calls++);
    const good = await RawClient.open(stage.url);
    good.send('40{"token":"good"}');
    await until(() => calls === 1);
    good.ws.terminate();
    await until(() => calls === 2);
    calls = 0;
    revoked = true;
    const says = [
      '40',
      '40{"token":"bad"}',
      '40{"token":"throws"}',
      '40{"token":"slow"}',
      '40{"pid":"x","offset":"1","token":"good"}',
      '',
    ];
    const raws = await Promise.all(
      Array.from({ length: Number(process.env.RELIABILITY_SCALE ?? 0.1) * 1_000 }, () => RawClient.open(stage.url)),
    );
    const begun = performance.now();
    raws.forEach((raw, n) => {
      const first = says[n % says.length] as string;
      if (first !== '') raw.send(first);
      // Some wait until they are let in, others do not.
      if (n % 2 === 0) return;
      raw.send('42["say",1]');
      raw.send('42["topic:join","room:1"]');
    });
    await Promise.all(raws.map(({ closed }) => closed));
    expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 2 * connectTimeout : 30_000);
    // On a slow machine most are closed before they have said anything.
    expect(asked).toBeGreaterThan(process.env.SPECTER_TIMINGS ? raws.length / 4 : 0);
    expect(calls).toBe(0);
    expect([...stage.server.io.of('/').adapter.rooms]).toEqual([]);
    expect(stage.tellings('socket-failed').every(({ what }) => what === 'the connection')).toBe(true);
  }, 60_000);

  test('is let in by what was lost: a client that comes back is asked again, and has missed what it missed', async () => {
    const rights = new Set(['ada']);
    stage = await new Stage({
      session: ({ auth }) => (rights.has(String(auth.user)) ? { id: String(auth.user), data: undefined } : undefined),
    }).open();
    const client = await stage.connected({ auth: { user: 'ada' } });
    const id = client.id;
    const heard: unknown[] = [];
    client.onAny((event) => heard.push(event));
    client.io.engine.close();
    await until(() => stage.tellings('socket-disconnected').length === 1);
    stage.server.sender.emit('news', 1);
    rights.clear();
    const refused = new Promise<Error & { data?: unknown }>((resolve) => client.once('connect_error', resolve));
    client.connect();
    expect((await refused).data).toMatchObject({ status: 401, code: 'SPECTER_UNAUTHORIZED' });
    rights.add('ada');
    client.connect();
    await until(() => client.connected);
    expect([client.recovered ?? false, client.id === id, heard]).toEqual([false, false, []]);
  });
});
