// A thousand starts and stops in one process leave nothing: no memory, no file, no thread, no listener, no service that is still alive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Leak } from '../src/testing/index.js';
import { compiled } from './processes/compiled.js';

jest.setTimeout(300_000);

/** 1 is the whole promise, as the release is tested; day by day a part of it is enough. */
const SCALE = Number(process.env.RELIABILITY_SCALE ?? 0.2);
const scaled = (count: number) => Math.max(10, Math.round(count * SCALE));
/** Less than a kilobyte for each of a thousand. Fewer get no less: what is loaded and compiled late counts as well. */
const HEAP = 1_000_000;

interface Grown {
  readonly cycles: number;
  /** Milliseconds. */
  readonly took: number;
  /** Bytes. */
  readonly heapGrowth: number;
  /** Services and applications that were made, and those that the collector could not take. */
  readonly made: number;
  readonly alive: number;
  readonly sharedListeners: number;
  readonly leaks: readonly Leak[];
  readonly warnings: readonly string[];
}

async function cycles(warmUp: number, count: number, ...how: string[]): Promise<Grown> {
  const file = compiled(join(__dirname, 'processes', 'cycles.ts'));
  // Code that is optimized later would be counted as growth.
  const args = ['--expose-gc', '--no-opt', file, String(warmUp), String(count), ...how];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_ENV: 'test' },
    stdio: ['ignore', 'pipe', 2],
  });
  let text = '';
  child.stdout?.on('data', (data: Buffer) => {
    text += data;
  });
  const [code] = await once(child, 'close');
  expect({ code, text }).toMatchObject({ code: 0 });
  return JSON.parse(text) as Grown;
}

/** What is told of a run that leaves nothing. */
const CLEAN = { alive: 0, sharedListeners: 0, leaks: [], warnings: [] };

test.concurrent(`${scaled(1_000)} starts and stops of an application that uses everything leave nothing`, async () => {
  const { heapGrowth, ...rest } = await cycles(50, scaled(1_000), 'none');
  expect(rest).toMatchObject({ ...CLEAN, made: 2 * scaled(1_000) });
  expect(heapGrowth).toBeLessThan(HEAP);
});

test.concurrent(`${scaled(100)} starts and stops with child processes leave nothing`, async () => {
  const { heapGrowth, ...rest } = await cycles(30, scaled(100), 'children');
  expect(rest).toMatchObject({ ...CLEAN, made: 2 * scaled(100) });
  expect(heapGrowth).toBeLessThan(HEAP);
});

test.concurrent('one listener of a bus that each cycle forgets is seen: it keeps every service alive', async () => {
  const { alive, made, sharedListeners } = await cycles(10, 30, 'none', 'a bus listener');
  expect(sharedListeners).toBe(40);
  expect(alive).toBeGreaterThanOrEqual(made / 2);
});
