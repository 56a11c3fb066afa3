// What a client makes of servers that are away, of what stands in their place, and of sockets that do not come back.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import { type ClientSocket, createClient } from '../../src/client/index.js';
import { Action, Controller, Module, Signal, unchecked } from '../../src/index.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type TestApplication, testApplication } from '../../src/testing/index.js';
import { until } from '../until.js';

const unreachable = (why: string) => ({ code: 'SPECTER_UNREACHABLE', message: expect.stringContaining(why) });
const WORKS: RequestListener = (_, response) => response.end('{"ok":true,"status":200,"value":7}');

let server: Server | undefined;
let asked = 0;
let answer: RequestListener;

/** A server that is no server of actions. */
async function listen(port = 0): Promise<string> {
  asked = 0;
  server = createServer((request, response) => {
    asked++;
    answer(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(): Promise<void> {
  const closing = server;
  server = undefined;
  closing?.closeAllConnections();
  if (closing) await new Promise((resolve) => closing.close(resolve));
}

/** As a proxy answers. */
const page =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end('<html>hunter2</html>');

afterEach(async () => {
  jest.restoreAllMocks();
  await close();
});

// Teeth: a client that gives up after its second retry is done when the server is back (tried).
test('a call is sent again until the server is back, as long as its timeout lasts', async () => {
  answer = WORKS;
  const url = await listen();
  const port = Number(new URL(url).port);
  await close();
  let tries = 0;
  const client = createClient(url, {
    fetch: (to, init) => {
      tries++;
      return fetch(to, init);
    },
  });
  const calling = client.call('a.b');
  await until('it has been sent four times', () => tries === 4);
  await listen(port);
  expect((await calling).unwrap()).toBe(7);
}, 20_000);

test('a server that does not come back within the timeout is told as that, with what went wrong last', async () => {
  const fail = async () => {
    throw new TypeError('the cable is cut');
  };
  const client = createClient('http://127.0.0.1:1', { fetch: fail, timeout: 400 });
  await expect(client.call('a.b')).rejects.toMatchObject(unreachable('the cable is cut'));
});

test.each([502, 503, 504, 429])(
  'a proxy that answers %d with a page may have its server back in a moment',
  async (status) => {
    answer = (request, response) => (asked < 2 ? page(status) : WORKS)(request, response);
    expect((await createClient(await listen()).call('a.b')).unwrap()).toBe(7);
    expect(asked).toBe(2);
  },
);

test('a proxy that says when to come back is asked again then', async () => {
  const times: number[] = [];
  answer = (request, response) => {
    times.push(performance.now());
    (asked < 2 ? page(503, { 'Retry-After': '1' }) : WORKS)(request, response);
  };
  expect((await createClient(await listen()).call('a.b')).ok).toBe(true);
  expect((times[1] as number) - (times[0] as number)).toBeGreaterThan(990);
});

// Teeth: sent again, each of these takes the whole timeout to say the same (tried).
test.each([
  ['a page', page(200)],
  ['a page that is not there', page(404)],
  ['nothing', page(204)],
  ['something else that is JSON', ((_, response) => response.end('{"hello":1}')) as RequestListener],
])('%s instead of an outcome is told at once, and not repeated in the message', async (_, given) => {
  answer = given;
  const error = await createClient(await listen())
    .call('a.b')
    .catch((thrown: Error) => thrown);
  expect(error).toMatchObject(unreachable('and no outcome'));
  expect((error as Error).message).not.toContain('hunter2');
  expect(asked).toBe(1);
});

test('an answer is an outcome at once, whatever its status, and says when it is worth to try again', async () => {
  const busy = { ok: false, status: 503, error: { type: 'about:blank', title: 'x', status: 503 }, retryIn: 2_000 };
  answer = (_, response) => response.writeHead(503).end(JSON.stringify(busy));
  const outcome = await createClient(await listen()).call('a.b');
  expect(outcome).toMatchObject({ ok: false, status: 503, meta: { retryIn: 2_000 } });
  expect(asked).toBe(1);
});

// Teeth: without the race with its signal the call never ends (tried).
test('a fetch that does not listen to its signal cannot hold a call beyond its time', async () => {
  const client = createClient('', { fetch: () => new Promise(() => {}), timeout: 50 });
  await expect(client.call('a.b')).rejects.toMatchObject({ code: 'SPECTER_WAIT_TIMEOUT' });
  const reason = new Error('enough');
  await expect(client.call('a.b', 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('a call is not sent again when the server may have forgotten its answer', async () => {
  const times = [0, 119_000, 121_000, 130_000];
  jest.spyOn(systemClock, 'monotonic').mockImplementation(() => times.shift() as number);
  jest.spyOn(systemClock, 'sleep').mockResolvedValue();
  const fetch = jest.fn().mockRejectedValue(new Error('cut'));
  await expect(createClient('', { fetch }).call('a.b')).rejects.toMatchObject(unreachable('cut'));
  expect(fetch).toHaveBeenCalledTimes(3);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, '5'])('a timeout of %p is refused', async (timeout) => {
  const client = createClient('http://127.0.0.1:1');
  const refusal = { code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringMatching(/^timeout of a\.b: /) };
  await expect(client.call('a.b', 1, { timeout: timeout as number })).rejects.toMatchObject(refusal);
});

test('an option that nobody reads is refused, and those that are read are listed', async () => {
  const wrong = { timout: 5 } as object;
  expect(() => createClient('', wrong)).toThrow(
    'timout, which nobody reads. Known are: headers, fetch, socket, timeout, retries.',
  );
  const client = createClient('http://127.0.0.1:1');
  await expect(client.call('a.b', 1, wrong)).rejects.toThrow('Known are: signal, timeout, onProgress.');
  await expect(client.defer('a.b', 1, { onProgress: () => {} } as object)).rejects.toMatchObject({
    code: 'SPECTER_INVALID_ARGUMENT',
    message: 'The call of a.b has the option onProgress, which nobody reads. Known are: signal, timeout.',
  });
});

// Teeth: without the check each call of such a client is sent again until its time is over (tried).
test.each([undefined, null, 7, '', '/api', 'nonsense', 'localhost:3000', 'ftp://files', 'http://', 'http://host:port'])(
  'what can be no address of a server is refused when the client is made: %p',
  (url) => {
    const message = `createClient(): expected the address of a server, as http://127.0.0.1:3000, got ${JSON.stringify(url)}.`;
    expect(() => createClient(url as string)).toThrow(
      expect.objectContaining({ code: 'SPECTER_INVALID_ARGUMENT', message }),
    );
  },
);

test.each(['http://127.0.0.1:1', 'https://home.example/hub/', ' HTTP://[::1]:3000'])('%p is an address', (url) => {
  expect(() => createClient(url)).not.toThrow();
});

test('in a page an address may be relative, which goes to its fetch as it is', async () => {
  const fetch = jest
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async () => new Response('{"ok":true,"status":200}'));
  Object.assign(globalThis, { location: new URL('http://home.example/films') });
  try {
    for (const url of ['', '/api', '/api/', 'api', '../hub', '//other.example', 'app://hub'])
      await createClient(url).call('a.b');
    expect(() => createClient('localhost:3000')).toThrow('expected the address of a server');
  } finally {
    delete (globalThis as { location?: unknown }).location;
  }
  const asked = ['', '/api', '/api', 'api', '../hub', '//other.example', 'app://hub'];
  expect(fetch.mock.calls.map(([to]) => to)).toEqual(asked.map((url) => `${url}/actions/a.b`));
});

test.each([[{}], ['http://127.0.0.1:1'], [{ emit() {}, on() {} }]])('%p is no socket, and is refused', (socket) => {
  expect(() => createClient('', { socket: socket as ClientSocket })).toThrow(
    expect.objectContaining({
      code: 'SPECTER_INVALID_ARGUMENT',
      message: expect.stringMatching(/expected a socket of socket\.io-client, as io\(url\), got (Object|string)\./),
    }),
  );
});

describe('over a socket', () => {
  @Controller()
  class EchoController {
    @Action({ type: unchecked }) it(value: unknown) {
      return [value === undefined, value];
    }
    @Action({ type: z.number().optional() }) maybe(value?: number) {
      return value ?? 'none';
    }
    @Action() hang(@Signal() signal: AbortSignal) {
      return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
  }
  @Module({ providers: [EchoController] })
  class App {}

  let app: TestApplication;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    const session = ({ auth }: { auth: Record<string, unknown> }) =>
      auth.stranger ? undefined : { id: 'ada', data: 0 };
    app = await testApplication(App, { logger: false, sockets: { session } }).start();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    await app.stop();
  });
  const open = (options = {}, url = app.url) => {
    const socket = io(url, { transports: ['websocket'], forceNew: true, ...options });
    sockets.push(socket);
    return socket;
  };
  const left = (socket: Socket) =>
    ['connect', 'disconnect', 'connect_error', 'action:progress'].flatMap((event) => socket.listeners(event));

  // Teeth: without the catch around emit() its listeners stay on the socket (tried).
  test.each([true, false])(
    'a payload that JSON cannot hold rejects, and leaves nothing behind (connected: %p)',
    async (early) => {
      const socket = open();
      if (early) await once(socket as never, 'connect');
      const calling = createClient(app.url, { socket }).call('echo.it', 1n as never);
      await expect(calling).rejects.toThrow(/BigInt/);
      expect(left(socket)).toEqual([]);
    },
  );

  test('one that was closed, and does not come back, is told as that', async () => {
    const socket = open();
    const client = createClient(app.url, { socket, timeout: 100 });
    socket.disconnect();
    await expect(client.call('echo.it')).rejects.toMatchObject(unreachable('it is disconnected'));
    expect(left(socket)).toEqual([]);
  });

  test('one that the server refuses is told as that at once', async () => {
    const socket = open({ auth: { stranger: true } });
    await expect(createClient(app.url, { socket }).call('echo.it')).rejects.toMatchObject(
      unreachable('Nobody knows who is connecting'),
    );
    expect(left(socket)).toEqual([]);
  });

  test('one that the server closes for good ends the calls under way at once', async () => {
    const socket = open();
    await once(socket as never, 'connect');
    const calling = createClient(app.url, { socket }).call('echo.hang');
    await createClient(app.url, { socket }).call('echo.it');
    app.io.disconnectSockets();
    await expect(calling).rejects.toMatchObject(unreachable('it disconnected before the answer'));
    expect(left(socket)).toEqual([]);
  });

  test('one that was away for longer than the server keeps an answer does not send its calls again', async () => {
    const listeners = new Map<string, (...values: unknown[]) => void>();
    const emitted: unknown[][] = [];
    const socket: ClientSocket = {
      connected: true,
      active: true,
      emit: (...values) => emitted.push(values),
      on: (event, listener) => listeners.set(event, listener),
      off: (event) => listeners.delete(event),
    };
    const client = createClient('', { socket });
    for (const [away, sent] of [
      [119_000, 2],
      [121_000, 1],
    ] as const) {
      emitted.length = 0;
      const calling = client.call('a.b', 1);
      await until('it was sent', () => emitted.length === 1);
      const now = jest.spyOn(systemClock, 'monotonic').mockReturnValue(1_000);
      listeners.get('disconnect')?.();
      now.mockReturnValue(1_000 + away);
      listeners.get('connect')?.();
      expect(emitted).toHaveLength(sent);
      const [acknowledge] = (emitted[1] ?? []).slice(-1) as ((answer: unknown) => void)[];
      acknowledge?.({ ok: true, status: 200, value: 7 });
      if (sent === 2) expect((await calling).unwrap()).toBe(7);
      else await expect(calling).rejects.toMatchObject(unreachable('it was away for too long'));
      now.mockRestore();
    }
  });

  test('no payload is none, and null is null, as over HTTP', async () => {
    const http = createClient(app.url);
    const client = createClient(app.url, { socket: await app.socket() });
    for (const one of [http, client]) {
      expect((await one.call('echo.maybe')).unwrap()).toBe('none');
      expect((await one.call('echo.it')).unwrap()).toEqual([true, null]);
      expect((await one.call('echo.it', null)).unwrap()).toEqual([false, null]);
    }
  });

  // Teeth: sent all the same, the connection is cut and made again nine times within the timeout (tried).
  test.each([
    ['websocket', 90_000],
    // Over which bytes go as text.
    ['polling', 70_000],
  ])(
    'a payload that the server does not take is an outcome, as over HTTP, and the connection lives on (%s)',
    async (transport, most) => {
      const socket = open({ transports: [transport] });
      const client = createClient(app.url, { socket });
      let lost = 0;
      socket.on('disconnect', () => lost++);
      const large = await client.call('echo.it', 'ä'.repeat(52_000));
      const overHttp = await createClient(app.url).call('echo.it', 'ä'.repeat(600_000));
      expect(large).toMatchObject({ status: 413, error: { code: 'SPECTER_BODY_TOO_LARGE' } });
      expect(large.ok ? '' : large.error.detail).toContain('at most 102400 bytes');
      expect(overHttp).toMatchObject({ status: large.status, error: { code: 'SPECTER_BODY_TOO_LARGE' } });
      expect((await client.call('echo.it', { bytes: new Uint8Array(200_000) })).status).toBe(413);
      for (const fits of ['ä'.repeat(51_000), { bytes: Buffer.alloc(most) }, { bytes: [new ArrayBuffer(most)] }])
        expect((await client.call('echo.it', fits)).ok).toBe(true);
      expect([lost, left(socket).length]).toEqual([0, 1]);
    },
  );

  test('many calls at once leave nothing on the socket, whatever comes of them', async () => {
    const socket = open();
    const client = createClient(app.url, { socket, timeout: 300 });
    const calls = Array.from({ length: 20 }, (_, i) => client.call(i % 2 ? 'echo.it' : 'echo.hang', i).catch(() => {}));
    await Promise.all(calls);
    expect(left(socket)).toEqual([]);
  });
});
