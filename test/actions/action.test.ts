import 'reflect-metadata';
import { IsString, MinLength } from 'class-validator';
import { Action, checkActions } from '../../src/actions/action.js';
import { rolesOf } from '../../src/app/tags.js';
import { Controller, Get } from '../../src/http/controller.js';
import { Conflict, TooManyRequests } from '../../src/http/errors.js';
import { type Call, Guard } from '../../src/http/guard.js';
import { Body, Session, Signal } from '../../src/http/parameters.js';
import { Outcome } from '../../src/kernel/outcome.js';
import type { Class } from '../../src/kernel/token.js';
import { Handler, On } from '../../src/sockets/handler.js';
import { until } from '../sockets/stage.js';
import { ActionStage } from './stage.js';

class NewTodo {
  @IsString() @MinLength(1) text!: string;
}

const SECRET = 'hunter2-secret';

function check(target: Class): void {
  for (const { role, options } of rolesOf(target)) role.check?.(target, options);
}

describe('an action', () => {
  let stage: ActionStage;
  beforeEach(async () => {
    stage = await new ActionStage({
      http: { session: (ctx) => ({ id: ctx.get('x-user') || 'nobody', data: ctx.get('x-role') }) },
      sockets: { session: ({ auth }) => ({ id: String(auth.user ?? 'nobody'), data: auth.role ?? '' }) },
    }).open();
  });
  afterEach(() => stage.close());

  /** The outcome through both doors, when they agree. */
  async function both(name: string, payload: unknown, user: { user?: string; role?: string } = {}): Promise<any> {
    const client = await stage.client(user);
    const headers = { ...(user.user && { 'x-user': user.user }), ...(user.role && { 'x-role': user.role }) };
    const http = await stage.post(name, payload, { headers });
    const socket = await client.emitWithAck('action', name, payload);
    client.disconnect();
    expect(JSON.stringify(socket)).toBe(http.text);
    expect(http.status).toBe(socket.status);
    return socket;
  }

  test('is called over HTTP and over sockets, with its payload checked, and gives the same outcome', async () => {
    @Controller()
    class TodoController {
      @Action() add(todo: NewTodo) {
        return { added: todo.text, isDto: todo instanceof NewTodo };
      }
    }
    await stage.start(TodoController);
    expect(await both('todo.add', { text: 'milk' })).toEqual({
      ok: true,
      status: 200,
      value: { added: 'milk', isDto: true },
    });
    expect(await both('todo.add', { text: '' })).toEqual({
      ok: false,
      status: 422,
      error: {
        type: 'about:blank',
        title: 'Unprocessable Content',
        status: 422,
        code: 'SPECTER_VALIDATION',
        detail: expect.any(String),
        errors: [{ in: 'payload', path: 'text', rule: 'minLength', message: expect.any(String) }],
      },
    });
  });

  test('gets the session of its door', async () => {
    class Who {
      @Action() am(@Session() session: Session) {
        return session;
      }
    }
    await stage.start(Who);
    expect(await both('who.am', undefined, { user: 'ada', role: 'admin' })).toEqual({
      ok: true,
      status: 200,
      value: { id: 'ada', data: 'admin' },
    });
  });

  test('takes the payload as its first parameter without a decorator, wherever that is', async () => {
    class Mixed {
      @Action({ type: Number }) double(@Session() session: Session, n: unknown) {
        return [session.id, (n as number) * 2];
      }
    }
    await stage.start(Mixed);
    expect(await both('mixed.double', 4)).toEqual({ ok: true, status: 200, value: ['nobody', 8] });
  });

  test.each<[string, unknown, object]>([
    ['nothing', undefined, { ok: true, status: 200 }],
    ['null', null, { ok: true, status: 200, value: null }],
    ['a number', 0, { ok: true, status: 200, value: 0 }],
    ['a date', new Date(0), { ok: true, status: 200, value: '1970-01-01T00:00:00.000Z' }],
    [
      'bytes',
      { bytes: Buffer.from('hi') },
      { ok: true, status: 200, value: { bytes: { type: 'Buffer', data: [104, 105] } } },
    ],
    [
      'an outcome',
      Outcome.success({ id: 1 }, { status: 201, meta: { secret: SECRET } }),
      { ok: true, status: 201, value: { id: 1 } },
    ],
    [
      'an outcome whose status allows no body',
      Outcome.success(1, { status: 204 }),
      { ok: true, status: 200, value: 1 },
    ],
    ['an outcome without a usable status', Outcome.success(1, { status: 9999 }), { ok: true, status: 200, value: 1 }],
    [
      'a failure',
      Outcome.failure('Full.', { status: 409 }),
      { ok: false, status: 409, error: expect.objectContaining({ detail: 'Full.', status: 409 }) },
    ],
    [
      'a failure with a strange status',
      Outcome.failure({ type: 'x', title: 'x', status: 9 }),
      { ok: false, status: 500, error: { type: 'x', title: 'x', status: 500 } },
    ],
  ])('that returns %s answers alike through both doors', async (_, value, expected) => {
    class Give {
      @Action() it() {
        return value;
      }
    }
    await stage.start(Give);
    expect(await both('give.it', undefined)).toEqual(expected);
  });

  test.each<[string, () => unknown, object, 'action-failed' | 'action-refused']>([
    ['an error', () => new Error(SECRET), { status: 500, code: 'SPECTER_INTERNAL' }, 'action-failed'],
    [
      'an HttpError',
      () => new Conflict('Taken.', { code: 'TAKEN' }),
      { status: 409, code: 'TAKEN', detail: 'Taken.' },
      'action-refused',
    ],
    ['a string', () => SECRET, { status: 500 }, 'action-failed'],
    ['undefined', () => undefined, { status: 500 }, 'action-failed'],
    [
      'a proxy whose traps throw',
      () =>
        new Proxy(
          {},
          {
            get() {
              throw new Error(SECRET);
            },
            getPrototypeOf() {
              throw new Error(SECRET);
            },
          },
        ),
      { status: 500 },
      'action-failed',
    ],
  ])(
    'that throws %s answers a failure alike through both doors, told with the name of its controller',
    async (_, thrown, expected, type) => {
      class Fail {
        @Action() sync() {
          throw thrown();
        }
        @Action() async async() {
          throw thrown();
        }
      }
      await stage.start(Fail);
      for (const name of ['fail.sync', 'fail.async']) {
        const outcome = await both(name, undefined);
        expect(outcome).toEqual({
          ok: false,
          status: (expected as { status: number }).status,
          error: expect.objectContaining(expected),
        });
        expect(JSON.stringify(outcome)).not.toContain(SECRET);
        expect(outcome.error.requestId).toBeUndefined();
      }
      expect(stage.tellings(type).map(({ service, action }) => [service, action])).toEqual([
        ['Fail', 'fail.sync'],
        ['Fail', 'fail.sync'],
        ['Fail', 'fail.async'],
        ['Fail', 'fail.async'],
      ]);
    },
  );

  test.each<[string, () => unknown]>([
    [
      'a circle',
      () => {
        const a: Record<string, unknown> = {};
        a.a = a;
        return a;
      },
    ],
    ['a big integer', () => 1n],
    [
      'a toJSON that throws',
      () => ({
        toJSON() {
          throw new Error(SECRET);
        },
      }),
    ],
  ])('that returns %s, which JSON cannot hold, is a 500', async (_, value) => {
    class Give {
      @Action() it() {
        return value();
      }
    }
    await stage.start(Give);
    expect(await both('give.it', undefined)).toEqual({
      ok: false,
      status: 500,
      error: expect.objectContaining({ code: 'SPECTER_INTERNAL' }),
    });
    expect(stage.tellings('action-failed')).toHaveLength(2);
  });

  test.each(['todo.nothing', '__proto__', 'constructor', 'toString', 'x'.repeat(200)])(
    'that does not exist (%s) is a 404 in the shape of an outcome',
    async (name) => {
      class Todo {
        @Action() list() {
          return [];
        }
      }
      await stage.start(Todo);
      expect(await both(name, { a: 1 })).toEqual({
        ok: false,
        status: 404,
        error: expect.objectContaining({ code: 'SPECTER_ACTION_UNKNOWN' }),
      });
    },
  );

  test.each([[undefined], [null], [7], [{}], [['todo.list']]])(
    'asked for by %j, which is no name, is a 404',
    async (name) => {
      class Todo {
        @Action() list() {
          return [];
        }
      }
      await stage.start(Todo);
      const client = await stage.client();
      expect(await client.emitWithAck('action', name, 1)).toEqual({
        ok: false,
        status: 404,
        error: expect.objectContaining({ code: 'SPECTER_ACTION_UNKNOWN' }),
      });
    },
  );

  test('without a payload can be called with nothing but its name', async () => {
    class Todo {
      @Action() list() {
        return [];
      }
    }
    await stage.start(Todo);
    expect(await (await stage.client()).emitWithAck('action', 'todo.list')).toEqual({
      ok: true,
      status: 200,
      value: [],
    });
    expect((await stage.post('todo.list')).json).toEqual({ ok: true, status: 200, value: [] });
  });

  test('of a class with another name, or a given one, goes by it', async () => {
    @Controller({ name: 'films', prefix: '/f' })
    class FilmController {
      @Action() list() {
        return 1;
      }
    }
    @Handler()
    class Remote {
      @Action() press() {
        return 2;
      }
      @On('x') x() {}
    }
    class HTTPController {
      @Action() go() {
        return 3;
      }
    }
    for (const target of [FilmController, Remote, HTTPController]) await stage.start(target as Class);
    expect(stage.table.names).toEqual(['films.list', 'remote.press', 'hTTP.go']);
    expect(await both('films.list', undefined)).toEqual({ ok: true, status: 200, value: 1 });
  });

  test('stands beside the routes and events of its class', async () => {
    @Controller('/films')
    class FilmController {
      @Get() list() {
        return [1];
      }
      @Action() count() {
        return 1;
      }
      @On('films') hear() {
        return 'heard';
      }
    }
    await stage.start(FilmController);
    expect(await both('film.count', undefined)).toEqual({ ok: true, status: 200, value: 1 });
    expect(await (await stage.client()).emitWithAck('films')).toBe('heard');
  });

  test('asks guards once, from the outermost inwards, before its payload is checked', async () => {
    const asked: unknown[] = [];
    const guard = (name: string) => (call: Call) =>
      asked.push([name, call.kind, call.payload, call.session?.id, call.ip, call.method]) > 0;
    @Guard(guard('class'))
    class Todo {
      @Guard(guard('method')) @Action() add(todo: NewTodo) {
        return todo.text;
      }
    }
    @Guard(guard('module'))
    class Root {}
    const target = Todo as Class;
    await stage.start(target);
    const parts = { get: () => undefined as never };
    stage.sockets.guard(Root, parts, [guard('application')]);
    stage.http.surround(Root, parts, [guard('application')]);
    const client = await stage.client({ user: 'ada' });
    const expected = ['application', 'module', 'class', 'method'].map((name) => [
      name,
      'action',
      { text: '' },
      'ada',
      '127.0.0.1',
      'add',
    ]);
    asked.length = 0;
    await client.emitWithAck('action', 'todo.add', { text: '' });
    expect(asked).toEqual(expected);
    asked.length = 0;
    await stage.post('todo.add', { text: '' }, { headers: { 'x-user': 'ada' } });
    expect(asked).toEqual(expected);
  });

  test('is not called, and its payload not looked at, when a guard refuses', async () => {
    let calls = 0;
    @Guard((call) => call.session?.data === 'admin')
    class Todo {
      @Action() add(_: NewTodo) {
        calls++;
        return 'added';
      }
    }
    await stage.start(Todo as Class);
    expect(await both('todo.add', { text: 7 })).toEqual({
      ok: false,
      status: 403,
      error: expect.objectContaining({ status: 403 }),
    });
    expect((await stage.post('todo.add', undefined, { raw: '{' })).json).toEqual({
      ok: false,
      status: 403,
      error: expect.anything(),
    });
    expect(await both('todo.add', { text: 'x' }, { role: 'admin' })).toEqual({ ok: true, status: 200, value: 'added' });
    expect(calls).toBe(2);
  });

  test('answers 503 while its controller is stopped, and works again when it is back', async () => {
    class Todo {
      @Action() list() {
        return [];
      }
    }
    const runner = await stage.start(Todo);
    await runner.stop();
    expect(await both('todo.list', undefined)).toEqual({
      ok: false,
      status: 503,
      error: expect.objectContaining({ code: 'SPECTER_UNAVAILABLE' }),
      retryIn: 1_000,
    });
    expect((await stage.post('todo.list')).headers).toMatchObject({ 'retry-after': '1' }); // as a route says (tried)
    expect(runner.scope.tree()).toEqual([]);
    await runner.start();
    expect(await both('todo.list', undefined)).toEqual({ ok: true, status: 200, value: [] });
  });

  test('is waited for when its controller stops, which takes no more calls meanwhile', async () => {
    let finish = (_: string) => {};
    let begun = 0;
    class Slow {
      @Action() go() {
        begun++;
        return new Promise((resolve) => {
          finish = resolve;
        });
      }
    }
    const runner = await stage.start(Slow);
    const client = await stage.client();
    const answer = client.emitWithAck('action', 'slow.go');
    await until(() => begun === 1);
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    expect((await stage.post('slow.go')).status).toBe(503);
    expect(stopped).toBe(false);
    finish('done');
    expect(await answer).toEqual({ ok: true, status: 200, value: 'done' });
    await stopping;
    expect(begun).toBe(1);
  });

  test('takes no more calls while the onStop of its controller runs', async () => {
    let calls = 0;
    class Todo {
      @Action() list() {
        return ++calls;
      }
    }
    let finish = () => {};
    const stopped = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const runner = await stage.start(Todo, new Todo(), { onStop: () => stopped });
    const stopping = runner.stop();
    await until(() => runner.phase === 'stopping');
    expect((await stage.post('todo.list')).status).toBe(503);
    finish();
    await stopping;
    expect(calls).toBe(0);
  });

  test('says over sockets that the application is stopping in the shape of an outcome, and ends those under way', async () => {
    let begun = 0;
    class Slow {
      @Action() go(@Signal() signal: AbortSignal) {
        begun++;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }
    }
    await stage.start(Slow);
    const client = await stage.client();
    const answer = client.emitWithAck('action', 'slow.go');
    await until(() => begun === 1);
    await stage.sockets.drain();
    const error = expect.objectContaining({ code: 'SPECTER_UNAVAILABLE' });
    const away = { ok: false, status: 503, error, retryIn: 1_000 };
    expect(await answer).toEqual(away);
    expect(await client.emitWithAck('action', 'slow.go')).toEqual(away);
    expect(await client.emitWithAck('topic:join', 'x')).toMatchObject({ error: { status: 503 } });
    expect(stage.tellings('action-failed')).toEqual([]);
  });

  test('sends the headers of its rejection over HTTP', async () => {
    class Todo {
      @Action() list() {
        throw new TooManyRequests('Slow down.', { headers: { 'Retry-After': '7' } });
      }
    }
    await stage.start(Todo);
    const answer = await stage.post('todo.list');
    expect([answer.status, answer.headers['retry-after'], answer.headers['content-type']]).toEqual([
      429,
      '7',
      'application/json; charset=utf-8',
    ]);
  });

  test.each<[string, Parameters<ActionStage['post']>[2], number, string]>([
    ['malformed', { raw: '{' }, 400, 'SPECTER_BODY_SYNTAX'],
    [
      'of another type',
      { raw: 'text=1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      415,
      'SPECTER_MEDIA_TYPE',
    ],
    ['too large', { raw: `"${'x'.repeat(1_100_000)}"` }, 413, 'SPECTER_BODY_TOO_LARGE'],
  ])('over HTTP with a body that is %s answers %d in the shape of an outcome', async (_, options, status, code) => {
    class Todo {
      @Action() add(_: NewTodo) {
        return 1;
      }
    }
    await stage.start(Todo);
    const answer = await stage.post('todo.add', undefined, options);
    expect([answer.status, answer.json]).toEqual([
      status,
      { ok: false, status, error: expect.objectContaining({ code }) },
    ]);
  });

  test('is only called by POST', async () => {
    class Todo {
      @Action() list() {
        return [];
      }
    }
    await stage.start(Todo);
    expect((await stage.post('todo.list', undefined, { method: 'GET' })).status).toBe(405);
  });

  test('is told with its status and duration, whatever came of it', async () => {
    class Todo {
      @Action() list() {
        return [];
      }
      @Action() fail() {
        throw new Error('x');
      }
    }
    await stage.start(Todo);
    await stage.post('todo.list');
    await stage.post('todo.fail');
    expect(stage.tellings('action-answered').map(({ service, action, status }) => [service, action, status])).toEqual([
      ['Todo', 'todo.list', 200],
      ['Todo', 'todo.fail', 500],
    ]);
  });
});

describe('the time of an action', () => {
  let stage: ActionStage;
  afterEach(() => stage.close());

  test('ends with a 504 through both doors, and its signal is aborted with the reason', async () => {
    stage = await new ActionStage().open();
    const reasons: unknown[] = [];
    class Slow {
      @Action({ timeout: 20 }) go(@Signal() signal: AbortSignal) {
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          }),
        );
      }
    }
    await stage.start(Slow);
    const late = {
      ok: false,
      status: 504,
      error: expect.objectContaining({ code: 'SPECTER_TIMEOUT', detail: 'The action did not end within 20 ms.' }),
    };
    expect((await stage.post('slow.go')).json).toEqual(late);
    expect(await (await stage.client()).emitWithAck('action', 'slow.go')).toEqual(late);
    expect(reasons).toEqual([
      expect.objectContaining({ code: 'SPECTER_TIMEOUT' }),
      expect.objectContaining({ code: 'SPECTER_TIMEOUT' }),
    ]);
    expect(stage.tellings('action-failed')).toHaveLength(2);
  });

  test('does not lose what goes wrong after it', async () => {
    stage = await new ActionStage().open();
    let fail = (_: Error) => {};
    class Slow {
      @Action({ timeout: 20 }) go() {
        return new Promise((_, reject) => {
          fail = reject;
        });
      }
    }
    await stage.start(Slow);
    expect((await stage.post('slow.go')).status).toBe(504);
    fail(new Error('and the disk is full'));
    await until(() => stage.tellings('action-failed').length === 2);
    expect(stage.tellings('action-failed')[1]).toMatchObject({
      service: 'Slow',
      action: 'slow.go',
      error: { message: 'and the disk is full' },
    });
  });

  test('leaves an action alone that ends before', async () => {
    stage = await new ActionStage().open();
    let signal: AbortSignal | undefined;
    class Quick {
      @Action({ timeout: 50 }) go(@Signal() given: AbortSignal) {
        signal = given;
        return 1;
      }
    }
    await stage.start(Quick);
    expect((await stage.post('quick.go')).json).toEqual({ ok: true, status: 200, value: 1 });
    await stage.environment.clock.sleep(80);
    expect(signal?.aborted).toBe(false);
  });
});

