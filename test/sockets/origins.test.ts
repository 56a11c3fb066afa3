// Whose pages may connect: `sockets.origins`, else what `http.cors` lists.
import { request } from 'node:http';
import type { HttpOptions } from '../../src/http/options.js';
import type { SocketOptions } from '../../src/sockets/options.js';
import { originsOf } from '../../src/sockets/origins.js';
import { Stage, until } from './stage.js';

let stage: Stage;
afterEach(() => stage?.close());

const FILMS = 'https://films.example';
const EVIL = 'https://evil.example';

/** Whether pages of an origin get in, by websocket and by polling, and what browsers are told of it. */
async function door(options: SocketOptions, http: HttpOptions) {
  stage = await new Stage(options, http).open();
  const enters = async (origin: string | undefined, transport: 'websocket' | 'polling') => {
    const from = origin === undefined ? {} : { extraHeaders: { origin } };
    const connecting = stage.connected({ ...from, transports: [transport] });
    return connecting.then(
      () => true,
      () => false,
    );
  };
  return async (origin: string | undefined) => [await enters(origin, 'websocket'), await enters(origin, 'polling')];
}

const cors = (origins: string[]): HttpOptions => ({ cors: { origins } });

test('without either, only pages of this server itself, and who names no origin', async () => {
  const enter = await door({}, {});
  expect(await enter(stage.url)).toEqual([true, true]);
  expect(await enter(undefined)).toEqual([true, true]);
  expect(await enter(FILMS)).toEqual([false, false]);
});

test.each([
  ['https://films.example', 'films.example:443', true],
  ['http://films.example', 'films.example:80', true],
  ['https://films.example', 'Films.example', true],
  ['https://films.example:8443', 'films.example:8443', true],
  ['https://films.example', 'films.example:80', false],
  ['https://films.example', 'films.example:8443', false],
  ['https://films.example', '', false],
  ['null', 'null', false],
])('a page of %s is one of %s: %s', (origin, host, own) => {
  expect(originsOf(undefined, false).allows(origin, host)).toBe(own);
});

test('what http.cors lists gets in, patterns included, and pages of this server still do', async () => {
  const enter = await door({}, cors([FILMS, 'https://*.shows.example']));
  for (const origin of [FILMS, 'https://a.shows.example', stage.url, undefined])
    expect([origin, await enter(origin)]).toEqual([origin, [true, true]]);
  for (const origin of [EVIL, 'https://shows.example', `${FILMS}.evil.example`, 'null'])
    expect([origin, await enter(origin)]).toEqual([origin, [false, false]]);
});

test('a function of http.cors decides here, too', async () => {
  const enter = await door({}, { cors: { origins: (origin) => origin.endsWith('.example') } });
  expect(await enter(EVIL)).toEqual([true, true]);
  expect(await enter('https://example.org')).toEqual([false, false]);
});

test.each<[string, SocketOptions, string, boolean]>([
  ['another list', { origins: [EVIL] }, FILMS, false],
  ['another list', { origins: [EVIL] }, EVIL, true],
  ['an empty one', { origins: [] }, FILMS, false],
  ['everybody', { origins: '*' }, EVIL, true],
])('sockets.origins wins over http.cors: %s', async (_what, options, origin, enters) => {
  const enter = await door(options, cors([FILMS]));
  expect(await enter(origin)).toEqual([enters, enters]);
});

// Teeth: taken over, a websocket of any page would come with the cookies that CORS keeps out of requests (tried).
test("'*' of http.cors does not open the sockets to every page", async () => {
  const enter = await door({}, { cors: { origins: '*' } });
  expect(await enter(EVIL)).toEqual([false, false]);
  expect(await enter(stage.url)).toEqual([true, true]);
});

test.each<[string, SocketOptions, HttpOptions, string | undefined, string | undefined]>([
  ['what CORS lists', {}, cors([FILMS]), FILMS, undefined],
  ['what CORS lists, with cookies', {}, { cors: { origins: [FILMS], credentials: true } }, FILMS, 'true'],
  ['a list of its own', { origins: [FILMS] }, {}, FILMS, 'true'],
  ['everybody', { origins: '*' }, {}, '*', undefined],
  ['somebody else', {}, cors([EVIL]), undefined, undefined],
])('browsers are told of it: %s', async (_what, options, http, origin, credentials) => {
  stage = await new Stage(options, http).open();
  const told = await headersFor(`${stage.url}/socket.io/?EIO=4&transport=polling`, FILMS);
  expect(told['access-control-allow-origin']).toBe(origin);
  expect(told['access-control-allow-credentials']).toBe(credentials);
});

test('which origin was refused, and what to do, is told to the log and not to the page', async () => {
  const enter = await door({}, {});
  await enter(EVIL);
  expect(stage.tellings('socket-refused')[0]?.error.message).toBe(
    `Pages of the origin "${EVIL}" may not connect. If they are yours, add it to the option sockets.origins.`,
  );
});

// Teeth: closed as engine.io does it, each would be kept for half a minute more (tried).
test('pages that are refused keep nothing open, over polling neither', async () => {
  const enter = await door({}, {});
  expect(await enter(EVIL)).toEqual([false, false]);
  await until(() => stage.server.io.engine.clientsCount === 0);
});

test.each([[['films.example']], [['https://films.example/']], [[7]], [7]])(
  'origins that no browser sends are refused at the start: %j',
  (origins) => {
    expect(() => originsOf(origins as never, false)).toThrow(
      expect.objectContaining({
        code: 'SPECTER_INVALID_ARGUMENT',
        message: expect.stringContaining('sockets.origins'),
      }),
    );
  },
);

function headersFor(url: string, origin: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { origin }, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.headers));
    });
    asking.on('error', reject).end();
  });
}
