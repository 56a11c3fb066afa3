// Uses every primitive there is for a while, stops, tells what the probes see, and ends by itself. The arguments say what is left behind.
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Application, bootstrap } from '../../src/index.js';
import { leakCheck } from '../../src/testing/index.js';
import { everythingApp, outside, useIt } from './everything-app.js';

/** What an application might forget. */
const LEAVES: Record<string, () => void> = {
  'an interval': () => void setInterval(() => {}, 1_000),
  'an unref interval': () => void setInterval(() => {}, 1_000).unref(),
  'a file': () => void openSync(folder, 'r'),
  // Its parent ends at once, so that nobody but the mark in its environment tells whose it is.
  'a grandchild': () => void spawn('sh', ['-c', 'sleep 301 &'], { stdio: 'ignore', detached: true }).unref(),
  'a warning': () => {
    const emitter = new EventEmitter();
    for (let i = 0; i < 11; i++) emitter.on('anything', () => {});
  },
  'a listener': () => void outside.on('anything', () => {}),
  'a listener on process': () => void process.on('SIGUSR2', () => {}),
};

const [duration = '100', ...leaving] = process.argv.slice(2);
const leave = () => {
  for (const what of leaving) LEAVES[what]?.();
};
const folder = mkdtempSync(join(tmpdir(), 'specter-everything-'));

/** Starts it, uses it for some milliseconds, and stops it. */
async function run(file: string, ms: number, leave?: () => void): Promise<Application> {
  const App = everythingApp({ children: true, ...(leave && { leave }) });
  const app = await bootstrap(App, { signals: true, logger: false, storage: { file: join(folder, file) } });
  await useIt((await app.listen(0)).url);
  await delay(ms);
  await app.stop();
  return app;
}

await run('warm.sqlite', 50);
const check = await leakCheck({ emitters: { outside } });
const alive = () =>
  process
    .getActiveResourcesInfo()
    .filter((resource) => !resource.includes('Req'))
    .sort();
const before = alive();
const app = await run('real.sqlite', Number(duration), leave);
process.stdout.write('it stopped\n');
const leaks = await check.leaks(app);
const after = alive();
check.close();
for (const { kind, label } of leaks) if (kind === 'process') process.kill(Number.parseInt(label, 10));
rmSync(folder, { recursive: true });
process.stdout.write(`${JSON.stringify({ leaks, missing: check.missing, resources: { before, after } })}\n`);
