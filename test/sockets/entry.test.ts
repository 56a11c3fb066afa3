// The way in and the way out: whatever happens on it, a socket is in with all that belongs to it, or not at all.
import 'reflect-metadata';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Guard, type Session as SessionOf } from '../../src/http/guard.js';
import { Session } from '../../src/http/parameters.js';
import { Handler, On } from '../../src/sockets/handler.js';
import { RawClient } from './raw-client.js';
import { next, Stage, until } from './stage.js';

let stage: Stage;
afterEach(() => stage.close());

/** Something to wait for that has not come yet. */
function awaited<T>(): { readonly promise: Promise<T>; readonly come: (value: T) => void } {
  let come: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    come = resolve;
  });
  return { promise, come };
}

const told = () => stage.told.map(({ type }) => type).filter((type) => /^socket-(dis)?connected$/.test(type));

// Its presence, its rooms and its place among those of its session stayed for ever (tried).
test('a socket whose connection ends with the word that it is in has never been there', async () => {
  stage = await new Stage({ session: () => ({ id: 'ada', data: 0 }) }).open();
  stage.server.openNamespace('/b');
  const { presence } = stage.server;
  const raw = await RawClient.open(stage.url, '/');
  const [first] = stage.server.io.of('/').sockets.values();
  const conn = first?.conn as any;
  // As a client is dropped that does not read.
  conn.on('packetCreate', ({ data }: { data: string }) => data.startsWith('0/b') && conn.close(true));
  raw.send('40/b,');
  await raw.closed;
  await until(() => told().includes('socket-disconnected'));
  const { sockets, adapter } = stage.server.io.of('/b');
  expect([sockets.size, adapter.rooms.size, adapter.sids.size]).toEqual([0, 0, 0]);
  expect(presence.sessions(undefined, { namespace: '/b' })).toEqual([]);
  expect(told()).toEqual(['socket-connected', 'socket-disconnected']);
});

test('a socket that is sent away by who hears of its presence leaves like any other', async () => {
  stage = await new Stage({ session: () => ({ id: 'ada', data: 0 }), maxSocketsPerSession: 1 }).open();
  const heard: string[] = [];
  for (const event of ['connection', 'disconnect']) stage.server.ingress.subscribe(event, () => void heard.push(event));
  const release = stage.server.presence.onJoin(({ id }) => stage.server.io.in(`session:${id}`).disconnectSockets());
  const client = stage.client();
  expect(await next(client, 'disconnect')).toBe('io server disconnect');
  expect(told()).toEqual(['socket-connected', 'socket-disconnected']);
  // Nobody who keeps something for each connection would ever be told to let it go (tried).
  expect(heard).toEqual(['disconnect']);
  release();
  await stage.connected();
});

test('nobody gets in who was asked before the door began to drain, and clients come back by themselves', async () => {
  const who = awaited<{ id: string; data: number }>();
  let asked = 0;
  stage = await new Stage({
    session: () => {
      asked++;
      return who.promise;
    },
  }).open();
  stage.server.openNamespace('/late');
  const client = stage.client({ reconnection: true, reconnectionDelay: 10_000 });
  const heard: string[] = [];
  client.on('connect', () => heard.push('connect'));
  client.on('connect_error', () => heard.push('refused'));
  await until(() => asked === 1);
  await stage.server.drain();
  who.come({ id: 'ada', data: 0 });
  const late = client.io.socket('/late');
  const waiting = stage.server.io.of('/late') as unknown as { _preConnectSockets: Map<string, unknown> };
  await until(() => waiting._preConnectSockets.size === 1);
  const gone = next(client.io as never, 'close');
  await stage.server.close();
  await gone;
  expect([heard, asked, told()]).toEqual([[], 1, []]);
  expect([client.active, late.active, waiting._preConnectSockets.size]).toEqual([true, true, 0]);
  late.disconnect();
});

