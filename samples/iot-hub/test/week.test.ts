// A week of the hub in virtual time: one with a night in which the clocks are put forward.
import type { TestApplication } from 'specter-runtime/testing';
import { DeviceTable } from '../src/devices/device-table.js';
import { History } from '../src/history/history.js';
import { NightlyReport } from '../src/report/nightly-report.js';
import { type TestHub, testHub } from './support/test-hub.js';

const HOUR = 3_600_000;
let app: TestApplication;
afterEach(() => app?.stop());

const week = async (now: string): Promise<TestHub> => {
  const hub = await testHub({ env: { IOT_DEVICES: '3' }, now: new Date(now) });
  app = hub.app;
  for (let day = 0; day < 7; day++) {
    await app.clock.advance(12 * HOUR);
    hub.links.of('humidity-1').leave(); // for lunch
    await app.clock.advance(HOUR);
    hub.links.of('humidity-1').mode = 'up';
    await app.clock.advance(11 * HOUR);
  }
  return hub;
};

test('a week in spring: a report each night, one of a day of 23 hours; no history grows beyond its ring', async () => {
  const { links } = await week('2026-03-25T23:00:00Z'); // midnight in Berlin
  const { reports } = app.get(NightlyReport).state;
  expect(reports.map(({ day, hours }) => [day, hours])).toEqual([
    ['2026-03-26', 24],
    ['2026-03-27', 24],
    ['2026-03-28', 24],
    ['2026-03-29', 23],
    ['2026-03-30', 24],
    ['2026-03-31', 24],
    ['2026-04-01', 24],
  ]);
  const readings = reports.map(({ devices }) => devices['pressure-1']?.readings ?? 0);
  expect(readings[3]).toBeGreaterThanOrEqual(23 * 60);
  expect(readings[3]).toBeLessThanOrEqual(23 * 60 + 1);
  expect(links.of('pressure-1').asked.length).toBeGreaterThan(7 * 24 * 60);
  expect(app.get(History).of('pressure-1')).toHaveLength(25 * 60);
  expect(links.of('humidity-1').opened).toBe(8);
  expect(reports[1]?.devices['humidity-1']?.readings).toBeGreaterThan(22 * 60);
  expect(app.get(DeviceTable).counts.online).toBe(3);
  expect(app.clock.pending).toBeLessThan(20);
});

test('a day in autumn has 25 hours, and all of them are in its report', async () => {
  app = (await testHub({ env: { IOT_DEVICES: '1' }, now: new Date('2026-10-24T22:00:00Z') })).app;
  await app.clock.advance(25 * HOUR);
  const [report] = app.get(NightlyReport).state.reports;
  expect(report).toMatchObject({ day: '2026-10-25', hours: 25 });
  expect(report?.devices['thermometer-1']?.readings).toBeGreaterThanOrEqual(25 * 60 - 1);
});

test('the night is that of the house', async () => {
  const env = { IOT_DEVICES: '1', IOT_TIMEZONE: 'Asia/Tokyo' };
  app = (await testHub({ env, now: new Date('2026-01-01T10:00:00Z') })).app;
  await app.clock.advance(5 * HOUR);
  expect((await app.http.get('/reports')).body).toMatchObject([{ day: '2026-01-01', hours: 5, alarms: 0 }]);
});
