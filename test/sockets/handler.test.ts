import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { IsString, MinLength } from 'class-validator';
import { Socket as IoSocket } from 'socket.io';
import { rolesOf } from '../../src/app/tags.js';
import { Forbidden } from '../../src/http/errors.js';
import { type Call, Guard } from '../../src/http/guard.js';
import { Body, Session } from '../../src/http/parameters.js';
import type { Class } from '../../src/kernel/token.js';
import { Socket } from '../../src/sockets/arguments.js';
import { Handler, On, Topic } from '../../src/sockets/handler.js';
import { next, Stage, until } from './stage.js';

class Say {
  @IsString() @MinLength(1) text!: string;
}

const unknownEvent = { error: expect.objectContaining({ status: 404, code: 'SPECTER_EVENT_UNKNOWN' }) };
const away = { error: expect.objectContaining({ status: 503, code: 'SPECTER_UNAVAILABLE' }), retryIn: 1_000 };

function check(target: Class): void {
  for (const { role, options } of rolesOf(target)) role.check?.(target, options);
}

describe('a handler', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage({
      session: ({ auth }) => ({ id: String(auth.user ?? 'nobody'), data: { role: auth.role } }),
      rate: false,
    }).open();
  });
  afterEach(() => stage.close());

  test('gets the payload, checked, the socket and the session, and what it returns goes to the acknowledgement', async () => {
    @Handler()
    class Chat {
      @On('say') say(dto: Say, @Socket() socket: Socket, @Session() session: Session) {
        return { text: dto.text, isDto: dto instanceof Say, socket: socket.id, by: session };
      }
    }
    await stage.start(Chat);
    const client = await stage.connected({ auth: { user: 'ada', role: 'admin' } });
    expect(await client.emitWithAck('say', { text: 'hello' })).toEqual({
      text: 'hello',
      isDto: true,
      socket: client.id,
      by: { id: 'ada', data: { role: 'admin' } },
    });
    expect(await client.emitWithAck('say', { text: '' })).toEqual({
      error: expect.objectContaining({
        status: 422,
        errors: [expect.objectContaining({ in: 'payload', path: 'text', rule: 'minLength' })],
      }),
    });
    expect(await client.emitWithAck('say', { text: 'x', more: 1 })).toEqual({
      error: expect.objectContaining({ status: 422 }),
    });
    expect(await client.emitWithAck('say')).toEqual({ error: expect.objectContaining({ status: 422 }) });
  });

  test('works by notes alone, on a class with another role', async () => {
    class Plain {
      @On('double', { type: Number }) double(n: unknown) {
        return (n as number) * 2;
      }
    }
    await stage.start(Plain);
    expect(await (await stage.connected()).emitWithAck('double', 4)).toBe(8);
  });

  test('takes a payload whose parameter has a default value, also when the compiler emitted no types', async () => {
    class Plain {
      double(n: unknown = 1) {
        return (n as number) * 2;
      }
    }
    On('double', { type: Number })(Plain.prototype, 'double');
    await stage.start(Plain);
    expect(await (await stage.connected()).emitWithAck('double', 4)).toBe(8);
  });

  test('hears before others by its priority, zero included', async () => {
    const order: string[] = [];
    class Late {
      @On('go') go() {
        order.push('late');
      }
    }
    class Early {
      @On('go', { priority: 0 }) go() {
        order.push('early');
      }
    }
    await stage.start(Late);
    await stage.start(Early);
    await (await stage.connected()).emitWithAck('go');
    expect(order).toEqual(['early', 'late']);
  });

  test('hears the sockets of its own namespace only', async () => {
    @Handler({ namespace: '/chat' })
    class Chat {
      @On('go') go() {
        return 'chat';
      }
    }
    await stage.start(Chat);
    expect(await (await stage.connected({}, '/chat')).emitWithAck('go')).toBe('chat');
    expect(await (await stage.connected()).emitWithAck('go')).toEqual(unknownEvent);
  });

  test('opens its namespace, also without a method: somebody may only send there', async () => {
    @Handler({ namespace: '/feed' })
    class Feed {}
    await stage.start(Feed);
    const client = await stage.connected({}, '/feed');
    const news = next(client, 'news');
    stage.server.sender.emit('news', 7, { namespace: '/feed' });
    expect(await news).toBe(7);
  });

  test('hears what happens to a socket, with what belongs to it', async () => {
    const told: unknown[] = [];
    @Handler()
    class Presence {
      @On('connection') came(socket: Socket, @Session() session: Session) {
        told.push([socket.connected, session.id]);
      }
      @On('disconnect') left(reason: string, @Session() session: Session) {
        told.push([reason, session.id]);
      }
    }
    await stage.start(Presence);
    const client = await stage.connected({ auth: { user: 'ada' } });
    await until(() => told.length === 1);
    client.disconnect();
    await until(() => told.length === 2);
    expect(told).toEqual([
      [true, 'ada'],
      ['client namespace disconnect', 'ada'],
    ]);
  });

  test('stops hearing when it stops: its events answer 503 until it is back, and then it hears again', async () => {
    let calls = 0;
    class Chat {
      @On('go') go() {
        return ++calls;
      }
    }
    const runner = await stage.start(Chat);
    const client = await stage.connected();
    expect(await client.emitWithAck('go')).toBe(1);
    await runner.stop();
    expect(await client.emitWithAck('go')).toEqual(away);
    expect(calls).toBe(1);
    await runner.start();
    expect(await client.emitWithAck('go')).toBe(2);
  });

  test('takes no more events from the moment it begins to stop, and answers those under way', async () => {
    let finish = (_: string) => {};
    let stopped = false;
    class Slow {
      @On('go') go() {
        return new Promise<string>((resolve) => {
          finish = resolve;
        });
      }
    }
    const runner = await stage.start(Slow);
    const client = await stage.connected();
    const answer = client.emitWithAck('go');
    await until(() => stage.server.ingress.inFlight === 1);
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    expect(await client.emitWithAck('go')).toEqual(away);
    expect(stopped).toBe(false);
    finish('done');
    expect(await answer).toBe('done');
    await stopping;
  });

  test('takes no more events while its onStop runs', async () => {
    let calls = 0;
    class Chat {
      @On('go') go() {
        return ++calls;
      }
    }
    let finish = () => {};
    const stopped = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const runner = await stage.start(Chat, new Chat(), { onStop: () => stopped });
    const client = await stage.connected();
    const stopping = runner.stop();
    await until(() => runner.phase === 'stopping');
    expect(await client.emitWithAck('go')).toEqual(away);
    finish();
    await stopping;
    expect(calls).toBe(0);
  });

  test('does not silence another handler of the same event when it stops', async () => {
    class One {
      @On('go') go() {
        return 'one';
      }
    }
    class Two {
      @On('go') go() {
        return 'two';
      }
    }
    await stage.start(One);
    const two = await stage.start(Two);
    const client = await stage.connected();
    await two.stop();
    expect(await client.emitWithAck('go')).toBe('one');
  });

  test('leaves nothing on sockets: a connected one has the listeners of one that never met a handler', async () => {
    const sides = () =>
      [...stage.server.io.of('/').sockets.values()].map((socket) => ({
        events: socket.eventNames().map((name) => [name, socket.listenerCount(name)]),
        any: socket.listenersAny().length,
        hooks: (socket as unknown as { fns: unknown[] }).fns.length,
      }));
    await stage.connected();
    const before = sides();
    class Chat {
      @On('go') go() {
        return 1;
      }
      @On('say', { type: String }) say(_: string) {}
      @On('disconnect') left() {}
    }
    const runner = await stage.start(Chat);
    const client = await stage.connected();
    expect(await client.emitWithAck('go')).toBe(1);
    const during = sides();
    await runner.stop();
    expect(during).toEqual([...before, ...before]);
    expect(sides()).toEqual(during);
    expect(stage.server.ingress.listenerCount('go')).toBe(0);
    expect(stage.server.ingress.listenerCount('disconnect')).toBe(0);
    expect(runner.scope.tree()).toEqual([]);
  });

  test('started and stopped 200 times under traffic is never called while stopped, and everybody gets an answer', async () => {
    let running = true;
    let wrong = 0;
    class Chat {
      @On('go') go() {
        if (!running) wrong++;
        return 'fine';
      }
    }
    const runner = await stage.start(Chat);
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, n) => stage.connected({ auth: { user: `${n}` } })),
    );
    let going = true;
    const answers = new Map<unknown, number>();
    const count = (key: string) => answers.get(key) ?? 0;
    const traffic = clients.map(async (client) => {
      while (going) {
        const answer = await client.emitWithAck('go');
        const key = answer?.error?.code ?? answer;
        answers.set(key, count(key) + 1);
      }
    });
    const more = async (key: string) => {
      const before = count(key);
      await until(() => count(key) > before);
    };
    for (let round = 0; round < 200; round++) {
      await more('fine');
      await runner.stop();
      running = false;
      await more('SPECTER_UNAVAILABLE');
      running = true;
      await runner.start();
    }
    going = false;
    await Promise.all(traffic);
    expect(wrong).toBe(0);
    expect([...answers.keys()].sort()).toEqual(['SPECTER_UNAVAILABLE', 'fine']);
    expect(stage.server.ingress.listenerCount('go')).toBe(1);
  });
});

