// Presence: people, not tabs; who comes back in time never left.
import 'reflect-metadata';
import type { Socket as Client } from 'socket.io-client';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Topic } from '../../src/sockets/handler.js';
import type { Presence, PresenceChange } from '../../src/sockets/presence.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { Stage, until } from './stage.js';

class Rules {
  @Topic('room:*') room() {
    return true;
  }
}

describe('presence', () => {
  let stage: Stage;
  let clock: ManualClock;
  let presence: Presence;
  let told: string[];

  beforeEach(async () => {
    clock = new ManualClock();
    stage = await new Stage({ session: ({ auth }) => ({ id: String(auth.user), data: auth.data }) }, { clock }).open();
    await stage.start(Rules);
    presence = stage.server.presence;
    told = [];
    const tell =
      (what: string) =>
      (_: unknown, { session, topic, namespace }: PresenceChange) =>
        void told.push([what, session.id, topic ?? '-', namespace].join(' '));
    presence.onJoin(tell('join'));
    presence.onLeave(tell('leave'));
    presence.onJoin(tell('join'), { topic: 'room:*' });
    presence.onLeave(tell('leave'), { topic: 'room:*' });
  });
  afterEach(() => stage.close());

  const user = (name: string, namespace = '/', data?: unknown) =>
    stage.connected({ auth: { user: name, data } }, namespace);
  const gone = async (client: Client) => {
    const before = stage.tellings('socket-disconnected').length;
    client.disconnect();
    await until(() => stage.tellings('socket-disconnected').length > before);
  };
  const here = (topic?: string) => presence.sessions(topic).map(({ id }) => id);

  test('counts a session once, however many sockets it has', async () => {
    const tabs = await Promise.all(Array.from({ length: 5 }, () => user('ada')));
    await user('bob');
    expect(here().sort()).toEqual(['ada', 'bob']);
    expect(told).toEqual(['join ada - /', 'join bob - /']);
    for (const tab of tabs.slice(1)) await gone(tab);
    await clock.advance(60_000);
    expect(here().sort()).toEqual(['ada', 'bob']);
    expect(told).toHaveLength(2);
  });

  test('is left with the last socket, when the grace period is over', async () => {
    const ada = await user('ada');
    await gone(ada);
    await clock.advance(4_999);
    expect([here(), presence.has('ada'), told.length]).toEqual([['ada'], true, 1]);
    await clock.advance(1);
    expect([here(), presence.has('ada')]).toEqual([[], false]);
    expect(told).toEqual(['join ada - /', 'leave ada - /']);
  });

  test('is not left by a page that is loaded again', async () => {
    for (let n = 0; n < 5; n++) {
      const ada = await user('ada', '/', n);
      await ada.emitWithAck('topic:join', 'room:1');
      expect(presence.sessions('room:1')).toEqual([{ id: 'ada', data: n }]);
      await gone(ada);
      await clock.advance(3_000);
    }
    expect(told).toEqual(['join ada - /', 'join ada room:1 /']);
    await clock.advance(5_000);
    expect(told.slice(2).sort()).toEqual(['leave ada - /', 'leave ada room:1 /']);
  });

  test('of a topic begins with the first socket that joins, and ends at once when the last leaves on purpose', async () => {
    const [one, two] = [await user('ada'), await user('ada')];
    told.splice(0);
    await one.emitWithAck('topic:join', 'room:1');
    await two.emitWithAck('topic:join', 'room:1');
    await one.emitWithAck('topic:join', 'room:1');
    expect([here('room:1'), told]).toEqual([['ada'], ['join ada room:1 /']]);
    await one.emitWithAck('topic:leave', 'room:1');
    expect(here('room:1')).toEqual(['ada']);
    await two.emitWithAck('topic:leave', 'room:1');
    expect([here('room:1'), told]).toEqual([[], ['join ada room:1 /', 'leave ada room:1 /']]);
    stage.server.sender.join('ada', 'room:2');
    expect([here('room:2'), presence.has({ id: 'ada', data: 0 }, 'room:2')]).toEqual([['ada'], true]);
  });

  test('is told on the bus as well, and namespaces are apart', async () => {
    stage.server.openNamespace('/admin');
    const heard: unknown[] = [];
    stage.environment.bus.on('presence:joined', (change) => void heard.push(change));
    await user('ada', '/admin');
    expect(heard).toEqual([{ session: { id: 'ada', data: undefined }, topic: undefined, namespace: '/admin' }]);
    expect(here()).toEqual([]);
    expect(presence.sessions(undefined, { namespace: '/admin' })).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('begins with those who are there already when somebody first asks', async () => {
    await stage.close();
    stage = await new Stage({ session: ({ auth }) => ({ id: String(auth.user), data: undefined }) }).open();
    await stage.start(Rules);
    const client = await user('ada');
    await client.emitWithAck('topic:join', 'room:1');
    const late = stage.server.presence;
    expect(late.sessions('room:1').map(({ id }) => id)).toEqual(['ada']);
    expect(late.has('ada')).toBe(true);
  });

  test('a listener ends with its owner, and one that fails stops nobody', async () => {
    class Lobby extends Lifecycle {
      protected override onStart() {
        presence.onJoin(
          () => {
            throw new Error('lobby');
          },
          { owner: this },
        );
        presence.onJoin(() => Promise.reject(new Error('later')), { owner: this });
      }
    }
    const lobby = new Lobby();
    await lobby.start();
    await user('ada');
    await until(() => stage.tellings('listener-failed').length === 2);
    expect(stage.tellings('listener-failed')).toMatchObject([{ service: 'Lobby' }, { service: 'Lobby' }]);
    expect(told).toEqual(['join ada - /']);
    await lobby.stop();
    await user('bob');
    expect(stage.tellings('listener-failed')).toHaveLength(2);
  });

  test('is told to those who listen already, not to those who begin at that moment', async () => {
    let heard = 0;
    const listen = () => {
      // It would never end otherwise (tried).
      if (++heard < 100) presence.onJoin(listen);
    };
    presence.onJoin(listen);
    await user('ada');
    expect(heard).toBe(1);
    await user('bob');
    expect(heard).toBe(3);
  });

  test('ends without a word when the server does, and leaves no timers', async () => {
    await gone(await user('ada'));
    await user('bob');
    await stage.server.close();
    await clock.advance(60_000);
    expect(told).toEqual(['join ada - /', 'join bob - /']);
    expect(here()).toEqual([]);
  });
});
