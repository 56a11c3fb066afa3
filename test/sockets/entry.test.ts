// The way in and the way out: whatever happens on it, a socket is in with all that belongs to it, or not at all.
import 'reflect-metadata';
import { Guard } from '../../src/http/guard.js';
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

describe('an event whose guard still thinks when its client goes', () => {
  let mayPass: ReturnType<typeof awaited<boolean>>;
  let calls: string[];

  @Handler()
  class Kept {
    @On('say') @Guard(() => mayPass.promise) say() {
      calls.push('say');
    }
    @On('disconnect') @Guard(() => true) left() {
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
});
