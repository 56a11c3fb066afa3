// Program: one measured program in a fresh process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bench } from './environment.mjs';

const READY_WITHIN = 30_000;
const ENVIRONMENT = { PATH: process.env.PATH, NODE_ENV: 'production' };

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/**
 * Starts `build/apps/<name>.js` and waits until it says that it is ready.
 *
 * @param flags - Node's own
 * @param core - the one core it may use, when the machine lets us choose
 * @returns what it said, `wall` (ms from before the spawn to its word), `ask()` for its CPU time, and `end()`
 */
export async function startProgram(name, { args = [], flags = [], core, channel = false } = {}) {
  const command = [process.execPath, ...flags, join(bench, 'build', 'apps', `${name}.js`), ...args];
  if (core !== undefined) command.unshift('taskset', '-c', String(core));
  const begun = performance.now();
  const child = spawn(command[0], command.slice(1), {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit', ...(channel ? ['ipc'] : [])],
  });
  running.add(child);
  const facts = await firstLine(child, name);
  const wall = performance.now() - begun;
  return { ...facts, wall, ask: (what = 'cpu') => ask(child, what), end: () => end(child) };
}

async function firstLine(child, name) {
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    return JSON.parse(line);
  }
  clearTimeout(timer);
  throw new Error(`${name} ended before it was ready`);
}

async function ask(child, what) {
  child.send(what);
  const [answer] = await once(child, 'message');
  return answer;
}

async function end(child) {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  running.delete(child);
}
