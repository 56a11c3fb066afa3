import 'reflect-metadata';
import { Guard } from '../../src/http/guard.js';
import { Session } from '../../src/http/parameters.js';
import { Handler, On, Topic } from '../../src/sockets/handler.js';
import { matchesTopic } from '../../src/sockets/topics.js';
import { next, Stage } from './stage.js';

describe('patterns', () => {
  test.each([
    ['room:1', 'room:1', true],
    ['room:1', 'room:2', false],
    ['room:*', 'room:1', true],
    ['room:*', 'room:a:b', true],
    ['room:*', 'room:', false],
    ['*', 'x', true],
    ['*', '', false],
    ['*:log', 'a:log', true],
    ['*:log', ':log', false],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'abc', false],
    ['a*b*c', 'a1b2b3c', true],
    ['a**c', 'abbc', true],
    ['a**c', 'abc', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', false],
    ['a*a', 'aba', true],
    ['room:*', 'ROOM:1', false],
    ['a.c', 'abc', false],
    ['', '', true],
  ])('%s and %s: %s', (pattern, topic, fits) => {
    expect(matchesTopic(pattern, topic)).toBe(fits);
  });

  test('a pattern of many stars is matched in no time against a long topic', () => {
    const begun = performance.now();
    matchesTopic(`${'*a'.repeat(30)}b`, 'a'.repeat(256));
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('topics', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage({
      session: ({ auth }) => ({ id: String(auth.user ?? 'nobody'), data: auth.role }),
      maxTopics: 3,
    }).open();
  });
  afterEach(() => stage.close());

  const forbidden = { error: expect.objectContaining({ status: 403 }) };
  class Rooms {
    @Topic('room:*') room(topic: string, @Session() session: Session) {
      return topic !== 'room:closed' || session.data === 'admin';
    }
    @Topic('room:vip*') async vip(_: string, @Session() session: Session) {
      return session.data === 'admin';
    }
  }

  test('are joined where a rule says yes, and then what is emitted to them arrives', async () => {
    await stage.start(Rooms);
    const client = await stage.connected();
    const other = await stage.connected();
    expect(await client.emitWithAck('topic:join', 'room:1')).toEqual({ ok: true });
    const heard: unknown[] = [];
    other.on('news', (data) => heard.push(data));
    const arrived = next(client, 'news');
    stage.server.sender.emit('news', 1, { topic: 'room:1' });
    expect(await arrived).toBe(1);
    expect(await client.emitWithAck('topic:leave', 'room:1')).toEqual({ ok: true });
    client.on('news', (data) => heard.push(data));
    stage.server.sender.emit('news', 2, { topic: 'room:1' });
    await client.emitWithAck('topic:leave', 'room:1');
    await other.emitWithAck('topic:leave', 'room:1');
    expect(heard).toEqual([]);
  });

  // Teeth: said in the same words, a forgotten rule looked like one that says no (tried).
  test('that are refused are told with whose rule it was, or that there is none; the client is told neither', async () => {
    await stage.start(Rooms);
    const client = await stage.connected();
    const told = async (topic: string) => {
      const { error } = await client.emitWithAck('topic:join', topic);
      expect(error.detail).toBe('You may not join this topic.');
      return stage.tellings('socket-refused').at(-1)?.error.message;
    };
    expect(await told('hall')).toBe(
      'Nobody may join the topic "hall": no @Topic rule of this namespace fits it. A method under @Topic(pattern) says who may.',
    );
    expect(await told('room:closed')).toBe('A @Topic rule of Rooms does not let this session join "room:closed".');
  });

  test('that no rule fits cannot be joined, even when there is no rule at all', async () => {
    const client = await stage.connected();
    expect(await client.emitWithAck('topic:join', 'room:1')).toEqual({
      error: expect.objectContaining({ code: 'SPECTER_FORBIDDEN' }),
    });
    await stage.start(Rooms);
    expect(await client.emitWithAck('topic:join', 'film:1')).toEqual(forbidden);
    expect([...(stage.server.io.of('/').sockets.get(client.id!)?.rooms ?? [])]).toEqual([client.id, 'session:nobody']);
  });

  test('need the consent of every rule that fits', async () => {
    await stage.start(Rooms);
    const client = await stage.connected();
    const admin = await stage.connected({ auth: { role: 'admin' } });
    expect(await client.emitWithAck('topic:join', 'room:closed')).toEqual(forbidden);
    expect(await client.emitWithAck('topic:join', 'room:vip1')).toEqual(forbidden);
    expect(await admin.emitWithAck('topic:join', 'room:vip1')).toEqual({ ok: true });
  });

  test.each([[undefined], [null], [7], [''], ['x'.repeat(257)], [['room:1']], [{}]])(
    'have a name: %j is none',
    async (topic) => {
      await stage.start(Rooms);
      const client = await stage.connected();
      expect(await client.emitWithAck('topic:join', topic)).toEqual({
        error: expect.objectContaining({ status: 422, code: 'SPECTER_VALIDATION' }),
      });
      expect(await client.emitWithAck('topic:leave', topic)).toEqual({
        error: expect.objectContaining({ status: 422 }),
      });
    },
  );

  test('are limited for each socket; leaving one makes room', async () => {
    await stage.start(Rooms);
    const client = await stage.connected();
    const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => client.emitWithAck('topic:join', `room:${n}`)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(3);
    const detail = 'One socket can be in 3 topics of its namespace; leave one first.';
    expect(answers[4]).toEqual({
      error: expect.objectContaining({ status: 429, code: 'SPECTER_TOPIC_LIMIT', detail }),
    });
    expect(await client.emitWithAck('topic:join', 'room:1')).toEqual({ ok: true });
    await client.emitWithAck('topic:leave', 'room:1');
    expect(await client.emitWithAck('topic:join', 'room:4')).toEqual({ ok: true });
  });

  test('are guarded by the application, the class and the method, who see the topic', async () => {
    const asked: unknown[] = [];
    @Guard((call) => asked.push(['class', call.kind, call.topic]) > 0)
    class Guarded {
      @Guard((call) => call.session?.data === 'admin') @Topic('room:*') room(_: string) {
        return true;
      }
    }
    await stage.start(Guarded);
    stage.server.guard(class {}, { get: () => undefined as never }, [
      (call) => asked.push([call.kind, call.topic]) > 0,
    ]);
    asked.length = 0;
    const client = await stage.connected();
    expect(await client.emitWithAck('topic:join', 'room:1')).toEqual(forbidden);
    expect(asked).toEqual([
      ['connection', undefined],
      ['topic', 'room:1'],
      ['class', 'topic', 'room:1'],
    ]);
    expect(await (await stage.connected({ auth: { role: 'admin' } })).emitWithAck('topic:join', 'room:1')).toEqual({
      ok: true,
    });
  });

  test('of a namespace have its rules', async () => {
    @Handler({ namespace: '/chat' })
    class Chat {
      @Topic('room:*') room(_: string) {
        return true;
      }
      @On('go') go() {
        return 1;
      }
    }
    await stage.start(Chat);
    expect(await (await stage.connected()).emitWithAck('topic:join', 'room:1')).toEqual(forbidden);
    expect(await (await stage.connected({}, '/chat')).emitWithAck('topic:join', 'room:1')).toEqual({ ok: true });
  });

  test('cannot be joined while a rule that decides about them is stopped', async () => {
    const runner = await stage.start(Rooms);
    class Other {
      @Topic('room:*') room(_: string) {
        return true;
      }
    }
    await stage.start(Other);
    const client = await stage.connected();
    await runner.stop();
    expect(await client.emitWithAck('topic:join', 'room:1')).toEqual({
      error: expect.objectContaining({ status: 503, code: 'SPECTER_UNAVAILABLE' }),
      retryIn: 1_000,
    });
    await runner.start();
    expect(await client.emitWithAck('topic:join', 'room:1')).toEqual({ ok: true });
  });
});