describe('guards', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await new Stage({ session: ({ auth }) => ({ id: String(auth.user ?? 'nobody'), data: auth.role }) }).open();
  });
  afterEach(() => stage.close());

  test('of the class and the method are asked from the outermost inwards, before the payload is checked', async () => {
    const asked: unknown[] = [];
    const guard = (name: string) => (call: Call) => {
      asked.push([
        name,
        call.kind,
        call.event,
        call.payload,
        call.controller,
        call.method,
        call.session?.id,
        call.ip,
        call.socket?.id,
      ]);
      return call.session?.data === 'admin';
    };
    @Handler()
    @Guard(guard('class'))
    class Admin {
      @On('reset') @Guard(guard('method')) reset(dto: Say) {
        return dto.text;
      }
    }
    await stage.start(Admin);
    const admin = await stage.connected({ auth: { user: 'ada', role: 'admin' } });
    expect(await admin.emitWithAck('reset', { text: 'x' })).toBe('x');
    expect(asked).toEqual(
      ['class', 'method'].map((name) => [
        name,
        'event',
        'reset',
        { text: 'x' },
        Admin,
        'reset',
        'ada',
        '127.0.0.1',
        admin.id,
      ]),
    );
    const guest = await stage.connected({ auth: { user: 'bob' } });
    expect(await guest.emitWithAck('reset', 7)).toEqual({ error: expect.objectContaining({ status: 403 }) });
  });

  test('that are classes are constructed by the application and may take their time', async () => {
    class Door {
      async check() {
        return false;
      }
    }
    @Guard(Door)
    class Admin {
      @On('reset') reset() {
        return 1;
      }
    }
    stage.parts.set(Door, new Door());
    await stage.start(Admin);
    expect(await (await stage.connected()).emitWithAck('reset')).toEqual({
      error: expect.objectContaining({ status: 403 }),
    });
  });

  test('of a handler with a namespace of its own decide who connects to it, also while it is stopped', async () => {
    const kinds: string[] = [];
    @Handler({ namespace: '/admin' })
    @Guard((call) => {
      kinds.push(call.kind);
      return call.session?.data === 'admin';
    })
    class Admin {
      @On('go') go() {
        return 1;
      }
    }
    const runner = await stage.start(Admin);
    expect((await stage.refused({}, '/admin')).data).toEqual(expect.objectContaining({ status: 403 }));
    const admin = await stage.connected({ auth: { role: 'admin' } }, '/admin');
    expect(await admin.emitWithAck('go')).toBe(1);
    expect(kinds).toEqual(['connection', 'connection', 'event']);
    await runner.stop();
    expect((await stage.refused({ auth: { role: 'admin' } }, '/admin')).data).toEqual(
      expect.objectContaining({ code: 'SPECTER_UNAVAILABLE' }),
    );
    await runner.start();
    await stage.connected({ auth: { role: 'admin' } }, '/admin');
  });

  test('of a handler in the shared namespace keep nobody out of it, but stand before its own connection method', async () => {
    let greeted = 0;
    @Handler()
    @Guard((call) => call.session?.data === 'admin')
    class Admin {
      @On('connection') came() {
        greeted++;
      }
    }
    await stage.start(Admin);
    await stage.connected();
    await stage.connected({ auth: { role: 'admin' } });
    await until(() => stage.server.ingress.inFlight === 0);
    expect(greeted).toBe(1);
  });

  test('of the application are asked at connections and at events, before those of the handler', async () => {
    const asked: string[] = [];
    @Guard((call) => asked.push(`module ${call.kind}`) > 0)
    class Root {}
    @Guard((call) => asked.push(`handler ${call.kind}`) > 0)
    class Chat {
      @On('go') go() {
        return 1;
      }
    }
    await stage.start(Chat);
    stage.server.guard(
      Root,
      {
        get: () => {
          throw new Error('nothing to inject');
        },
      },
      [(call) => asked.push(`application ${call.kind}`) > 0],
    );
    const client = await stage.connected();
    await client.emitWithAck('go');
    expect(asked).toEqual([
      'application connection',
      'module connection',
      'application event',
      'module event',
      'handler event',
    ]);
  });

  test('may answer with an error of their own', async () => {
    stage.server.guard(class {}, { get: () => undefined as never }, [
      () => {
        throw new Forbidden('Not today.', { code: 'CLOSED' });
      },
    ]);
    const error = await stage.refused();
    expect(error.message).toBe('Not today.');
    expect(error.data).toEqual(expect.objectContaining({ status: 403, code: 'CLOSED' }));
  });
});

