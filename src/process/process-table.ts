// The process table of the machine, as /proc shows it. Elsewhere nothing is known: no process is found, and none is taken for dead.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What the table says of one process. */
export interface TableEntry {
  readonly group: number;
  /** When it started, in ticks since the machine did: with the pid it names one process for good. */
  readonly start: string;
}

/** Ended, but its parent has not asked how. */
const ENDED = ['Z', 'X', 'x'];

/** Undefined when it has ended, or nothing is known. */
export function entryOf(pid: number): TableEntry | undefined {
  const stat = readable(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name in brackets may have anything in it, also brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = 'X', , group = '', start] = [fields[0], fields[1], fields[2], fields[19]];
  return start === undefined || ENDED.includes(state) ? undefined : { group: Number(group), start };
}

/** Whether the machine has such a table. */
export const hasTable = entryOf(process.pid) !== undefined;

/** All that run now. */
export function pids(): number[] {
  return (readable(() => readdirSync('/proc')) ?? []).map(Number).filter(Number.isInteger);
}

/** Whether a group has a member that has not ended. */
export function hasMembers(group: number): boolean {
  return pids().some((pid) => entryOf(pid)?.group === group);
}

/** One variable of the environment that a process was started with; undefined for those of other users. @param start - `NAME=` */
export function variableOf(pid: number, start: string): string | undefined {
  const text = readable(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
  return text
    ?.split('\0')
    .find((entry) => entry.startsWith(start))
    ?.slice(start.length);
}

/** Containers count their pids for themselves. */
export function pidNamespace(): string {
  return /\d+/.exec(readable(() => readlinkSync('/proc/self/ns/pid')) ?? '')?.[0] ?? '0';
}

/** What is gone when one looks at it is not there. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
