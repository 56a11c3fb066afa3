// Starts and stops an application that uses everything many times in one process, and tells what has grown. Needs --expose-gc.
// Arguments: warm-up cycles, cycles, `children` or `none`, and what each cycle leaves behind.
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Application, Bus, bootstrap } from '../../src/index.js';
import { leakCheck } from '../../src/testing/index.js';
import { everythingApp, outside, useIt } from './everything-app.js';

const [warmUp = '50', cycles = '1000', children = 'none', leaving = 'nothing'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'specter-cycles-'));
const gc = globalThis.gc ?? (() => process.exit(1));

/** A bus that outlives the applications, as one of a host application would. */
const shared = new Bus();
const LEAVES: Record<string, (service: object) => void> = {
  nothing: () => {},
  'a bus listener': (service) => void shared.on('anything', () => service),
};

const services: WeakRef<object>[] = [];
const App = everythingApp({
  children: children === 'children',
  leave: (service) => {
    services.push(new WeakRef(service));
    LEAVES[leaving]?.(service);
  },
});

const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

async function cycle(file: string): Promise<void> {
  const app: Application = await bootstrap(App, { logger: false, storage: { file: join(folder, file) } });
  services.push(new WeakRef(app));
  await useIt((await app.listen(0)).url);
  await app.stop();
}

/** Several times, with a pause between: what a timer or a closing socket holds is free a little later. */
async function collect(): Promise<number> {
  for (let i = 0; i < 8; i++) {
    await delay(25);
    gc();
  }
  return process.memoryUsage().heapUsed;
}

const emitters = { outside, output: process.stdout as EventEmitter };
for (let i = 0; i < Number(warmUp); i++) await cycle('same.sqlite');
services.length = 0;
// What the check itself keeps would be measured as well: the ledger of handles is left out.
const check = await leakCheck({
  emitters,
  probes: ['resources', 'handles', 'files', 'threads', 'processes', 'listeners', 'warnings'],
});
const before = await collect();
const begun = performance.now();
for (let i = 0; i < Number(cycles); i++) await cycle('same.sqlite');
const took = performance.now() - begun;
const after = await collect();
const leaks = await check.leaks();
check.close();
await collect();
const alive = services.filter((service) => service.deref() !== undefined).length;

rmSync(folder, { recursive: true });
process.stdout.write(
  `${JSON.stringify({
    cycles: Number(cycles),
    took: Math.round(took),
    heapGrowth: after - before,
    made: services.length,
    alive,
    sharedListeners: shared.listenerCount(),
    leaks,
    warnings,
  })}\n`,
);
