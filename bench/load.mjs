// Load: 64 keep-alive connections in a closed loop, by wrk where it is installed, else by autocannon.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bench } from './environment.mjs';

const CONNECTIONS = 64;
const has = (command) => spawnSync(command, ['--version']).error === undefined;
const pinned = process.platform === 'linux' && availableParallelism() > 1 && has('taskset');

/** Server and load do not share a core, where the system lets us choose. */
export const CORES = pinned ? { server: 0, load: 1 } : {};
export const generator = has('wrk') ? 'wrk' : 'autocannon';

/** Sends one request as often as it can: { requests, seconds, p50, p99 } in milliseconds. @throws when any failed */
export async function load(port, request, seconds) {
  const url = `http://127.0.0.1:${port}${request.path}`;
  const result = await (generator === 'wrk' ? byWrk : byAutocannon)(url, request, seconds);
  if (result.failed > 0 || result.requests === 0) throw new Error(`${result.failed} requests to ${url} failed`);
  return result;
}

async function byWrk(url, { method, body }, seconds) {
  const env = { ...process.env, BENCH_METHOD: method, ...(body && { BENCH_BODY: JSON.stringify(body) }) };
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', join(bench, 'wrk.lua'), url];
  const output = await run(['wrk', ...args], env);
  return JSON.parse(output.trim().split('\n').at(-1));
}

async function byAutocannon(url, { method, body }, seconds) {
  const file = createRequire(import.meta.url).resolve('autocannon');
  const payload = body ? ['-b', JSON.stringify(body), '-H', 'Content-Type=application/json'] : [];
  const args = ['-j', '-n', '-c', String(CONNECTIONS), '-d', String(seconds), '-m', method, ...payload, url];
  const { requests, latency, duration, errors, timeouts, non2xx } = JSON.parse(
    await run([process.execPath, file, ...args], process.env),
  );
  return {
    requests: requests.total,
    seconds: duration,
    failed: errors + timeouts + non2xx,
    p50: latency.p50,
    p99: latency.p99,
  };
}

async function run(command, env) {
  const whole = CORES.load === undefined ? command : ['taskset', '-c', String(CORES.load), ...command];
  const child = spawn(whole[0], whole.slice(1), { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const chunks = [];
  for await (const chunk of child.stdout) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
