// The hub as a process: how it ends, and what it finds again after kill -9.

import { until } from '../../../test/until.js';
import { alive } from './support/alive.js';
import { type BuiltHub, buildHub } from './support/built-hub.js';
import { CAP, HubProcess } from './support/hub-process.js';

let built: BuiltHub;
let hub: HubProcess;
beforeAll(() => {
  built = buildHub();
});
afterAll(() => built.remove());
afterEach(async () => {
  await hub.end('SIGKILL');
  for (const pid of Object.values(hub.pids()).filter(alive)) process.kill(pid, 'SIGKILL');
});

const areOnline = async (devices: number) => {
  const { counts } = await hub.get<{ counts: { online: number } }>('/devices');
  return counts.online === devices;
};
const online = (devices: number) => until('all are online', () => areOnline(devices), CAP);

test('starts its devices, obeys, and ends with all of them at SIGTERM', async () => {
  hub = new HubProcess(built.main, 4);
  await online(4);
  expect(await hub.post('command.send', { device: 'pressure-1', value: 7 })).toMatchObject({ ok: true, status: 202 });
  const pids = Object.values(hub.pids());
  expect(pids).toHaveLength(4);
  expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(pids.filter(alive)).toEqual([]);
  expect(hub.lines.join('\n')).toMatch(/^\S+ pressure-1 is online$/m);
});

test('killed, it leaves a device that hangs; started again, it sweeps that up', async () => {
  hub = new HubProcess(built.main, 2);
  await online(2);
  const { 'thermometer-1': hanging = 0, 'pressure-1': well = 0 } = hub.pids();
  process.kill(hanging, 'SIGSTOP');
  await hub.end('SIGKILL');
  await until('the other one ends by itself', () => !alive(well), CAP);
  expect(alive(hanging)).toBe(true);

  hub = new HubProcess(built.main, 2);
  await online(2);
  expect(alive(hanging)).toBe(false);
  expect(hub.events('process-swept')).toMatchObject([{ service: 'thermometer-1', pids: [hanging] }]);
  expect(await hub.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('says all that is wrong with its settings, and does not start', async () => {
  hub = new HubProcess(built.main, 0);
  expect(await hub.ended()).toEqual({ code: 1, signal: null });
  expect(hub.lines.join('\n')).toMatch(/IOT_DEVICES/);
});
