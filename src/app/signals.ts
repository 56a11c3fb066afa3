// Signals: the one handler in this process that stops all applications and exits after the last.
import type { Release } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { errorOf, StartAbortedError } from '../kernel/errors.js';
import type { Environment } from '../kernel/home.js';
import { type Blame, blameFor } from './blame.js';
import { NOTHING_LEFT } from './reasons.js';

/** Exit codes of a process whose applications handle signals. */
export const EXIT = { clean: 0, startFailed: 1, forced: 2, crashed: 3 } as const;

/** An application as the signal handler sees it. */
export interface Stoppable {
  readonly shutdownTimeout: number;
  readonly environment: Pick<Environment, 'events' | 'within'>;
  /** Ends it; never rejects. */
  end(reason: EndReason): Promise<void>;
  /** Who is still stopping and what each has open. */
  blockers(): string;
}

/** Why an application is being ended. */
export type EndReason = { readonly why: string } | { readonly crash: Error; readonly blame?: Blame | undefined };

/** Milliseconds for the teardown after a crash. */
const CRASH_TIMEOUT = 5_000;
/** One Ctrl-C may come twice, from the terminal and from a package runner that passes it on: within so many milliseconds it is one. */
const ECHO = 250;
let interruptedAt = Number.NEGATIVE_INFINITY;
const applications = new Set<Stoppable>();
let ending: Promise<void> | undefined;
/** How the process ends once everything has stopped: an error on the way makes a clean end a crash. */
let exitCode: number = EXIT.clean;
let signals = 0;
/** Errors that have been told; more than so many help nobody. */
const told = new Set<string>();
const MANY = 20;

/**
 * From now on signals and uncaught errors end this application too, until the release.
 *
 * @throws SPECTER_START_ABORTED when the process is ending: nobody would stop what it starts
 */
export function handleSignals(application: Stoppable): Release {
  if (ending) throw new StartAbortedError('The application', 'the process is ending');
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
  signals += 1;
  // The first one after a crash asks for what is being done already.
  if (signals > 1) force(`A second ${signal} came`, applications);
  else end(`${signal} received`);
};

/** The process would end now, and nobody would have stopped what runs in it. */
const onIdle = () => end(NOTHING_LEFT);

function end(why: string): void {
  ending ??= endAll(() => ({ why }), Math.max(...[...applications].map((one) => one.shutdownTimeout)));
}

/** Ends all applications because of an error that cannot be lived with, and then the process. */
export function endByCrash(error: Error): void {
  crash(error, () => undefined);
}

const onCrash = (thrown: unknown) => crash(errorOf(thrown), ({ within }) => blameFor(within));

function crash(error: Error, blameOn: (at: Stoppable['environment']) => Blame | undefined): void {
  exitCode = EXIT.crashed;
  if (ending || !isHeard()) tell(ending ? 'Another error while stopping' : 'Crashed', error);
  else told.add(textOf(error));
  ending ??= endAll(({ environment }) => ({ crash: error, blame: blameOn(environment) }), CRASH_TIMEOUT);
}

/** A timer that throws each millisecond has one thing to say. */
function tell(what: string, error: Error): void {
  const text = textOf(error);
  if (told.has(text) || told.size >= MANY) return;
  told.add(text);
  report(`${what}: ${text}`);
}

function textOf(error: Error): string {
  return error.stack ?? error.message;
}

/** Somebody must be told, even where nothing is logged. */
function isHeard(): boolean {
  return [...applications].some(({ environment: { events } }) => events.has('app-crashed'));
}

const ignore = () => {};

function listen(): void {
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  process.on('beforeExit', onIdle);
  // Whoever read the output may have gone; a line that nobody reads is no reason to crash.
  for (const output of [process.stdout, process.stderr]) output.on('error', ignore);
}

function unlisten(): void {
  process.removeListener('SIGTERM', onSignal).removeListener('SIGINT', onSignal);
  process.removeListener('uncaughtException', onCrash).removeListener('unhandledRejection', onCrash);
  process.removeListener('beforeExit', onIdle);
  for (const output of [process.stdout, process.stderr]) output.removeListener('error', ignore);
}

async function endAll(reasonFor: (one: Stoppable) => EndReason, ms: number): Promise<void> {
  const late = () => new Error(`The application did not stop within ${ms} ms`);
  const ended = [...applications];
  const all = Promise.all(ended.map((application) => application.end(reasonFor(application))));
  await new Deadline(ms).wait(all, late).then(
    () => {
      // A clean end leaves the code to the program, which may have set process.exitCode.
      if (blockersOf(ended) === '') process.exit(exitCode || process.exitCode);
      force('Stopped, but not everything ended within its own deadline', ended, 'Left behind');
    },
    (error: Error) => force(error.message, ended),
  );
}

function force(why: string, of: Iterable<Stoppable>, what = 'Still stopping'): void {
  report(`${why}; exiting now. ${what}:\n${blockersOf(of)}`);
  process.exit(exitCode === EXIT.clean ? EXIT.forced : exitCode);
}

function blockersOf(stopped: Iterable<Stoppable>): string {
  const texts = [...stopped].map((one) => one.blockers());
  return texts.filter((text) => text !== '').join('\n');
}

function report(text: string): void {
  process.stderr.write(`${text}\n`);
}
