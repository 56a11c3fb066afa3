import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import { Controller, Get } from '../../src/http/controller.js';
import { Ctx } from '../../src/http/parameters.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { CERTIFICATE, KEY } from './certificate.js';
import { deferred, type Harness, type HarnessOptions, serve } from './harness.js';

const TLS = { key: KEY, cert: CERTIFICATE };

@Controller()
class Safe {
  entered = 0;
  gate = deferred<string>();
  @Get('/where') where(@Ctx() ctx: { protocol: string; secure: boolean }) {
    return { protocol: ctx.protocol, secure: ctx.secure };
  }
  @Get('/wait') wait() {
    this.entered++;
    return this.gate.promise;
  }
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

function ask(app: Harness, path: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: app.port, path, ca: CERTIFICATE, agent };
    const asking = request(options, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    asking.once('error', reject).end();
  });
}

const secured = (instance: object, http: HarnessOptions['http'] = {}) =>
  serve([instance], { http: { ...http, tls: TLS } });

test('with a key and a certificate the server speaks TLS, says so, and tells browsers to stay with it', async () => {
  const app = await secured(new Safe());
  expect(app.url).toBe(`https://127.0.0.1:${app.port}`);
  const { text, headers } = await ask(app, '/where');
  expect(JSON.parse(text)).toEqual({ protocol: 'https', secure: true });
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  expect((await ask(app, '/nothing')).headers['strict-transport-security']).toBe('max-age=31536000');
});

test('what browsers are told about TLS is an option like any other header', async () => {
  const own = await secured(new Safe(), { securityHeaders: { 'Strict-Transport-Security': 'max-age=60' } });
  expect((await ask(own, '/where')).headers['strict-transport-security']).toBe('max-age=60');
  const none = await secured(new Safe(), { securityHeaders: { 'strict-transport-security': false } });
  expect((await ask(none, '/where')).headers['strict-transport-security']).toBeUndefined();
});

test('the limits of plain requests hold', async () => {
  const app = await secured(new Safe(), { allowedHosts: ['films.example'], maxHeaders: 20 });
  expect(await ask(app, '/where')).toMatchObject({ status: 421 });
  const socket = connect({ host: '127.0.0.1', port: app.port, ca: CERTIFICATE });
  await once(socket, 'secureConnect');
  socket.end('nonsense\r\n\r\n');
  const [bytes] = await once(socket, 'data');
  expect(String(bytes)).toMatch(/^HTTP\/1\.1 400 /);
});

test('who does not speak TLS is cut off, and told of', async () => {
  const app = await secured(new Safe());
  const plain = connectPlain(app.port, '127.0.0.1').on('error', () => {});
  plain.resume().write('GET /where HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(plain, 'close');
  expect(await app.event('http-refused')).toMatchObject({ status: 400 });
  expect((await ask(app, '/where')).status).toBe(200);
});

test('who never finishes the handshake is cut off in time', async () => {
  const app = await secured(new Safe(), { headersTimeout: 100 });
  const silent = connectPlain(app.port, '127.0.0.1').on('error', () => {});
  await once(silent, 'close');
});

test('a stop finishes what is under way and closes idle, silent and half-secured connections', async () => {
  const safe = new Safe();
  const app = await secured(safe);
  const idle = new Agent({ keepAlive: true });
  await ask(app, '/where', idle);
  const silent = connectPlain(app.port, '127.0.0.1').on('error', () => {});
  await once(silent, 'connect');
  const secure = connect({ host: '127.0.0.1', port: app.port, ca: CERTIFICATE }).on('error', () => {});
  await once(secure, 'secureConnect');
  const answer = ask(app, '/wait');
  while (safe.entered === 0) await new Promise((resolve) => setImmediate(resolve));
  const closed = Promise.all([silent, secure].map((socket) => once(socket, 'close')));
  const drained = app.http.drain(new Deadline(10_000));
  await closed;
  safe.gate.resolve('all of it');
  expect(await answer).toMatchObject({ status: 200, text: 'all of it' });
  expect(await drained).toBe(0);
  await app.http.close();
  idle.destroy();
});
