// Clients that poll hear the end as all others do: each word takes a request of its own, which comes while the application stops.
import 'reflect-metadata';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { type Socket as Client, io, type ManagerOptions } from 'socket.io-client';
import { type Application, createApplication } from '../../src/application.js';
import { Controller, Get, Handler, Module, On } from '../../src/index.js';
import type { ApplicationOptions } from '../../src/options.js';
import { SocketIngress } from '../../src/sockets/ingress.js';
import { CERTIFICATE, KEY } from '../http/certificate.js';
import { until } from './stage.js';

let open: (() => void)[] = [];

@Handler()
class SlowHandler {
  @On('slow', { type: Number }) slow(n: number) {
    return new Promise((resolve) => open.push(() => resolve(n)));
  }
  @On('large') large() {
    return new Promise((resolve) => open.push(() => resolve('x'.repeat(10_000_000))));
  }
}

@Controller('/plain')
class PlainController {
  @Get() plain() {
    return 'plain';
  }
}

@Module({ providers: [SlowHandler, PlainController] })
class AppModule {}

let app: Application;
const clients: Client[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  finish();
  for (const client of clients.splice(0)) client.disconnect();
  for (const agent of agents.splice(0)) agent.destroy();
  await app?.stop();
});

function finish(): void {
  for (const resolve of open.splice(0)) resolve();
}

async function running(options: ApplicationOptions = {}): Promise<string> {
  open = [];
  app = createApplication(AppModule, { logger: false, ...options });
  return (await app.listen(0)).url;
}

/** A client with an event in flight, and what it hears, in its order. */
async function hearing(url: string, n: number, options: Partial<ManagerOptions> = {}): Promise<unknown[]> {
  const client = io(url, { transports: ['polling'], forceNew: true, reconnection: false, ...options });
  clients.push(client);
  const heard: unknown[] = [];
  client.on('goodbye', () => heard.push('goodbye'));
  client.on('disconnect', () => heard.push('end'));
  await new Promise<void>((resolve, reject) => client.once('connect', resolve).once('connect_error', reject));
  client.emit('slow', n, (answer: unknown) => heard.push(answer));
  return heard;
}

const many = (count: number, url: string, options?: Partial<ManagerOptions>) =>
  Promise.all(Array.from({ length: count }, (_, n) => hearing(url, n, options)));

// Teeth: when the port closes at once, all hear the goodbye at best, and nobody the answer (tried).
test('100 of them with an event in flight hear the goodbye, their answer and the end', async () => {
  const all = await many(100, await running());
  await until(() => open.length === 100);
  const stopped = app.stop();
  expect(app.get(SocketIngress).inFlight).toBe(100);
  finish();
  await stopped;
  await until(() => clients.every(({ connected }) => !connected));
  expect(all).toEqual(all.map((_, n) => ['goodbye', n, 'end']));
});

test('those whose event comes while the application stops are told so', async () => {
  const all = await many(100, await running());
  await until(() => open.length > 0);
  const stopped = app.stop();
  const taken = app.get(SocketIngress).inFlight;
  await until(() => all.every((heard) => heard.includes('goodbye')));
  await until(() => all.filter((heard) => heard.length === 2).length === 100 - taken);
  finish();
  await stopped;
  await until(() => clients.every(({ connected }) => !connected));
  const refused = expect.objectContaining({ error: expect.objectContaining({ status: 503 }) });
  for (const [n, heard] of all.entries()) {
    expect(heard).toHaveLength(3);
    expect(heard).toContainEqual(heard.includes(n) ? n : refused);
  }
  expect(all.filter((heard, n) => heard.includes(n))).toHaveLength(taken);
});

test('over TLS as well', async () => {
  const tls = { key: KEY, cert: CERTIFICATE };
  const all = await many(10, await running({ http: { tls } }), { rejectUnauthorized: false });
  await until(() => open.length === 10);
  const stopped = app.stop();
  finish();
  await stopped;
  await until(() => clients.every(({ connected }) => !connected));
  expect(all).toEqual(all.map((_, n) => ['goodbye', n, 'end']));
});

