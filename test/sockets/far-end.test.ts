// Who is at the other end of a socket: forwarded headers count for sockets as they do for requests, and as little.
import 'reflect-metadata';
import { type IncomingMessage, request } from 'node:http';
import { io, type Socket } from 'socket.io-client';
import { type Application, bootstrap, type Call, Handler, Module, On, type TrustProxy } from '../../src/index.js';
import type { Handshake } from '../../src/sockets/options.js';
import { Stage, until } from './stage.js';

const FORWARDED = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'films.example',
};

@Handler()
class Echo {
  @On('echo') echo(text: string) {
    return text;
  }
}

@Module({ providers: [Echo] })
class AppModule {}

let app: Application | undefined;
const clients: Socket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await app?.stop();
});

/** What guards and `sockets.session` see of one client that connects and emits. */
async function seen(
  trustProxy: TrustProxy | undefined,
  headers: Record<string, string> = FORWARDED,
  transports: ('polling' | 'websocket')[] = ['websocket'],
) {
  const calls: [Call['kind'], string][] = [];
  const handshakes: Handshake[] = [];
  app = await bootstrap(AppModule, {
    http: trustProxy === undefined ? {} : { trustProxy },
    sockets: {
      session: (handshake) => {
        handshakes.push(handshake);
        return { id: 'ada', data: undefined };
      },
    },
    guards: [({ kind, ip }) => calls.push([kind, ip]) > 0],
    logger: false,
    signals: false,
  });
  const { url, port } = await app.listen(0);
  const client = io(url, { transports, extraHeaders: headers, forceNew: true, reconnection: false });
  clients.push(client);
  await client.emitWithAck('echo', 'hi');
  const { address, secure, host } = handshakes[0] as Handshake;
  return { calls, address, secure, host, port };
}

describe.each([[['websocket']], [['polling']], [['polling', 'websocket']]] as ('polling' | 'websocket')[][][])(
  'over %j',
  (transports) => {
    // Teeth: socket.io itself shows the address of the proxy here, and would believe nobody (tried).
    test('what a trusted proxy forwards is what guards and the handshake see', async () => {
      expect(await seen(['loopback', '198.51.100.0/24'], FORWARDED, transports)).toMatchObject({
        calls: [
          ['connection', '203.0.113.7'],
          ['event', '203.0.113.7'],
        ],
        address: '203.0.113.7',
        secure: true,
        host: 'films.example',
      });
    });

    test.each([[undefined], [false as const], [['192.0.2.1']]])(
      'what anybody else forwards counts for nothing (%j)',
      async (trust) => {
        const { port, ...told } = await seen(trust, FORWARDED, transports);
        expect(told).toEqual({
          calls: [
            ['connection', '127.0.0.1'],
            ['event', '127.0.0.1'],
          ],
          address: '127.0.0.1',
          secure: false,
          host: `127.0.0.1:${port}`,
        });
      },
    );
  },
);

test.each<[string, TrustProxy, string, string]>([
  ['one proxy: what it wrote last', 1, '203.0.113.7, 198.51.100.2', '198.51.100.2'],
  ['by network', ['loopback', '198.51.100.0/24'], '192.0.2.9, 203.0.113.7, 198.51.100.2', '203.0.113.7'],
  ['nobody forwards', 1, '', '127.0.0.1'],
  ['markup ends the list', 'loopback', '<script>', '127.0.0.1'],
])('the rules are those of HTTP: %s', async (_what, trust, forwarded, address) => {
  expect(await seen(trust, { 'x-forwarded-for': forwarded })).toMatchObject({ address });
});

describe('what depends on the host', () => {
  let stage: Stage;
  afterEach(() => stage?.close());
  const page = (origin: string, host: string) => ({ extraHeaders: { origin, 'x-forwarded-host': host } });

  test('is the page of this server itself: its name is what the trusted proxy says', async () => {
    stage = await new Stage({}, { trustProxy: 'loopback' }).open();
    await stage.connected(page('https://films.example', 'films.example'));
    const { data } = await stage.refused(page('https://films.example', 'other.example'));
    expect(data).toMatchObject({ status: 403, code: 'SPECTER_ORIGIN' });
  });

  test('nobody but a trusted proxy can say it: a page cannot call itself one of this server', async () => {
    stage = await new Stage().open();
    const { data } = await stage.refused(page('https://evil.example', 'evil.example'));
    expect(data).toMatchObject({ status: 403, code: 'SPECTER_ORIGIN' });
  });

  test('are the names of http.allowedHosts: under others nobody gets in, whose page it may be', async () => {
    stage = await new Stage({}, { allowedHosts: ['films.example'] }).open();
    const under = (host: string, origin = `http://${host}`) => ({ extraHeaders: { host, origin } });
    await stage.connected(under('films.example'));
    const { data } = await stage.refused(under('rebound.example'));
    expect(data).toMatchObject({ status: 421, code: 'SPECTER_HOST' });
    await until(() => stage.server.io.engine.clientsCount === 1);
  });
});

test('it is asked at the first request of a connection: later ones come when that has gone', async () => {
  const stage = await new Stage({}, { trustProxy: 'loopback' }).open();
  const addresses: string[] = [];
  stage.server.ingress.subscribe('connection', (_, { socket }) => void addresses.push(socket.handshake.address));
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const poll = `${stage.url}/socket.io/?EIO=4&transport=polling`;
  const opened = await ask(poll, headers);
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  // Each on a connection of its own, which is gone before the next one.
  await ask(`${poll}&sid=${sid}`, {}, '40');
  await until(() => addresses.length === 1);
  expect(addresses).toEqual(['203.0.113.7']);
  await stage.close();
});

function ask(url: string, headers: Record<string, string>, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const asking = request(url, { headers, method, agent: false }, (response: IncomingMessage) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('close', () => resolve(text));
    });
    asking.on('error', reject).end(body);
  });
}
