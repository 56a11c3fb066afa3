// startProcess: makes a process and starts it, in one step.
import { basename } from 'node:path';
import type { Owner } from '../kernel/scope.js';
import { createProcess, type ManagedProcess } from './managed-process.js';
import type { ProcessOptions } from './options.js';

/**
 * Makes a process that belongs to `owner`, starts it, and waits until it is ready.
 *
 * @param options.name - default: the last part of the command
 * @throws SPECTER_SPAWN, SPECTER_NOT_READY, SPECTER_PROCESS_EXIT when it ends before it is ready
 * @example
 * @Service()
 * class Clock extends Lifecycle {
 *   protected override async onStart() {
 *     const top = await startProcess(this, 'top', ['-b'], { restart: { on: 'failure' } });
 *     top.watchStream('stdout', (line) => console.log(line));
 *   }
 * }
 */
export async function startProcess(
  owner: Owner,
  command: string,
  args: readonly string[] = [],
  { name, ...options }: Omit<ProcessOptions, 'owner'> & { readonly name?: string } = {},
): Promise<ManagedProcess> {
  return createProcess(name ?? basename(String(command)), command, args, { ...options, owner }).start();
}