/** Polls by hand, on connections that live on. */
class Poller {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  sid = '';

  constructor(url: string) {
    agents.push(this.agent);
    this.#url = `${url}/socket.io/?EIO=4&transport=polling`;
  }

  async open(): Promise<this> {
    this.sid = JSON.parse((await this.ask()).text.slice(1)).sid;
    await this.ask('40');
    await this.ask();
    return this;
  }

  /** Polls, or sends something. */
  ask(body?: string): Promise<Answer> {
    const method = body === undefined ? 'GET' : 'POST';
    const url = this.#url + (this.sid && `&sid=${this.sid}`);
    return new Promise((resolve, reject) => {
      request(url, { agent: this.agent, method }, (response) => void read(response).then(resolve, reject))
        .on('error', reject)
        .end(body);
    });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

async function read(response: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

function plain(url: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(`${url}/plain`, { agent: agent ?? false }, (response) => void read(response).then(resolve, reject)).on(
      'error',
      reject,
    );
  });
}

test('their connections live on, others are told that the application stops, and nobody new gets in', async () => {
  const url = await running();
  const poller = await new Poller(url).open();
  await poller.ask('420["slow",7]');
  const idle = new Agent({ keepAlive: true });
  agents.push(idle);
  await plain(url, idle);
  const stopped = app.stop();
  const goodbye = await poller.ask();
  expect(goodbye.text).toMatch(/^42\["goodbye",\{"reconnectIn":\d+\}\]$/);
  expect(goodbye.headers.connection).toBe('keep-alive');
  for (const answer of [await plain(url), await plain(url, idle)]) {
    expect(answer).toMatchObject({ status: 503, headers: { connection: 'close', 'retry-after': '1' } });
    expect(JSON.parse(answer.text)).toMatchObject({ detail: 'The application is stopping.' });
  }
  expect((await new Poller(url).ask()).text).toContain('about to close');
  await poller.ask('421["slow",8]');
  expect((await poller.ask()).text).toMatch(/^431\[\{"error":\{.*503/);
  const last = poller.ask();
  finish();
  expect((await last).text).toBe('430[7]');
  await stopped;
  await expect(plain(url)).rejects.toThrow(/ECONNREFUSED/);
});

// Teeth: not waited for, it is cut where the network takes no more (tried).
test('an answer of many megabytes is sent to its end', async () => {
  const poller = await new Poller(await running()).open();
  await poller.ask('420["large"]');
  const stopped = app.stop();
  expect((await poller.ask()).text).toContain('goodbye');
  const answer = poller.ask();
  finish();
  expect((await answer).text.length).toBeGreaterThan(10_000_000);
  await stopped;
});

test('without anybody who polls the port closes at once', async () => {
  const url = await running();
  const [heard] = await Promise.all([hearing(url, 1, { transports: ['websocket'] })]);
  await until(() => open.length === 1);
  const stopped = app.stop();
  await until(() => heard.length === 1);
  await expect(plain(url)).rejects.toThrow(/ECONNREFUSED/);
  finish();
  await stopped;
  await until(() => heard.length === 3);
  expect(heard).toEqual(['goodbye', 1, 'end']);
});

test('one that has gone without a word holds the end up for no more than a moment', async () => {
  const url = await running({ sockets: { drainTimeout: 60_000 } });
  const poller = await new Poller(url).open();
  poller.agent.destroy();
  const silent = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  const closed = new Promise((resolve) => silent.once('close', resolve));
  await new Promise((resolve) => silent.once('connect', resolve));
  const begun = performance.now();
  await app.stop();
  expect(performance.now() - begun).toBeLessThan(process.env.SPECTER_TIMINGS ? 1_500 : 10_000);
  await closed;
});
