// Termination: ask, wait, kill the group, wait; then those who have left it, and what they keep open.
import { systemClock } from '../kernel/clock.js';
import { pause } from '../kernel/deadline.js';
import { StopTimeoutError } from '../kernel/errors.js';
import type { Child } from './child.js';
import { send } from './group.js';
import { carriersOf } from './mark.js';
import { entryOf } from './process-table.js';

/** How long it may take to end. All of it is real time: it guards against hanging. */
export interface Patience {
  /** Milliseconds after SIGTERM before SIGKILL. */
  readonly terminateTimeout: number;
  /** Milliseconds after SIGKILL before it is given up. */
  readonly killTimeout: number;
  /** When SIGKILL comes at the latest, because the owner's time is over then; it may become known on the way. */
  readonly killAt: () => number;
}

/** Those who have left the group, or were left by a killed run, get so much time after SIGTERM. */
const STRAY_TIME = 250;
/** Milliseconds for what is still in the pipes, once nobody is left to write. */
const READ_TIME = 1_000;
const FIRST_LOOK = 1;
const LOOK = 20;

/** Ends the group of a child. @throws SPECTER_STOP_TIMEOUT when it survives even SIGKILL */
export async function endGroup(name: string, child: Child, patience: Patience): Promise<void> {
  if (!child.isAlive) return;
  child.group.ask();
  const asked = systemClock.monotonic();
  const until = () => Math.min(asked + patience.terminateTimeout, patience.killAt());
  if (await isGone(() => !child.isAlive, until)) return;
  child.group.signal('SIGKILL');
  const end = systemClock.monotonic() + patience.killTimeout;
  if (await isGone(() => !child.isAlive, () => end)) return; // biome-ignore format: one question
  throw new StopTimeoutError(`Process "${name}" (pid ${child.pid})`, patience.killTimeout, {
    instead: `survived SIGKILL for ${patience.killTimeout} ms: it waits inside the operating system, as for a disk or a network share that does not answer.`,
  });
}

/** Ends who carries the mark of a child although its group has ended. @returns who that was */
export async function endStrays(child: Child, patience: Patience): Promise<readonly number[]> {
  const strays = carriersOf(child.mark);
  if (strays.length > 0) await endAll(strays, patience);
  return strays;
}

/** Asks processes by number, then kills them. */
export async function endAll(pids: readonly number[], { killTimeout }: Pick<Patience, 'killTimeout'>): Promise<void> {
  // A number that is used again in the meantime has another start.
  const found = pids.map((pid) => ({ pid, start: entryOf(pid)?.start }));
  const left = () => found.filter(({ pid, start }) => start !== undefined && entryOf(pid)?.start === start);
  for (const { pid } of left()) {
    send(pid, 'SIGTERM');
    send(pid, 'SIGCONT');
  }
  const asked = systemClock.monotonic();
  if (await isGone(() => left().length === 0, () => asked + STRAY_TIME)) return; // biome-ignore format: one question
  for (const { pid } of left()) send(pid, 'SIGKILL');
  await isGone(() => left().length === 0, () => asked + STRAY_TIME + killTimeout); // biome-ignore format: one question
}

/** Waits for what the pipes still have. Who keeps them open without being one of ours is not waited for. */
export async function readToEnd(child: Child, cut: () => void): Promise<void> {
  let isClosed = false;
  void child.closed.then(() => {
    isClosed = true;
  });
  const begun = systemClock.monotonic();
  if (await isGone(() => isClosed, () => begun + READ_TIME)) return; // biome-ignore format: one question
  cut();
  if (child.exit) await child.closed;
}

/** Looks often at first: most go at once. */
async function isGone(isOver: () => boolean, until: () => number): Promise<boolean> {
  for (let look = FIRST_LOOK; !isOver(); look = Math.min(2 * look, LOOK)) {
    if (systemClock.monotonic() >= until()) return false;
    await pause(look);
  }
  return true;
}
