// Applications under test that nobody has stopped: told once, when the process ends or another test file begins.
import { relative } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { Release } from '../kernel/clock.js';

/** A running application, and the test file it belongs to. */
interface Running {
  readonly file: string;
  readonly line: string;
}

interface Host {
  readonly process: NodeJS.Process;
  [RUNNING]?: { readonly entries: Set<Running>; readonly atExit: () => void };
}

const RUNNING = Symbol.for('specter-runtime.running');
/** The process itself: test runners give each file a `process` and globals of its own, which see no exit and no other file. */
const host: Host = runInThisContext('globalThis');
const TEST_FILE = /\.(test|spec)\.[^.]+$/;

/**
 * Remembers an application until it has stopped.
 *
 * @param place - where it was started: file, line and column
 * @returns forgets it
 */
export function remember(place: string | undefined): Release {
  const [, file = '', line = ''] = /^(.*):(\d+):\d+$/.exec(place ?? '') ?? [];
  // Of the same file it may still be in use: two side by side, or one for all tests.
  tell(all().filter((other) => TEST_FILE.test(other.file) && TEST_FILE.test(file) && other.file !== file));
  const entry = { file, line };
  if (host[RUNNING]) host[RUNNING].entries.add(entry);
  else {
    const atExit = () => tell(all());
    host[RUNNING] = { entries: new Set([entry]), atExit };
    host.process.on('exit', atExit);
  }
  return () => forget(entry);
}

const all = (): readonly Running[] => [...(host[RUNNING]?.entries ?? [])];

function forget(entry: Running): void {
  const running = host[RUNNING];
  if (!running?.entries.delete(entry) || running.entries.size > 0) return;
  host.process.removeListener('exit', running.atExit);
  delete host[RUNNING];
}

function tell(forgotten: readonly Running[]): void {
  for (const entry of forgotten) {
    const at = entry.file === '' ? '' : ` started at ${relative(process.cwd(), entry.file)}:${entry.line}`;
    host.process.stderr.write(`The application${at} was never stopped. Add afterEach(() => app?.stop()).\n`);
    forget(entry);
  }
}
