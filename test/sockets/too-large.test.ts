// A message that is larger than it may be: the client is cut off, and the server says why.
import { socketWordings } from '../../src/sockets/events.js';
import { Stage, until } from './stage.js';

let stage: Stage;
let left: unknown[];
beforeEach(async () => {
  stage = await new Stage().open();
  left = [];
  stage.server.ingress.subscribe('disconnect', (reason) => void left.push(reason));
  stage.server.ingress.subscribe('echo', (value) => value);
});
afterEach(() => stage.close());

const large = 'x'.repeat(102_400);
const size = 'a message has more than 102400 bytes, sockets.maxHttpBufferSize';
const attachments = 'a message has more than 10 attachments';
const eleven = Array.from({ length: 11 }, () => Buffer.from([1]));

// Teeth: the only word of it was "transport error", "transport close" or "forced close" at debug (tried).
test.each([
  ['over a websocket', ['websocket'], large, size],
  ['by polling', ['polling'], large, size],
  ['after the upgrade', ['polling', 'websocket'], large, size],
  ['with eleven attachments', ['websocket'], eleven, attachments],
])(
  'a message that is too large, %s, cuts its connection; the reason is too_large, with the limit',
  async (_, transports, data, limit) => {
    const client = await stage.connected({ transports });
    const other = await stage.connected({ transports });
    await until(() => client.io.engine.transport.name === transports.at(-1));
    const { id } = client;
    const gone = new Promise((resolve) => client.once('disconnect', resolve));
    client.emit('echo', data);
    await gone;
    await until(() => left.length > 0);
    expect(left).toEqual(['too_large']);
    expect(stage.tellings('socket-disconnected')).toMatchObject([{ socket: id, reason: 'too_large' }]);
    const [told, ...more] = stage.tellings('socket-dropped');
    expect([told, more]).toMatchObject([{ socket: id, reason: 'too_large', limit }, []]);
    expect(await other.emitWithAck('echo', 'still here')).toBe('still here');
  },
);

test('the log names the option', async () => {
  const client = await stage.connected();
  const { id } = client;
  client.emit('echo', large);
  await until(() => stage.tellings('socket-dropped').length > 0);
  const [event] = stage.tellings('socket-dropped');
  expect(socketWordings['socket-dropped'].sentence(event as never)).toBe(
    `The connection of socket ${id} was cut: too_large (${size})`,
  );
});

test('a message of the largest size is no reason, nor is a body of a stranger', async () => {
  const client = await stage.connected({ transports: ['polling'] });
  expect(await client.emitWithAck('echo', 'x'.repeat(102_000))).toHaveLength(102_000);
  const url = `${stage.url}/socket.io/?EIO=4&transport=polling&sid=nobody`;
  expect((await fetch(url, { method: 'POST', body: large })).status).toBe(400);
  expect(stage.tellings('socket-dropped')).toEqual([]);
});
