// tailFile(): the lines that are appended to a file, whatever rotates it.
import { dirname, resolve } from 'node:path';
import type { Clock } from '../kernel/clock.js';
import { InvalidOptionError } from '../kernel/errors.js';
import { checkOptionKeys } from '../kernel/option-keys.js';
import { Bell, checkInterval, clockFor, type Source } from './source.js';
import { type FilePlace, TailedFile } from './tailed-file.js';

export interface TailFileOptions {
  /** Where to begin in a file that is there at the first opening; one that comes later is read from its start. @default 'end' */
  readonly from?: 'start' | 'end';
  /** Milliseconds between two looks at the file. @default 250 */
  readonly interval?: number;
  /** Bytes of a line; a longer one is cut, never within a character. @default 65,536 */
  readonly maxLine?: number;
  /** @default that of the instance under construction, or the system's */
  readonly clock?: Clock;
}

/**
 * The lines that are appended to a file. It may be absent, renamed and made anew, or cut to nothing and written again; opened again, it goes on
 * where it was. A line is told when its line break is there, or when its file is over.
 *
 * @param path - the file; from the working directory when it is relative
 * @throws SPECTER_INVALID_ARGUMENT for options that cannot be used
 * @example
 * const log = createWatcher('log', { stream: tailFile('/var/log/app.log') });
 * log.subscribe((line) => console.log(line));
 * await log.start();
 */
export function tailFile(path: string, options: TailFileOptions = {}): Source<string> {
  const where = `tailFile('${path}')`;
  checkOptionKeys(where, options, ['from', 'interval', 'maxLine', 'clock'] satisfies (keyof TailFileOptions)[]);
  const { from = 'end', interval = 250, maxLine = 65_536 } = options;
  checkInterval(`interval of ${where}`, interval);
  if (!(maxLine >= 1)) throw new InvalidOptionError(`maxLine of ${where}`, 'at least 1 byte', maxLine);
  if (!['start', 'end'].includes(from))
    throw new InvalidOptionError(`from of ${where}`, "either 'start' or 'end'", from);
  const tail = new Tail(resolve(path), { from, interval, maxLine, clock: clockFor(options.clock) });
  return (signal) => tail.follow(signal);
}

/** Follows one name through the files that have it. */
class Tail {
  readonly #path: string;
  readonly #options: Required<TailFileOptions>;
  #left: FilePlace | undefined;
  /** Whether the next file that is found was there before anybody looked. */
  #first = true;

  constructor(path: string, options: Required<TailFileOptions>) {
    this.#path = path;
    this.#options = options;
  }

  async *follow(signal: AbortSignal): AsyncGenerator<string, void> {
    const bell = new Bell();
    const { clock, interval } = this.#options;
    do {
      let over = true;
      while (over && !signal.aborted) over = yield* this.#through(await this.#open(), signal);
    } while (await bell.wait(clock, interval, signal));
  }

  async #open(): Promise<TailedFile | undefined> {
    const file = await this.#found();
    try {
      if (this.#left) await file?.resume(this.#left);
      else if (this.#first && this.#options.from === 'end') await file?.toEnd();
    } catch (thrown) {
      await file?.close();
      throw thrown;
    }
    this.#first = false;
    return file;
  }

  /** What has the name; before it, what had the name when it was left, and may hold lines that nobody has read. */
  async #found(): Promise<TailedFile | undefined> {
    const { maxLine } = this.#options;
    const file = await TailedFile.open(this.#path, maxLine);
    if (!this.#left || file?.is(this.#left)) return file;
    const old = await TailedFile.find(this.#left, dirname(this.#path), maxLine);
    if (old) await file?.close();
    return old ?? file;
  }

  /** All of one file, until another one has taken its name or nobody wants more. @returns whether it is over */
  async *#through(file: TailedFile | undefined, signal: AbortSignal): AsyncGenerator<string, boolean> {
    if (!file) return false;
    const bell = new Bell();
    const { clock, interval } = this.#options;
    let over = false;
    let told = false;
    try {
      do {
        // Asked before it is read to its end: whoever writes has left it when something stands in the other.
        over = await file.isSucceeded(this.#path);
        yield* file.lines(signal);
        if (over && !signal.aborted) yield* file.rest();
      } while (!over && (await bell.wait(clock, interval, signal)));
      told = over && !signal.aborted;
      return over;
    } finally {
      // Whoever leaves in the middle, as by a break or a throw, comes back for the rest.
      this.#left = told ? undefined : await file.place();
      await file.close();
    }
  }
}
