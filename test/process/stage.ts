// What the tests of this folder share: programs in Node, an owner, a wait for a condition, and who is left.
import { readdirSync, readFileSync } from 'node:fs';
import { Bus } from '../../src/kernel/bus.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';
import { Scope } from '../../src/kernel/scope.js';
import { createProcess, type ManagedProcess } from '../../src/process/managed-process.js';
import type { ProcessOptions } from '../../src/process/options.js';
import { type Heard, hear } from '../kernel/heard.js';

export const NODE = process.execPath;
export const LINUX = process.platform === 'linux';

/** Lives until it is asked to end. */
export const LIVES = 'setInterval(() => {}, 1000)';
/** Says that it has come so far that it ignores SIGTERM. */
export const IGNORES = `process.on('SIGTERM', () => {}); console.log('deaf'); ${LIVES}`;

const made: ManagedProcess[] = [];
const scopes: Scope[] = [];

type Named = ProcessOptions & { readonly name?: string };

/** A process that runs a script of Node's, with a scope whose events are kept. */
export function script(code: string, options: Named = {}): { child: ManagedProcess; heard: Heard } {
  return command(NODE, ['-e', code], options);
}

/** Any program. */
export function command(program: string, args: readonly string[], { name = 'child', ...options }: Named = {}) {
  const heard = hear();
  const owner = new Scope('owner', { events: heard.events });
  const child = createProcess(name, program, args, { owner, ...options });
  made.push(child);
  scopes.push(owner);
  return { child, heard, owner };
}

/** Ends everything that the tests of a file have made. */
export async function endAll(): Promise<void> {
  await Promise.all(made.splice(0).map((child) => child.stop()));
  await Promise.all(scopes.splice(0).map((scope) => scope.close()));
}

/** An owner with a life, whose errors are kept. */
export class Owner extends Lifecycle {
  failed: Error[] = [];
  /** @param work - its onStart */
  constructor(
    readonly work: (self: Owner) => unknown = () => {},
    options: { clock?: Clock; stopTimeout?: number } = {},
  ) {
    super({}, { ...options, bus: new Bus({ clock: options.clock ?? systemClock, events: hear().events }) });
  }
  protected override async onStart() {
    await this.work(this);
  }
}

/** All lines of a stream so far. */
export function linesOf(child: ManagedProcess, stream: 'stdout' | 'stderr' = 'stdout'): string[] {
  const lines: string[] = [];
  child.watchStream(stream, (line) => lines.push(line));
  return lines;
}

/** Waits until something holds; a minute is for ever. */
export async function until(holds: () => unknown): Promise<void> {
  const end = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`It did not come to hold: ${holds}`);
    await systemClock.sleep(5);
  }
}

/** Processes that run and have the text in their environment or command line. */
export function carriersOf(text: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
      return !/\) [ZX] /.test(read('stat')) && (read('environ').includes(text) || read('cmdline').includes(text));
    } catch {
      return false;
    }
  });
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !LINUX || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
