// Where something was made: the user's file and line, and which of Node's own modules stand between, read from a stack trace.
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Where our own code lies: compiled, and as source maps name it. */
const FRAMEWORK = ['dist', 'src'].map((folder) => join(PACKAGE, folder) + sep);
/** Node's own way to a socket or a child process is long; ten frames would not reach the user's line. */
const FRAMES = 40;

/** A moment in the code; its text is only made when somebody reads `stack`. */
export function trace(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const here = new Error('made here');
  Error.stackTraceLimit = stackTraceLimit;
  return here;
}

/** The first frame that is neither ours, nor Node's, nor a package's. Undefined when there is none: then it is not the user's. */
export function userPlace(stack: string): string | undefined {
  const place = framesOf(stack).find((frame) => !frame.startsWith('node:') && !isOurs(frame));
  return place?.includes('node_modules') ? undefined : place;
}

/** Node's modules between whoever called Node and the thing made: empty when it was made without a detour. */
export function makersOf(stack: string): readonly string[] {
  const frames = framesOf(stack);
  const made = frames.slice(frames.findIndex((frame) => !isOurs(frame)));
  const end = made.findIndex((frame) => !frame.startsWith('node:'));
  const makers = made.slice(0, end < 0 ? undefined : end).map((frame) => frame.replace(/:\d+:\d+$/, ''));
  return makers.filter((maker) => maker !== 'node:internal/async_hooks');
}

/** Whether it was the framework that called Node. */
export function isMadeByUs(stack: string): boolean {
  const frames = framesOf(stack);
  const caller = frames.slice(frames.findIndex((frame) => !isOurs(frame))).find((frame) => !frame.startsWith('node:'));
  return caller !== undefined && isOurs(caller);
}

function framesOf(stack: string): string[] {
  return stack.split('\n').flatMap((line) => {
    const frame = /(?:\(|at (?:async )?)(?:file:\/\/)?([^()\s][^()]*:\d+:\d+)\)?$/.exec(line.trim())?.[1];
    return frame === undefined ? [] : [frame];
  });
}

function isOurs(frame: string): boolean {
  return FRAMEWORK.some((folder) => frame.startsWith(folder));
}
