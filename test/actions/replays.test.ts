// A call that is sent again is one run: whoever lost its connection gets the answer, and nobody else does.
import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import { type ActionsOf, createClient } from '../../src/client/index.js';
import { Action, Controller, Guard, Module, Session, Signal, Unauthorized } from '../../src/index.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { deferred } from '../http/harness.js';

const ID = '0123456789abcdef';

let runs: unknown[];
let gate: ReturnType<typeof deferred<void>>;
let signals: AbortSignal[];
let welcome: boolean;

@Controller()
class TillController {
  @Action({ type: Number }) pay(amount: number) {
    runs.push(amount);
    return { paid: amount, run: runs.length };
  }
  @Action({ type: Number }) async slow(amount: number, @Signal() signal: AbortSignal) {
    runs.push(amount);
    signals.push(signal);
    await Promise.race([gate.promise, once(signal, 'abort')]);
    signal.throwIfAborted();
    return { paid: amount };
  }
  @Action({ idempotent: true }) count() {
    return runs.push('count');
  }
  @Action() @Guard(() => welcome) guarded() {
    return runs.push('guarded');
  }
}

@Controller()
class OwnController {
  @Action() mine(@Session() session: Session) {
    return { run: runs.push(session.id), whose: session.id };
  }
}

@Module({ providers: [TillController] })
class Till {}
@Module({ providers: [OwnController] })
class Own {}

