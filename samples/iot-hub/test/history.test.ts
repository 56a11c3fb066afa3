// What is remembered: a ring for each device, and statistics that are at most a minute old.
import type { TestApplication } from 'specter-runtime/testing';
import { Ring } from '../src/history/ring.js';
import { testHub } from './support/test-hub.js';

let app: TestApplication;
afterEach(() => app?.stop());

test('a ring keeps the latest, and gives them from a moment on', () => {
  const ring = new Ring(3);
  expect(ring.since(0)).toEqual([]);
  for (let at = 1; at <= 5; at++) ring.push({ at, value: at * 10 });
  expect(ring.since(0).map(({ at }) => at)).toEqual([3, 4, 5]);
  expect(ring.since(5)).toEqual([{ at: 5, value: 50 }]);
  expect(ring.size).toBe(3);
});

test('the history has each reading at once, the statistics within a minute', async () => {
  app = (await testHub()).app;
  const get = async (what: string) => (await app.http.get(`/devices/thermometer-1/${what}`).expect(200)).body;
  expect(await get('statistics')).toEqual({ readings: 1, least: 20, most: 20, mean: 20 });
  await app.http.post('/actions/command.send').send({ device: 'thermometer-1', value: 30 }).expect(202);
  await app.clock.settle();
  expect((await get('history')).map(({ value }: { value: number }) => value)).toEqual([20, 30]);
  expect(await get('statistics')).toMatchObject({ readings: 1 });
  await app.clock.advance(60_000);
  expect(await get('statistics')).toEqual({ readings: 3, least: 20, most: 30, mean: 80 / 3 });
});
