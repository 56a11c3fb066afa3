// Times that come from the configuration: read from the instance at each start, typed by its class.
import { Cron, Interval, Lifecycle, Module, Poll, Service, Timeout, Watch, Watcher } from '../../src/index.js';
import { testApplication } from '../../src/testing/index.js';

class Settings {
  every = 1_000;
  once = 2_500;
  poll = 500;
  often = '* * * * *';
}

async function start(settings: Settings) {
  const seen = { interval: 0, timeout: 0, poll: 0, cron: 0 };
  @Watcher()
  class Sensor extends Watch<number> {
    private readonly every = settings.poll;
    @Poll((self: Sensor) => self.every) read() {
      return seen.poll++;
    }
  }
  @Service()
  class Timed extends Lifecycle {
    private readonly settings = settings;
    @Interval((self: Timed) => self.settings.every) tick() {
      seen.interval++;
    }
    @Timeout((self: Timed) => self.settings.once) once() {
      seen.timeout++;
    }
    @Cron((self: Timed) => self.settings.often, { timezone: 'UTC' }) often() {
      seen.cron++;
    }
  }
  @Module({ providers: [Timed, Sensor] })
  class App {}
  const app = await testApplication(App, { logger: false }).start();
  return { app, seen, Timed };
}

test('an interval, a timeout, a poll and a cron go by what their instance says', async () => {
  const { app, seen } = await start(new Settings());
  await app.clock.advance(5_000);
  expect(seen).toEqual({ interval: 5, timeout: 1, poll: 11, cron: 0 });
  await app.clock.advance(55_000);
  expect(seen.cron).toBe(1);
  await app.stop();
});

test('it is read anew at each start', async () => {
  const settings = new Settings();
  const { app, seen, Timed } = await start(settings);
  settings.every = 100;
  await app.restart(Timed);
  await app.clock.advance(1_000);
  expect(seen.interval).toBe(10);
  await app.stop();
});

test.each<[string, Partial<Settings>]>([
  ['@Interval of Timed.tick, read from the instance', { every: Number.NaN }],
  ['@Timeout of Timed.once, read from the instance', { once: -1 }],
  ['@Poll of Sensor.read, read from the instance', { poll: 0 }],
  ['@Cron of Timed.often, read from the instance', { often: 'at night' }],
])('what is no time fails the start, by name: %s', async (where, wrong) => {
  await expect(start(Object.assign(new Settings(), wrong))).rejects.toMatchObject({
    cause: { code: 'SPECTER_INVALID_ARGUMENT', message: expect.stringContaining(where) },
  });
});
