// Readings: how many of what a process has open at one moment, as the host counts it. Compared before and after.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** How many there are, by what they are. */
export type Counts = ReadonlyMap<string, number>;

/** What can be read on Linux alone. */
export const LINUX = process.platform === 'linux';

/** libuv's handles that are somebody's: its timer is all timers in one, the others turn the loop. */
const LOOP = ['loop', 'timer', 'check', 'prepare', 'idle'];
/** libuv opens it at the first watcher of a file, and keeps it for the next. */
const KEPT = ['anon_inode:inotify'];

/** Node's own list: what keeps the process alive. What has been unref'd is not on it. */
export function resources(): Counts {
  return count(process.getActiveResourcesInfo().filter((resource) => !/Immediate|TickObject|Req/.test(resource)));
}

interface Report {
  readonly libuv: readonly { readonly type: string; readonly is_active: boolean; readonly is_referenced?: boolean }[];
}

/** All handles of libuv, those that have been unref'd as well. */
export function handles(): Counts {
  const { libuv } = process.report.getReport() as unknown as Report;
  const open = libuv.filter(({ type, is_active }) => is_active && !LOOP.includes(type));
  return count(open.map(({ type, is_referenced }) => (is_referenced ? type : `${type}, unref'd`)));
}

/** Open files by path; sockets and pipes by kind. */
export function files(): Counts {
  const targets = list('/proc/self/fd').flatMap((fd) => readable(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? []);
  const open = targets.filter((target) => !/^\/proc\/\d+\/fd$/.test(target) && !KEPT.includes(target));
  return count(open.map((target) => target.replace(/^(socket|pipe):\[\d+\]$/, '$1')));
}

export function threads(): Counts {
  return new Map([['thread', list('/proc/self/task').length]]);
}

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly text: string;
  readonly marked: boolean;
}

/**
 * Processes that descend from this one, or were started with the mark in their environment and lost their parent.
 *
 * @param mark - `NAME=value`
 */
export function processes(mark: string): Counts {
  const all = list('/proc').flatMap((pid) => readable(() => runningProcess(Number(pid), mark)) ?? []);
  const found = new Set([process.pid]);
  // A parent may stand behind its child: look again until nobody is added.
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { pid, parent, marked } of all) if (marked || found.has(parent)) found.add(pid);
  }
  return count(all.filter(({ pid }) => pid !== process.pid && found.has(pid)).map(({ pid, text }) => `${pid} ${text}`));
}

function runningProcess(pid: number, mark: string): Running | undefined {
  if (!Number.isInteger(pid)) return undefined;
  const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  if (state === 'Z' || state === 'X') return undefined;
  const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 100);
  return { pid, parent: Number(parent), text, marked: hasMark(pid, mark) };
}

/** The environment of a process of another user cannot be read. */
function hasMark(pid: number, mark: string): boolean {
  return readable(() => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) ?? false;
}

function list(folder: string): string[] {
  return readable(() => readdirSync(folder)) ?? [];
}

/** What is gone when one looks at it is not there. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function count(names: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** What there is more of than before. */
export function growth(before: Counts, after: Counts): { readonly name: string; readonly more: number }[] {
  return [...after].flatMap(([name, now]) => {
    const more = now - (before.get(name) ?? 0);
    return more > 0 ? [{ name, more }] : [];
  });
}
