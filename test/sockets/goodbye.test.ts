// The goodbye: everybody hears it once, in time for what is under way, and nobody comes back with everybody else.
import 'reflect-metadata';
import type { Socket as Client } from 'socket.io-client';
import { sayGoodbye } from '../../src/sockets/goodbye.js';
import { next, Stage, until } from './stage.js';

let stage: Stage;
afterEach(() => stage?.close());

test('clients are told to come back before their events in flight are answered, then they are disconnected', async () => {
  stage = await new Stage().open();
  let finish: (value: string) => void = () => {};
  stage.server.ingress.subscribe('slow', () => new Promise((resolve) => (finish = resolve)));
  const client = await stage.connected();
  const order: string[] = [];
  client.on('goodbye', () => order.push('goodbye'));
  client.on('disconnect', (reason) => order.push(`disconnect ${reason}`));
  const answer = client.emitWithAck('slow').then((value) => order.push(value));
  await until(() => stage.server.ingress.inFlight === 1);
  const drained = stage.server.drain();
  await until(() => order.length === 1);
  finish('answer');
  await Promise.all([drained, answer]);
  await stage.server.close();
  await until(() => order.length === 3);
  expect(order).toEqual(['goodbye', 'answer', 'disconnect transport close']);
});

test('every connection has a moment of its own within the time, and hears it once in each namespace', async () => {
  stage = await new Stage({ reconnectSpread: 1_000 }).open();
  stage.server.openNamespace('/admin');
  const clients = await Promise.all(Array.from({ length: 20 }, () => stage.connected()));
  const admin = clients[0]!.io.socket('/admin');
  await next(admin, 'connect');
  const heard = (client: Client) => next(client, 'goodbye').then(({ reconnectIn }) => reconnectIn as number);
  const told = Promise.all([...clients, admin].map(heard));
  let times = 0;
  admin.on('goodbye', () => times++);
  await stage.server.drain();
  await stage.server.drain();
  const moments = await told;
  const gone = next(admin, 'disconnect');
  await stage.server.close();
  await gone;
  // Once, although it was drained twice (tried).
  expect(times).toBe(1);
  expect(moments.at(-1)).toBe(moments[0]);
  // One in each twentieth of the second.
  const shares = moments.slice(0, 20).map((moment) => Math.min(19, Math.floor(moment / 50)));
  expect(new Set(shares).size).toBeGreaterThan(16);
  expect(Math.max(...moments)).toBeLessThanOrEqual(1_000);
});

test('ten thousand clients are spread evenly', () => {
  const moments: number[] = [];
  const socket = () => ({
    conn: {},
    emit: (_: string, told: { reconnectIn: number }) => moments.push(told.reconnectIn),
  });
  const sockets = new Map(Array.from({ length: 10_000 }, (_, id) => [id, socket()]));
  sayGoodbye({ _nsps: new Map([['/', { sockets }]]) } as never, 10_000);
  const perSecond = Array.from({ length: 10 }, (_, s) => moments.filter((at) => Math.floor(at / 1_000) === s).length);
  expect(moments).toHaveLength(10_000);
  for (const count of perSecond) expect(Math.abs(count - 1_000)).toBeLessThan(5);
  // Not all at the beginning of their share.
  expect(new Set(moments).size).toBeGreaterThan(5_000);
});

test('nobody is told anything by a door that never opened, or has no clients', async () => {
  stage = await new Stage().open();
  await stage.server.drain();
  const closed = new Stage();
  await closed.server.drain();
  await closed.server.close();
});
