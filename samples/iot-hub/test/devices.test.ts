// Devices that leave, hang and come back, in virtual time.
import type { TestApplication } from 'specter-runtime/testing';
import { DeviceTable } from '../src/devices/device-table.js';
import { Fleet } from '../src/devices/fleet.js';
import type { FakeLinks } from './support/fake-links.js';
import { testHub } from './support/test-hub.js';

const MINUTE = 60_000;
let app: TestApplication;
let links: FakeLinks;
const begin = async (options: Parameters<typeof testHub>[0] = {}) => ({ app, links } = await testHub(options));
afterEach(() => app?.stop());

const row = (id: string) => app.get(DeviceTable).row(id);

test('all devices are online, and the list can be asked by status, kind and page', async () => {
  await begin();
  const { body } = await app.http.get('/devices?kind=thermometer&size=1&page=2').expect(200);
  expect(body).toMatchObject({ counts: { online: 4 }, total: 2, devices: [{ id: 'thermometer-2', value: 20 }] });
  await app.http.get('/devices?colour=red&page=0').expect(422);
  for (const id of ['thermometer-9', '__proto__', 'thermometer-1.value'])
    await app.http.get(`/devices/${id}`).expect(404);
  expect(await app.health()).toMatchObject({ status: 'up', services: { Fleet: { status: 'up', devices: 4 } } });
});

test('a device that leaves is offline at once, the reason is in the health, and it comes back by itself', async () => {
  await begin();
  links.of('pressure-1').leave();
  expect(row('pressure-1')).toMatchObject({ status: 'offline', trouble: 'it has left' });
  expect((await app.health()).services.Fleet).toMatchObject({
    status: 'degraded',
    troubled: 1,
    reasons: ['pressure-1 is offline: it has left'],
  });
  await app.clock.advance(2 * MINUTE);
  expect(row('pressure-1')).toMatchObject({ status: 'offline', trouble: 'nobody is there', value: 20 });

  links.of('pressure-1').mode = 'up';
  await app.clock.advance(MINUTE);
  expect(row('pressure-1')).toMatchObject({ status: 'online', trouble: null });
  expect((await app.health()).status).toBe('up');
});

test('one that hangs is cut off after three silences, and opened anew', async () => {
  await begin();
  const link = links.of('humidity-1');
  link.mode = 'silent';
  await app.clock.advance(MINUTE + 1_000);
  expect(row('humidity-1')).toMatchObject({ status: 'offline', trouble: 'no answer within 1000 ms' });
  expect(link.cuts).toBe(0);
  await app.clock.advance(10_000);
  expect(link.cuts).toBe(1);
  link.mode = 'up';
  await app.clock.advance(10_000);
  expect([row('humidity-1')?.status, link.opened]).toEqual(['online', 2]);
});

test('one that is away for long is lost, does not disturb the others, and gets another chance every five minutes', async () => {
  await begin();
  links.of('pressure-1').leave();
  await app.clock.advance(10 * MINUTE);
  expect(row('pressure-1')).toMatchObject({
    status: 'lost',
    trouble: expect.stringMatching(/gave up after 13 failures/),
  });
  expect([links.of('humidity-1').opened, app.get(DeviceTable).counts]).toMatchObject([1, { online: 3, lost: 1 }]);
  links.of('pressure-1').mode = 'up';
  await app.clock.advance(6 * MINUTE);
  expect(app.get(DeviceTable).counts).toEqual({ new: 0, online: 4, offline: 0, lost: 0 });
});

test('when most are lost the fleet is restarted; when that does not help either, the hub ends', async () => {
  await begin();
  const starts: number[] = [];
  app.events.on('starting', ({ service, at }) => service === 'Fleet' && starts.push(at));
  for (const link of links.all) link.leave();
  const closed = app.closed.catch((error) => error);
  await app.clock.advance(60 * MINUTE);
  expect(await closed).toMatchObject({ code: 'SPECTER_ESCALATED', cause: { message: '3 of 4 devices are lost' } });
  expect(starts).toHaveLength(3);
});

test('an action resets a device', async () => {
  await begin();
  await app.http.post('/actions/device.reset').send({ device: 'pressure-1' }).expect(200);
  expect(links.of('pressure-1').cuts).toBe(1);
  await app.clock.advance(MINUTE);
  expect(links.of('pressure-1').opened).toBe(2);
  await app.http.post('/actions/device.reset').send({ device: 'pressure-9' }).expect(404);
});

test('a thousand devices: all are asked every minute, and half of them leave at once', async () => {
  await begin({ env: { IOT_DEVICES: '1000' } });
  await app.clock.advance(MINUTE);
  expect(app.get(DeviceTable).counts.online).toBe(1_000);
  expect(links.all.every(({ asked }) => asked.length === 2)).toBe(true);
  for (const link of links.all.slice(500)) link.leave();
  const { status, troubled, reasons } = app.get(Fleet).health();
  expect([status, troubled, (reasons as string[]).length]).toEqual(['degraded', 500, 5]);
  expect((await app.http.get('/devices?status=offline&size=10')).body).toMatchObject({ total: 500 });
});