describe('at boot', () => {
  test.each<[string, () => Class, string, RegExp]>([
    [
      'a payload without a run-time type',
      () => {
        class H {
          @On('x') x(_: unknown) {}
        }
        return H;
      },
      'SPECTER_UNTYPED_INPUT',
      /H\.x, parameter 1/,
    ],
    [
      'a class without a single rule',
      () => {
        class Empty {}
        class H {
          @On('x') x(_: Empty) {}
        }
        return H;
      },
      'SPECTER_UNTYPED_INPUT',
      /H\.x, parameter 1/,
    ],
    [
      'two payloads',
      () => {
        class H {
          @On('x') x(_: string, __: string) {}
        }
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /parameter 2 has no decorator.*one payload/,
    ],
    [
      'a parameter that only HTTP has',
      () => {
        class H {
          @On('x') x(@Body() _: Say) {}
        }
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /@Body, which @On methods cannot have/,
    ],
    [
      'a guard before the end of a connection',
      () => {
        class H {
          @On('disconnect') @Guard(() => true) x() {}
        }
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /H\.x has @Guard, but nobody asks for the event "disconnect"/,
    ],
    [
      'an event that socket.io keeps for itself',
      () => {
        class H {
          @On('connect') x() {}
        }
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /Use @On\('connection'\)/,
    ],
    [
      'an event without a name',
      () => {
        class H {
          @On('') x() {}
        }
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /without a name/,
    ],
    [
      'a note on something that is no method',
      () => {
        class H {
          x = 1;
        }
        On('x')(H.prototype, 'x');
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /no method/,
    ],
    [
      'a namespace without a slash',
      () => {
        @Handler({ namespace: 'chat' })
        class H {}
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /slash/,
    ],
    [
      'a topic without a pattern',
      () => {
        class H {
          @Topic('') x(_: string) {
            return true;
          }
        }
        return H;
      },
      'SPECTER_INVALID_ROLE',
      /without a name/,
    ],
  ])('%s is refused', (_, make, code, message) => {
    expect(() => check(make())).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test('everything that is wrong with a class is told at once', () => {
    class H {
      @On('x') x(_: unknown) {}
      @On('connect') y() {}
    }
    expect(() => check(H)).toThrow(expect.objectContaining({ errors: [expect.anything(), expect.anything()] }));
  });

  test("lifecycle events and topics need no type: their payload is not the client's", () => {
    class H {
      @On('disconnect') x(_: unknown) {}
      @Topic('a') y(_: unknown) {
        return true;
      }
    }
    expect(() => check(H)).not.toThrow();
  });

  // Teeth: without the check the first one gets a socket, and each of the others a text or an error (tried).
  test.each<[string, () => Class, RegExp]>([
    [
      'a DTO for the socket',
      () => {
        class H {
          @On('connection') x(_: Say) {}
        }
        return H;
      },
      /^H\.x, parameter 1 is Say, but what comes is the socket\. .*@Socket\(\)/,
    ],
    [
      'a number for the reason',
      () => {
        class H {
          @On('disconnect') x(@Session() _: Session, __: number) {}
        }
        return H;
      },
      /^H\.x, parameter 2 is Number, but what comes is the reason, a text/,
    ],
    [
      'a text for the error',
      () => {
        class H {
          @On('error') x(_: string) {}
        }
        return H;
      },
      /is String, but what comes is an Error/,
    ],
    [
      'a DTO for the name of a topic',
      () => {
        class H {
          @Topic('a') x(_: Say) {
            return true;
          }
        }
        return H;
      },
      /is Say, but what comes is the name of the topic, a text/,
    ],
    [
      'a type in the options',
      () => {
        class H {
          @On('connection', { type: Number }) x(_: unknown) {}
        }
        return H;
      },
      /is Number, but what comes is the socket/,
    ],
  ])('%s is refused: nothing checks what the framework itself gives', (_, make, message) => {
    const code = 'SPECTER_INVALID_ROLE';
    expect(() => check(make())).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test('what the framework gives can be asked for as what it is, as a base of that, or as an interface', () => {
    class Broken extends Error {}
    class H {
      @On('connection') a(_: Socket) {}
      @On('connection') b(_: IoSocket) {}
      @On('connection') c(_: EventEmitter) {}
      @On('connection') d(_: { readonly id: string }) {}
      @On('disconnect') e(_: 'ping timeout' | 'transport close') {}
      @On('error') f(_: Error) {}
      @On('error') g(_: Broken) {}
      @Topic('a') h(_: `room:${string}`) {
        return true;
      }
    }
    expect(() => check(H)).not.toThrow();
  });
});
