// A client that asks by polling and never reads the answer holds nothing for ever: http.sendTimeout is for it, too.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ActionStage } from '../actions/stage.js';

let stage: ActionStage;
const raws: Socket[] = [];
afterEach(async () => {
  for (const raw of raws.splice(0)) raw.destroy();
  await stage.close();
});

/** Sends one request on a connection of its own, and gives what comes. */
async function send(text: string): Promise<{ raw: Socket; answer: string }> {
  const raw = connect(Number(new URL(stage.url).port), '127.0.0.1').on('error', () => {});
  raws.push(raw);
  raw.write(text);
  const [bytes] = await once(raw, 'data');
  return { raw, answer: String(bytes) };
}

const PATH = '/socket.io/?EIO=4&transport=polling';
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    stage.http.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}

/** A session that asks for all there is, which is more than the network takes, and reads no more than its beginning. */
async function neverReads(): Promise<void> {
  const opened = await send(get(PATH));
  opened.raw.destroy();
  const sid = /"sid":"([^"]+)"/.exec(opened.answer)?.[1];
  const joined = await send(post(`${PATH}&sid=${sid}`, '40'));
  joined.raw.destroy();
  stage.sockets.io.emit('much', 'x'.repeat(30_000_000));
  const { raw, answer } = await send(get(`${PATH}&sid=${sid}`));
  raw.pause();
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
}

// Teeth: left to engine.io, the connection with its thirty megabytes is still there after fifteen seconds (tried).
test('its connection is cut within sendTimeout and a little', async () => {
  stage = await new ActionStage({ http: { sendTimeout: 300 } }).open();
  await neverReads();
  const begun = performance.now();
  while ((await connections()) > 0) {
    if (performance.now() - begun > 15_000) throw new Error('it is still open');
    await new Promise((resolve) => setImmediate(resolve));
  }
}, 20_000);

test('one that only waits for something to be told is left alone', async () => {
  stage = await new ActionStage({ http: { sendTimeout: 100 } }).open();
  const opened = await send(get(PATH));
  const sid = /"sid":"([^"]+)"/.exec(opened.answer)?.[1];
  const waiting = connect(Number(new URL(stage.url).port), '127.0.0.1').on('error', () => {});
  raws.push(waiting);
  (await send(post(`${PATH}&sid=${sid}`, '40'))).raw.destroy();
  const { answer } = await send(get(`${PATH}&sid=${sid}`));
  expect(answer).toMatch(/40\{"sid"/);
  waiting.write(get(`${PATH}&sid=${sid}`));
  await new Promise((resolve) => stage.environment.clock.setTimeout(() => resolve(undefined), 1_200));
  stage.sockets.io.emit('late', 'news');
  const [bytes] = await once(waiting, 'data');
  expect(String(bytes)).toContain('42["late","news"]');
}, 20_000);
