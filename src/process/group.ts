// Group: a process with everything it has started, as long as that has not left its process group.
import { hasMembers, hasTable } from './process-table.js';

/** Windows has no groups: there only the process itself hears a signal. */
const GROUPS = process.platform !== 'win32';

/** The process that leads it has the same number. */
export class Group {
  readonly #target: number;
  /** Once it is empty its number may be given to others. */
  #empty = false;

  constructor(leader: number) {
    this.#target = GROUPS ? -leader : leader;
  }

  /** Whether anybody in it runs, the dead that nobody buries not counted. @param leads - whether its leader runs */
  isAlive(leads: boolean): boolean {
    if (leads) return true;
    this.#empty ||= !send(this.#target, 0) || (hasTable && !hasMembers(-this.#target));
    return !this.#empty;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#empty) send(this.#target, signal);
  }

  /** One that is stopped hears nothing until it goes on. */
  ask(): void {
    this.signal('SIGTERM');
    if (GROUPS) this.signal('SIGCONT');
  }
}

/** @returns whether there is somebody to hear it */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
