// The exit guard: when this process exits with children running, whoever makes it exit, they do not outlive it.
import type { Release } from '../kernel/clock.js';
import type { Group } from './group.js';

const running = new Set<Group>();

function killAll(): void {
  for (const group of running) group.signal('SIGKILL');
}

/** Ends the group at the exit of this process, unless it is released before. */
export function guardExit(group: Group): Release {
  if (running.size === 0) process.on('exit', killAll);
  running.add(group);
  return () => {
    if (running.delete(group) && running.size === 0) process.removeListener('exit', killAll);
  };
}