// Teeth: the place in the session and among the namespaces stayed taken until the connection ended (tried).
test('whom a middleware of the application refuses has taken no place', async () => {
  stage = await new Stage({
    session: () => ({ id: 'ada', data: 0 }),
    maxSocketsPerSession: 1,
    maxNamespaces: 2,
  }).open();
  stage.server.openNamespace('/kept');
  let refusals = 2;
  stage.server.io.use((_, next) => next(refusals-- > 0 ? new Error('not now') : undefined));
  const raw = await RawClient.open(stage.url, '/kept');
  const answers = () => raw.heard.filter((text) => /^4[04]{/.test(text));
  for (const asked of [1, 2, 3]) {
    raw.send('40');
    await until(() => answers().length === asked);
  }
  expect(answers()).toEqual(['44{"message":"not now"}', '44{"message":"not now"}', expect.stringMatching(/^40{"sid"/)]);
  // The one place is taken now.
  expect((await stage.refused()).data).toMatchObject({ status: 429 });
  expect(told()).toEqual(['socket-connected', 'socket-connected']);
  raw.ws.terminate();
});

describe('the end of a connection', () => {
  const refused = new Set<string>();
  let calls: string[];

  @Handler()
  @Guard(({ session }) => !refused.has(session?.id ?? ''))
  class Members {
    @On('connection') came(@Session() { id }: SessionOf) {
      calls.push(`${id} came`);
    }
    @On('disconnect') left(_: string, @Session() { id }: SessionOf) {
      calls.push(`${id} left`);
    }
    @On('error') failed(_: Error, @Session() { id }: SessionOf) {
      calls.push(`${id} failed`);
    }
    @On('say') say() {
      return 'said';
    }
  }

  beforeEach(async () => {
    refused.clear();
    calls = [];
    stage = await new Stage({ session: ({ auth }) => ({ id: String(auth.user), data: 0 }) }).open();
  });
  const left = (n: number) => until(() => stage.tellings('socket-disconnected').length === n);

  // Teeth: with the guard before it, what a handler keeps for a client stayed when its rights had been taken away (tried).
  test('is told to whoever was told of its begin, whatever guards think by then', async () => {
    await stage.start(Members);
    const client = await stage.connected({ auth: { user: 'ada' } });
    await until(() => calls.length === 1);
    refused.add('ada');
    expect(await client.emitWithAck('say')).toEqual({ error: expect.objectContaining({ status: 403 }) });
    client.io.engine.write('2["x"');
    await left(1);
    expect(calls).toEqual(['ada came', 'ada failed', 'ada left']);
  });

  // Teeth: who counts would count those who were never let in (tried).
  test('is not told to a handler whose guards have refused its begin, also after a restart', async () => {
    const instance = new Members();
    const first = await stage.start(Members, instance);
    refused.add('eve');
    const client = await stage.connected({ auth: { user: 'eve' } });
    await until(() => stage.tellings('socket-refused').length === 1);
    refused.clear();
    await first.stop();
    await stage.start(Members, instance);
    expect(await client.emitWithAck('say')).toBe('said');
    client.disconnect();
    await left(1);
    expect(calls).toEqual([]);
  });

  test('is told alone to a handler that was not there at its begin', async () => {
    const client = await stage.connected({ auth: { user: 'ada' } });
    await stage.start(Members);
    client.disconnect();
    await until(() => calls.length === 1);
    expect(calls).toEqual(['ada left']);
  });

  test('that comes while a guard still thinks about its begin takes both away', async () => {
    const mayPass = awaited<boolean>();
    class Slow {
      @On('connection') @Guard(() => mayPass.promise) came() {
        calls.push('came');
      }
      @On('disconnect') left() {
        calls.push('left');
      }
    }
    await stage.start(Slow);
    const client = await stage.connected({ auth: { user: 'ada' } });
    await until(() => stage.server.ingress.inFlight === 1);
    client.disconnect();
    await left(1);
    mayPass.come(true);
    await until(() => stage.server.ingress.inFlight === 0);
    expect(calls).toEqual([]);
    expect(stage.tellings('socket-failed')).toEqual([]);
  });
});

describe('an event whose guard or check still thinks when its client goes', () => {
  let mayPass: ReturnType<typeof awaited<boolean>>;
  let calls: string[];

  /** A schema that takes its time. */
  const unhurried = {
    '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => mayPass.promise.then(() => ({ value })) },
  } as StandardSchemaV1;

  @Handler()
  class Kept {
    @On('say') @Guard(() => mayPass.promise) say() {
      calls.push('say');
    }
    @On('checked', { type: unhurried }) checked(_: unknown) {
      calls.push('checked');
    }
    @On('disconnect') left() {
      calls.push('left');
    }
  }

  beforeEach(async () => {
    mayPass = awaited();
    calls = [];
    stage = await new Stage().open();
    await stage.start(Kept);
  });

  test.each(['of the application', 'of the method'])('is heard by nobody: the guard %s', async (whose) => {
    if (whose === 'of the application') stage.server.ingress.guards = [() => mayPass.promise];
    const client = await stage.connected();
    client.emit('say');
    await until(() => stage.server.ingress.inFlight === 1);
    client.disconnect();
    await until(() => calls.includes('left'));
    mayPass.come(true);
    await until(() => stage.server.ingress.inFlight === 0);
    expect(calls).toEqual(['left']);
    expect(stage.tellings('socket-failed')).toEqual([]);
  });

  // Teeth: the handler was called for a client whose end it had been told of (tried).
  test('is heard by nobody: a check of the payload', async () => {
    stage.server.ingress.subscribe('checked', () => calls.push('subscribed'), { type: unhurried });
    stage.server.ingress.subscribe('disconnect', (why) => calls.push(`left: ${why}`), { type: unhurried });
    const client = await stage.connected();
    client.emit('checked', 1);
    await until(() => stage.server.ingress.inFlight === 1);
    client.disconnect();
    await until(() => calls.includes('left'));
    mayPass.come(true);
    await until(() => stage.server.ingress.inFlight === 0);
    expect(calls).toEqual(['left', 'left: client namespace disconnect']);
    expect(stage.tellings('socket-failed')).toEqual([]);
  });
});