let app: TestApplication;
const clients: Socket[] = [];
const post = async (name: string, payload: unknown, id: string = ID) => {
  const answer = await send(name, payload, id);
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) };
};
const send = (name: string, payload: unknown, id: string, signal?: AbortSignal) =>
  fetch(`${app.url}/actions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': id },
    body: JSON.stringify(payload),
    ...(signal && { signal }),
  });
const until = async (met: () => boolean) => {
  while (!met()) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(async () => {
  runs = [];
  signals = [];
  welcome = true;
  gate = deferred<void>();
  app = await testApplication(Till, { actions: { window: 60_000, most: 3, patience: 5_000 } }).start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await app.stop();
});

// Teeth: a table that forgets the answer as soon as it is given runs it twice (tried).
test('it gets the same answer, over either door, and runs once', async () => {
  const first = await post('till.pay', 5);
  expect(first.status).toBe(200);
  const second = await post('till.pay', 5);
  expect(second.text).toBe(first.text);
  const socket = await app.socket();
  expect(await socket.emitWithAck('action', 'till.pay', 5, { id: ID })).toEqual(first.body);
  expect(runs).toEqual([5]);
});

// Teeth: taken as it stands, the quoted id is a 400 (tried).
test('its id may stand in double quotes, as the draft of the header has it, and is the same id', async () => {
  const first = await post('till.pay', 5, `"${ID}"`);
  expect([first.status, first.body]).toEqual([200, expect.objectContaining({ ok: true })]);
  expect((await post('till.pay', 5)).text).toBe(first.text);
  expect(runs).toEqual([5]);
  for (const broken of [`"${ID}`, `${ID}"`, `""${ID}""`]) expect((await post('till.pay', 5, broken)).status).toBe(400);
});

test('without an id each call is one of its own', async () => {
  const socket = await app.socket();
  await socket.emitWithAck('action', 'till.pay', 5);
  await app.http.post('/actions/till.pay').type('json').send('5');
  expect(runs).toEqual([5, 5]);
});

test('sent again while it runs, it waits for the same run', async () => {
  const both = [send('till.slow', 1, ID), send('till.slow', 1, ID)];
  await until(() => app.events.has('action-answered') || runs.length === 1);
  gate.resolve();
  const answers = await Promise.all(both.map(async (answer) => (await answer).text()));
  expect(answers).toEqual([answers[0], answers[0]]);
  expect(runs).toEqual([1]);
});

test('the same id with another payload is refused, and so is one that others could guess', async () => {
  await post('till.pay', 5);
  const { body } = await post('till.pay', 6);
  expect(body).toMatchObject({ ok: false, status: 422, error: { code: 'SPECTER_CALL_ID_REUSED' } });
  for (const bad of ['short', 'x'.repeat(129), 'with blanks in it 123']) {
    const refused = await post('till.pay', 5, bad);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'SPECTER_CALL_ID' } } });
  }
  const socket = await app.socket();
  const odd = await socket.emitWithAck('action', 'till.pay', 5, { id: 7 });
  expect(odd).toMatchObject({ ok: false, status: 400, error: { code: 'SPECTER_CALL_ID' } });
  expect(runs).toEqual([5]);
});

test('after the window, and beyond the most answers that are kept, it runs again', async () => {
  await post('till.pay', 5);
  await app.clock.advance(59_999);
  await post('till.pay', 5);
  expect(runs).toHaveLength(1);
  await app.clock.advance(1);
  await post('till.pay', 5);
  expect(runs).toHaveLength(2);
  for (const other of ['a', 'b', 'c']) await post('till.pay', 1, ID + other);
  await post('till.pay', 5);
  expect(runs).toHaveLength(6);
});

test('guards are asked each time: who may not call any more gets no answer of before', async () => {
  await post('till.guarded', undefined);
  welcome = false;
  expect((await post('till.guarded', undefined)).status).toBe(403);
  expect(runs).toEqual(['guarded']);
});

test('an idempotent action runs again, and nothing is kept of it', async () => {
  await post('till.count', undefined);
  expect((await post('till.count', undefined)).body.value).toBe(2);
});

test('an id is of one session: another one that sends it gets a run of its own', async () => {
  const own = await testApplication(Own, {
    http: { session: (ctx) => ({ id: ctx.get('x-user'), data: undefined }) },
    sockets: { session: ({ auth }) => ({ id: String(auth.user), data: undefined }) },
  }).start();
  const call = (user: string) => own.http.post('/actions/own.mine').set('x-user', user).set('Idempotency-Key', ID);
  expect((await call('ada')).body.value).toEqual({ run: 1, whose: 'ada' });
  expect((await call('bob')).body.value).toEqual({ run: 2, whose: 'bob' });
  const socket = await own.socket('/', { auth: { user: 'ada' } });
  expect(await socket.emitWithAck('action', 'own.mine', null, { id: ID })).toMatchObject({ value: { run: 1 } });
  await own.stop();
});

describe('a client that has gone', () => {
  const leave = async () => {
    const abort = new AbortController();
    const lost = send('till.slow', 1, ID, abort.signal).catch(() => 'lost');
    await until(() => signals.length === 1);
    abort.abort();
    expect(await lost).toBe('lost');
    await until(() => app.clock.pending > 0);
  };

  // Teeth: a run that ends with the connection on which it came answers 503 to the one that comes back (tried).
  test('gets the answer when it comes back, since the run went on', async () => {
    await leave();
    await app.clock.advance(4_999);
    expect(signals[0]?.aborted).toBe(false);
    const back = send('till.slow', 1, ID);
    await until(() => app.clock.pending === 0);
    await app.clock.advance(60_000);
    gate.resolve();
    expect(await (await back).json()).toEqual({ ok: true, status: 200, value: { paid: 1 } });
    expect(runs).toEqual([1]);
  });

  test('and does not come back is waited for as long as the patience lasts; then the signal is aborted', async () => {
    await leave();
    await app.clock.advance(5_000);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('is not waited for when the application stops', async () => {
    await leave();
    await app.stop();
    expect(signals[0]).toMatchObject({ aborted: true, reason: { code: 'SPECTER_UNAVAILABLE' } });
  });
});

// Teeth: followed only until its socket has gone, the run holds up the stop for as long as the patience (tried).
test('a client of a socket that has gone is not waited for either when the application stops', async () => {
  const socket = await app.socket();
  socket.emit('action', 'till.slow', 1, { id: ID }, () => {});
  await until(() => signals.length === 1);
  socket.disconnect();
  await until(() => app.clock.pending > 0);
  await app.stop();
  expect(signals[0]).toMatchObject({ aborted: true, reason: { code: 'SPECTER_UNAVAILABLE' } });
});

test('a call without an id is given up at once when its client goes', async () => {
  const socket = await app.socket();
  socket.emit('action', 'till.slow', 1, () => {});
  await until(() => signals.length === 1);
  socket.disconnect();
  await until(() => signals[0]?.aborted === true);
});

describe('the typed client', () => {
  type Actions = ActionsOf<{ till: typeof TillController }>;
  const connect = async () => {
    const socket = io(app.url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 1 });
    clients.push(socket);
    await once(socket as never, 'connect');
    return socket;
  };

  test('sends a call again when its answer was lost on the way; the action runs once', async () => {
    let lost = 1;
    const client = createClient<Actions>(app.url, {
      fetch: async (url, init) => {
        const answer = await fetch(url, init as RequestInit);
        if (lost-- > 0) throw new TypeError('fetch failed');
        return answer;
      },
    });
    expect((await client.call('till.pay', 5)).unwrap()).toEqual({ paid: 5, run: 1 });
    expect(runs).toEqual([5]);
  });

  test('gives up after as many retries as it is told', async () => {
    let tries = 0;
    const fetch = async () => {
      tries++;
      throw new TypeError('fetch failed');
    };
    for (const retries of [2, 0]) {
      tries = 0;
      const calling = createClient<Actions>(app.url, { fetch, retries }).call('till.pay', 5);
      await expect(calling).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
      expect(tries).toBe(retries + 1);
    }
  });

  // Teeth: a client that makes a new id for what it sends again runs the action twice (tried).
  test('over a socket that is cut off, emits the call again once it has reconnected', async () => {
    const socket = await connect();
    const calling = createClient<Actions>(app.url, { socket }).call('till.slow', 5);
    await until(() => runs.length === 1);
    socket.io.engine.close();
    await once(socket as never, 'connect');
    gate.resolve();
    expect((await calling).unwrap()).toEqual({ paid: 5 });
    expect(runs).toEqual([5]);
  });

  test('with no retries, a socket that is cut off is SPECTER_UNREACHABLE', async () => {
    const socket = await connect();
    const calling = createClient<Actions>(app.url, { socket, retries: 0 }).call('till.slow', 5);
    await until(() => runs.length === 1);
    socket.io.engine.close();
    await expect(calling).rejects.toMatchObject({ code: 'SPECTER_UNREACHABLE' });
  });

  test('that gives a call up over a socket tells the server, which waits for nobody then', async () => {
    const abort = new AbortController();
    const calling = createClient<Actions>(app.url, { socket: await connect() }).call('till.slow', 5, {
      signal: abort.signal,
    });
    await until(() => signals.length === 1);
    abort.abort(new Unauthorized('logged out'));
    await expect(calling).rejects.toThrow('logged out');
    await until(() => signals[0]?.aborted === true);
  });
});
