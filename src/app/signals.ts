// Signals: the one handler in this process that stops all applications and exits after the last.

import type { Release } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { errorOf } from '../kernel/errors.js';

/** Exit codes of a process whose applications handle signals. */
export const EXIT = { clean: 0, startFailed: 1, forced: 2, crashed: 3 } as const;

/** An application as the signal handler sees it. */
export interface Stoppable {
  readonly shutdownTimeout: number;
  /** Ends it; never rejects. */
  end(reason: EndReason): Promise<void>;
  /** Who is still stopping and what each has open. */
  blockers(): string;
}

/** Why an application is being ended. */
export type EndReason = { readonly signal: string } | { readonly crash: Error };

/** Milliseconds for the teardown after a crash. */
const CRASH_TIMEOUT = 5_000;
/** One Ctrl-C may come twice, from the terminal and from a package runner that passes it on: within so many milliseconds it is one. */
const ECHO = 250;
let interruptedAt = Number.NEGATIVE_INFINITY;
const applications = new Set<Stoppable>();
let ending: Promise<void> | undefined;

/** From now on signals and uncaught errors end this application too, until the release. */
export function handleSignals(application: Stoppable): Release {
  if (applications.size === 0) listen();
  applications.add(application);
  return () => {
    if (applications.delete(application) && applications.size === 0 && !ending) unlisten();
  };
}

/** Whether the process is about to exit. */
export function isEnding(): boolean {
  return ending !== undefined;
}

const onSignal = (signal: string) => {
  const now = performance.now();
  if (signal === 'SIGINT' && now - interruptedAt < ECHO) return;
  if (signal === 'SIGINT') interruptedAt = now;
  if (ending) return force(`A second ${signal} came`);
  ending = endAll({ signal }, EXIT.clean, Math.max(...[...applications].map((one) => one.shutdownTimeout)));
};

/** Ends all applications because of an error that cannot be lived with, and then the process. */
export function endByCrash(error: Error): void {
  onCrash(error);
}

const onCrash = (thrown: unknown) => {
  const crash = errorOf(thrown);
  if (ending) {
    report(`Another error while stopping: ${crash.stack ?? crash.message}`);
    return;
  }
  ending = endAll({ crash }, EXIT.crashed, CRASH_TIMEOUT);
};

const ignore = () => {};

function listen(): void {
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  // Whoever read the output may have gone; a line that nobody reads is no reason to crash.
  for (const output of [process.stdout, process.stderr]) output.on('error', ignore);
}

function unlisten(): void {
  process.removeListener('SIGTERM', onSignal).removeListener('SIGINT', onSignal);
  process.removeListener('uncaughtException', onCrash).removeListener('unhandledRejection', onCrash);
  for (const output of [process.stdout, process.stderr]) output.removeListener('error', ignore);
}

async function endAll(reason: EndReason, code: number, ms: number): Promise<void> {
  const late = () => new Error(`The application did not stop within ${ms} ms`);
  const ended = [...applications];
  const all = Promise.all(ended.map((application) => application.end(reason)));
  const forced = code === EXIT.crashed ? EXIT.crashed : EXIT.forced;
  await new Deadline(ms).wait(all, late).then(
    () =>
      blockersOf(ended) === ''
        ? process.exit(code)
        : force('Stopped, but not everything ended within its own deadline', {
            code: forced,
            of: ended,
            what: 'Left behind',
          }),
    (error: Error) => force(error.message, { code: forced, of: ended }),
  );
}

function force(
  why: string,
  { code, of, what = 'Still stopping' }: { code: number; of: Iterable<Stoppable>; what?: string } = {
    code: EXIT.forced,
    of: applications,
  },
): void {
  report(`${why}; exiting now. ${what}:\n${blockersOf(of)}`);
  process.exit(code);
}

function blockersOf(stopped: Iterable<Stoppable>): string {
  const texts = [...stopped].map((one) => one.blockers());
  return texts.filter((text) => text !== '').join('\n');
}

function report(text: string): void {
  process.stderr.write(`${text}\n`);
}
