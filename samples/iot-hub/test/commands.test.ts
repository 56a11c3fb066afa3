// Commands to devices: one at a time for each, tried again while it is away.
import type { TestApplication } from 'specter-runtime/testing';
import { Fleet } from '../src/devices/fleet.js';
import type { FakeLinks } from './support/fake-links.js';
import { testHub } from './support/test-hub.js';

let app: TestApplication;
let links: FakeLinks;
beforeEach(async () => {
  ({ app, links } = await testHub());
});
afterEach(() => app.stop());

const send = (value: number, device = 'thermometer-1') =>
  app.http.post('/actions/command.send').send({ device, value });
const look = async (id: string) => (await app.http.get(`/commands/${id}`).expect(200)).body;

test('a command is done, and the table knows its value at once', async () => {
  const { body } = await send(25).expect(202);
  await app.clock.settle();
  expect(await look(body.value.id)).toMatchObject({ state: 'completed', answer: { accepted: true, value: 25 } });
  expect((await app.http.get('/devices/thermometer-1')).body).toMatchObject({ value: 25 });
});

test('while a device is away its command is tried again; the same one again is the same job, another one is refused', async () => {
  links.of('thermometer-1').leave();
  const { body } = await send(25).expect(202);
  await app.clock.settle();
  expect(await look(body.value.id)).toMatchObject({ state: 'failed', attempt: 1, error: 'nobody is there' });
  expect((await send(25).expect(202)).body.value.id).toBe(body.value.id);
  await send(26).expect(409);
  await send(26, 'thermometer-2').expect(202);

  links.of('thermometer-1').mode = 'up';
  await app.clock.advance(5_000);
  expect(await look(body.value.id)).toMatchObject({ state: 'completed', answer: { value: 25 } });
  await send(26).expect(202);
  await app.clock.settle();
});

test('a device that hangs costs five seconds for each attempt, six times; then the command is dead', async () => {
  links.of('thermometer-1').mode = 'silent';
  const { body } = await send(25).expect(202);
  await app.clock.advance(5_000);
  expect(await look(body.value.id)).toMatchObject({ state: 'failed', attempt: 1 });
  await app.clock.advance(180_000);
  expect(await look(body.value.id)).toMatchObject({ state: 'dead', attempt: 6 });
});

test('a command outlives a restart of the fleet; meanwhile the door says when to come back', async () => {
  links.of('thermometer-1').leave();
  const { body } = await send(25).expect(202);
  await app.clock.settle();
  await app.crash(Fleet, new Error('the radio is broken'));
  const { headers } = await send(26, 'thermometer-2').expect(503);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  links.of('thermometer-1').mode = 'up';
  await app.clock.advance(20_000);
  expect(await look(body.value.id)).toMatchObject({ state: 'completed', answer: { accepted: true, value: 25 } });
});

test('a refusal is an answer, and is not tried again', async () => {
  const { body } = await send(101).expect(202);
  await app.clock.settle();
  expect(await look(body.value.id)).toMatchObject({ state: 'completed', answer: { accepted: false, why: 'too much' } });
});

test('a command can be called off; what makes no sense is refused at the door', async () => {
  links.of('thermometer-1').leave();
  const { body } = await send(25).expect(202);
  await app.http.delete(`/commands/${body.value.id}`).expect(204);
  expect(await look(body.value.id)).toMatchObject({ state: 'cancelled' });
  await app.http.delete('/commands/nobody').expect(404);
  await send(25, 'thermometer-9').expect(404);
  await send(25, '../etc').expect(422);
  await send('warm' as never).expect(422);
});
