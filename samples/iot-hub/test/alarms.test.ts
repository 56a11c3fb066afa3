// Alarms over windows of values, and who is told.
import type { TestApplication } from 'specter-runtime/testing';
import type { FakeLinks } from './support/fake-links.js';
import type { FakeTerminal } from './support/fake-terminal.js';
import { testHub } from './support/test-hub.js';

const MINUTE = 60_000;
let app: TestApplication;
let links: FakeLinks;
let terminal: FakeTerminal;
beforeEach(async () => {
  ({ app, links, terminal } = await testHub());
});
afterEach(() => app.stop());

const alarms = async () => (await app.http.get('/alarms').expect(200)).body.map(({ rule }: { rule: string }) => rule);

test('one hot value is no alarm; some minutes of them are, until it has cooled down', async () => {
  const link = links.of('thermometer-1');
  await app.clock.advance(10 * MINUTE);
  link.value = 45;
  await app.clock.advance(MINUTE);
  link.value = 20;
  await app.clock.advance(5 * MINUTE);
  expect(terminal.text).not.toContain('too warm');

  link.value = 45;
  await app.clock.advance(5 * MINUTE);
  expect(await alarms()).toEqual(['too warm']);
  link.value = 20;
  await app.clock.advance(5 * MINUTE);
  expect(await alarms()).toEqual([]);
  expect(terminal.text).toMatch(/ALARM thermometer-1: too warm, at 45\n.*thermometer-1: no longer too warm\n/);
});

test('pressure that falls, and a sensor that says the same for an hour', async () => {
  await app.clock.advance(10 * MINUTE);
  for (let i = 0; i < 11; i++) {
    links.of('pressure-1').value -= 1.1;
    await app.clock.advance(MINUTE);
  }
  expect(await alarms()).toEqual(['falls']);
  await app.clock.advance(60 * MINUTE);
  expect(await alarms()).toEqual(['stuck']);
});

test('dashboards get the counts and the alarms; a device only those who have joined its topic', async () => {
  const socket = await app.socket();
  const told: unknown[] = [];
  for (const event of ['counts', 'device', 'alarms'])
    socket.on(event, (data) => told.push([event, data.id ?? data.online]));
  expect(await socket.emitWithAck('topic:join', 'device:pressure-1')).toEqual({ ok: true });
  expect(await socket.emitWithAck('topic:join', 'device:pressure-9')).toMatchObject({ error: { status: 403 } });
  told.length = 0;
  links.of('humidity-1').leave();
  links.of('pressure-1').leave();
  await socket.emitWithAck('topic:leave', 'nothing'); // what was sent before has come now
  expect(told).toEqual([['counts', 3], ['device', 'pressure-1'], ['counts', 2]]); // biome-ignore format: a list
});
