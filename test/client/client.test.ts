import { IsString, Length } from 'class-validator';
import { io } from 'socket.io-client';
import { type ActionsOf, type AnyActions, type Client, createClient } from '../../src/client/index.js';
import { Action, Controller, inject, Module, NotFound, Outcome, Signal, Sockets } from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';

class AddTodo {
  @IsString() @Length(1, 20) text!: string;
}

@Controller('/todos')
class TodoController {
  readonly sockets = inject(Sockets);
  readonly #todos: string[] = [];
  @Action({ type: AddTodo }) add(todo: AddTodo) {
    this.#todos.push(todo.text);
    return { id: this.#todos.length, at: new Date(0), text: todo.text };
  }
  @Action() list() {
    return this.#todos;
  }
  @Action({ type: String }) find(text: string) {
    if (!this.#todos.includes(text)) throw new NotFound('No such todo.');
    return Outcome.success({ text }, { status: 203 });
  }
  @Action() hang(@Signal() signal: AbortSignal) {
    return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
  @Action() changed() {
    this.sockets.refetch('todo.list');
  }
}

@Module({ providers: [TodoController] })
class App {}

type Actions = ActionsOf<{ todo: typeof TodoController }>;

let app: TestApplication;
beforeEach(async () => {
  app = await testApplication(App).start();
});
afterEach(() => app.stop());

describe.each(['HTTP', 'a socket'] as const)('over %s', (door) => {
  const connect = async (timeout?: number) =>
    createClient<Actions>(app.url, {
      ...(door === 'a socket' ? { socket: await app.socket() } : {}),
      ...(timeout ? { timeout } : {}),
    });

  test('a call gives the outcome: value and status, dates as strings', async () => {
    const client = await connect();
    const added = await client.call('todo.add', { text: 'milk' });
    expect(added.unwrap()).toEqual({ id: 1, at: '1970-01-01T00:00:00.000Z', text: 'milk' });
    expect((await client.call('todo.list')).unwrap()).toEqual(['milk']);
    const found = await client.call('todo.find', 'milk');
    expect([found.status, found.unwrap()]).toEqual([203, { text: 'milk' }]);
  });

  test('a refusal is an outcome, too: what the server answered never rejects', async () => {
    const client = await connect();
    expect(await client.call('todo.find', 'bread')).toMatchObject({
      ok: false,
      status: 404,
      error: { detail: 'No such todo.' },
    });
    const invalid = await client.call('todo.add', { text: '' });
    expect(invalid).toMatchObject({ ok: false, status: 422, error: { code: 'SPECTER_VALIDATION' } });
    const unknown = await (client as unknown as Client<AnyActions>).call('todo.nothing', 1);
    expect(unknown).toMatchObject({ ok: false, status: 404, error: { code: 'SPECTER_ACTION_UNKNOWN' } });
  });

  test('a call that takes longer than its timeout rejects SPECTER_WAIT_TIMEOUT', async () => {
    const client = await connect(50);
    await expect(client.call('todo.hang')).rejects.toMatchObject({
      code: 'SPECTER_WAIT_TIMEOUT',
      message: expect.stringContaining('todo.hang'),
    });
  });

  test('a signal gives a call up with its reason', async () => {
    const client = await connect();
    const abort = new AbortController();
    const calling = client.call('todo.hang', undefined, { signal: abort.signal });
    const reason = new Error('user went away');
    abort.abort(reason);
    await expect(calling).rejects.toBe(reason);
    await expect(client.call('todo.list', undefined, { signal: abort.signal })).rejects.toBe(reason);
  });
});

test('nobody there is SPECTER_UNREACHABLE', async () => {
  const client = createClient<Actions>('http://127.0.0.1:1', { timeout: 300 });
  await expect(client.call('todo.list')).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
});

test('something else there is SPECTER_UNREACHABLE, and a problem from before the action is an outcome', async () => {
  const answering = (text: string) =>
    createClient<Actions>(app.url, { fetch: async () => ({ status: 200, text: async () => text }) });
  await expect(answering('<html>').call('todo.list')).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
  await expect(answering('{"hello":1}').call('todo.list')).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
  const busy = JSON.stringify({ type: 'about:blank', title: 'Service Unavailable', status: 503 });
  expect(await answering(busy).call('todo.list')).toMatchObject({ ok: false, status: 503 });
});

test('a socket that is lost during a call is SPECTER_UNREACHABLE', async () => {
  const socket = await app.socket();
  const calling = createClient<Actions>(app.url, { socket }).call('todo.hang');
  socket.disconnect();
  await expect(calling).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
});

// Teeth: with a call that is emitted at once, which socket.io keeps until it is connected, the list has both (tried).
test('what is called while the socket is away is sent once it is there, unless it was given up before', async () => {
  const socket = io(app.url, { autoConnect: false, transports: ['websocket'] });
  const client = createClient<Actions>(app.url, { socket });
  const patience = new AbortController();
  const givenUp = client.call('todo.add', { text: 'given up' }, { signal: patience.signal });
  const kept = client.call('todo.add', { text: 'kept' });
  patience.abort(new Error('enough'));
  await expect(givenUp).rejects.toThrow('enough');
  socket.connect();
  expect((await kept).unwrap()).toMatchObject({ id: 1, text: 'kept' });
  expect((await client.call('todo.list')).unwrap()).toEqual(['kept']);
  socket.disconnect();
});

test('onRefetch() hears when the server says that an answer has changed, until its release', async () => {
  const socket = await app.socket();
  const client = createClient<Actions>(app.url, { socket });
  let heard = 0;
  const release = client.onRefetch('todo.list', () => {
    heard += 1;
  });
  await client.call('todo.changed');
  await client.call('todo.list');
  expect(heard).toBe(1);
  release();
  await client.call('todo.changed');
  await client.call('todo.list');
  expect(heard).toBe(1);
});

test('onRefetch() without a socket is SPECTER_NO_SOCKET', () => {
  expect(() => createClient<Actions>(app.url).onRefetch('todo.list', () => {})).toThrow(
    expect.objectContaining({ code: 'SPECTER_NO_SOCKET' }),
  );
});

test('headers go with each call over HTTP', async () => {
  const sent: Record<string, string>[] = [];
  const client = createClient<Actions>(app.url, {
    headers: { authorization: 'Bearer x' },
    fetch: async (url, init) => {
      sent.push(init.headers);
      return fetch(url, init);
    },
  });
  await client.call('todo.list');
  expect(sent).toEqual([
    {
      'content-type': 'application/json',
      authorization: 'Bearer x',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ]);
});
