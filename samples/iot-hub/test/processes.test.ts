// Real devices: child processes that are killed, stopped and come and go; in the end none is left.
import type { Clock } from 'specter-runtime';
import { leakCheck, type TestApplication, testApplication } from 'specter-runtime/testing';
import { until } from '../../../test/until.js';
import { DeviceTable } from '../src/devices/device-table.js';
import { KnownDevices } from '../src/devices/known-devices.js';
import { IotHub } from '../src/iot-hub.js';
import { DeviceProgram } from '../src/links/device-program.js';
import { Terminal } from '../src/screen/terminal.js';
import { alive } from './support/alive.js';
import { type BuiltHub, buildHub } from './support/built-hub.js';
import { FakeTerminal } from './support/fake-terminal.js';
import { CAP } from './support/hub-process.js';

let built: BuiltHub;
let app: TestApplication<Clock>;
let pids: Record<string, number>;
beforeAll(() => {
  built = buildHub();
});
afterAll(() => built.remove());
afterEach(() => app?.stop());

const env = { IOT_DEVICES: '3', IOT_INTERVAL: '50', IOT_PATIENCE: '1500', IOT_MOODS: 'steady' };

async function begin(): Promise<void> {
  pids = {};
  const prepared = testApplication(IotHub, { env, clock: 'real', logger: false })
    .override(DeviceProgram).useValue({ args: [built.device] })
    .override(Terminal).useValue(new FakeTerminal()); // biome-ignore format: a list
  app = await prepared.start();
  app.events.on('process-started', ({ service, pid }) => void (pids[service] = pid));
  await until('all are online', () => app.get(DeviceTable).counts.online === 3, CAP);
}

const status = (id: string) => app.get(DeviceTable).row(id)?.status;
const pidOf = (id: string) => pids[id] as number;

/** Does something to the process of a device, and waits until it is online with another one. */
async function comesBackAfter(id: string, signal: NodeJS.Signals): Promise<void> {
  const before = pidOf(id);
  process.kill(before, signal);
  await until(`${id} is missed`, () => status(id) === 'offline', CAP);
  await until(`${id} is back`, () => status(id) === 'online' && pidOf(id) !== before, CAP);
  expect(alive(before)).toBe(false);
}

test('kill -9, a device that hangs, and one that flaps: each comes back, the others notice nothing, nothing is left', async () => {
  await begin();
  await app.stop(); // what is loaded at the first run stays loaded
  const check = await leakCheck({ probes: ['owned', 'made', 'listeners', 'processes', 'warnings'] });
  await begin();
  const calm = pidOf('humidity-1');
  await comesBackAfter('thermometer-1', 'SIGKILL');
  await comesBackAfter('thermometer-1', 'SIGSTOP');
  for (let round = 0; round < 3; round++) await comesBackAfter('pressure-1', 'SIGTERM');
  expect([pidOf('humidity-1'), alive(calm)]).toEqual([calm, true]);
  await app.stop();
  await check.end(app);
  expect(Object.values(pids).filter(alive)).toEqual([]);
});

test('a stop does not wait for a device that hangs', async () => {
  await begin();
  process.kill(pidOf('thermometer-1'), 'SIGSTOP');
  await app.stop();
  expect(Object.values(pids).filter(alive)).toEqual([]);
});

test('a command reaches the program, and a refusal comes back from it', async () => {
  await begin();
  for (const [value, answer] of [
    [55, { accepted: true, value: 55 }],
    [500, { accepted: false, why: 'thermometer-1 goes from -100 to 100' }],
  ] as const) {
    const { body } = await app.http.post('/actions/command.send').send({ device: 'thermometer-1', value });
    const completed = async () => {
      const { body: job } = await app.http.get(`/commands/${body.value.id}`);
      return job.state === 'completed' && job;
    };
    const done = await until('it is done', completed, CAP);
    expect(done).toMatchObject({ answer });
  }
});

test('the devices of the sample misbehave in turn', () => {
  const moods = (config: object) => new KnownDevices(config as never).all.map(({ mood }) => mood);
  expect(new Set(moods({ devices: 8, moods: 'mixed' }))).toEqual(new Set(['steady', 'flapping', 'hanging', 'dying']));
  expect(new Set(moods({ devices: 8, moods: 'steady' }))).toEqual(new Set(['steady']));
});