describe('the signal of an action', () => {
  let stage: ActionStage;
  let signals: AbortSignal[];
  class Slow {
    @Action() go(@Signal() signal: AbortSignal) {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
  }
  beforeEach(async () => {
    signals = [];
    stage = await new ActionStage().open();
  });
  afterEach(() => stage.close());

  test("is aborted when the client of a socket has gone, which is nobody's failure", async () => {
    await stage.start(Slow);
    const client = await stage.client();
    client.emit('action', 'slow.go');
    await until(() => signals.length === 1);
    client.disconnect();
    await until(() => signals[0]?.aborted === true);
    expect(signals[0]?.reason).toMatchObject({ code: 'SPECTER_CLIENT_GONE' });
    await until(() => stage.tellings('action-refused').length === 1);
    expect(stage.tellings('action-failed')).toEqual([]);
  });

  test('is aborted when the client of a request has gone', async () => {
    await stage.start(Slow);
    const abort = new AbortController();
    const answer = fetch(`${stage.url}/actions/slow.go`, { method: 'POST', signal: abort.signal }).catch(() => 'gone');
    await until(() => signals.length === 1);
    abort.abort();
    await answer;
    await until(() => signals[0]?.aborted === true);
    await until(() => stage.tellings('action-refused').length === 1);
    expect(stage.tellings('action-failed')).toEqual([]);
  });

  test('is aborted when the controller stops, and the caller is told to try again', async () => {
    const runner = await stage.start(Slow);
    const answer = stage.post('slow.go');
    await until(() => signals.length === 1);
    await runner.stop();
    expect((await answer).json).toEqual({
      ok: false,
      status: 503,
      error: expect.objectContaining({ code: 'SPECTER_UNAVAILABLE' }),
      retryIn: 1_000,
    });
  });
});

describe('at boot', () => {
  test.each<[string, () => Class, string, RegExp]>([
    [
      'a payload without a run-time type',
      () => {
        class A {
          @Action() x(_: unknown) {}
        }
        return A;
      },
      'SPECTER_UNTYPED_INPUT',
      /A\.x, parameter 1/,
    ],
    [
      'two payloads',
      () => {
        class A {
          @Action() x(_: string, __: string) {}
        }
        return A;
      },
      'SPECTER_INVALID_ROLE',
      /one payload/,
    ],
    [
      'a parameter that only HTTP has',
      () => {
        class A {
          @Action() x(@Body() _: NewTodo) {}
        }
        return A;
      },
      'SPECTER_INVALID_ROLE',
      /@Body, which @Action methods cannot have/,
    ],
    [
      'a method without a name',
      () => {
        class A {
          @Action() [Symbol('x')]() {}
        }
        return A;
      },
      'SPECTER_INVALID_ROLE',
      /action without a name/,
    ],
    [
      'a timeout that is none',
      () => {
        class A {
          @Action({ timeout: -1 }) x() {}
        }
        return A;
      },
      'SPECTER_INVALID_ROLE',
      /no duration/,
    ],
  ])('%s is refused', (_, make, code, message) => {
    expect(() => check(make())).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test('two actions of one name are told with both methods', () => {
    class TodoController {
      @Action() add() {}
      @Action() list() {}
    }
    class Todo {
      @Action() add() {}
    }
    for (const target of [TodoController, Todo]) check(target);
    expect(checkActions([TodoController, Todo])).toEqual([
      expect.objectContaining({
        code: 'SPECTER_DUPLICATE_ACTION',
        message: expect.stringMatching(/"todo\.add" is TodoController\.add and Todo\.add/),
      }),
    ]);
  });

  test('@Session() needs an application that knows who calls over HTTP', () => {
    class Todo {
      @Action() mine(@Session() _: Session) {}
    }
    check(Todo);
    expect(checkActions([Todo], {})).toEqual([
      expect.objectContaining({ code: 'SPECTER_NO_SESSION', message: expect.stringContaining('Todo.mine') }),
    ]);
    expect(checkActions([Todo], { session: () => undefined })).toEqual([]);
    expect(checkActions([Todo])).toEqual([]);
  });
});
