// Readiness: waits until a process says, or answers, that it can be used.
import { makeAbort, whenAborted } from '../kernel/abort.js';
import type { Clock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import type { Child } from './child.js';
import { NotReadyError, ProcessExitError } from './errors.js';
import { LineSplitter } from './lines.js';
import type { Readiness } from './options.js';
import type { Output } from './output.js';

/** Milliseconds between two questions. */
const ASK_EVERY = 50;

/** What it is about. */
export interface Rising {
  readonly name: string;
  readonly child: Child;
  readonly outputs: readonly Output[];
  readonly maxLine: number;
  readonly startTimeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @throws SPECTER_NOT_READY when its time is over, SPECTER_PROCESS_EXIT when it ends before, or the signal's reason */
export async function untilReady(ready: Readiness, rising: Rising): Promise<void> {
  const over = makeAbort();
  const stopped = whenAborted(rising.signal);
  const attempt = new Attempt(ready, rising, over.signal);
  const ended = rising.child.exited.then((exit) => {
    throw new ProcessExitError(rising.name, exit, { when: ' before it was ready', lastWords: wordsOf(rising) });
  });
  ended.catch(() => {});
  try {
    const first = Promise.race([attempt.succeeded, ended, stopped.promise]);
    await new Deadline(rising.startTimeout).wait(first, () => attempt.late());
  } finally {
    stopped.release();
    over.abort(new Error('Nobody waits for it any more'));
  }
}

/** The last thing that was said, on stderr if on any. */
export function wordsOf({ outputs }: Pick<Rising, 'outputs'>): string {
  return outputs.map(({ lastWords }) => lastWords).findLast((words) => words !== '') ?? '';
}

/** One wait for one child. */
class Attempt {
  readonly succeeded: Promise<void>;
  readonly #ready: Readiness;
  readonly #rising: Rising;
  #trouble: unknown;

  constructor(ready: Readiness, rising: Rising, over: AbortSignal) {
    this.#ready = ready;
    this.#rising = rising;
    this.succeeded = ready instanceof RegExp ? this.#isSaid(ready, over) : this.#isAnswered(ready, over);
  }

  late(): Error {
    const { name, startTimeout } = this.#rising;
    const missing = this.#ready instanceof RegExp ? `no line matched ${this.#ready}` : 'it did not answer';
    return new NotReadyError(name, startTimeout, { missing, cause: this.#trouble });
  }

  #isSaid(ready: RegExp, over: AbortSignal): Promise<void> {
    // One with a memory would look at every other line.
    const pattern = new RegExp(ready.source, ready.flags.replace(/[gy]/g, ''));
    return new Promise((resolve) => {
      for (const output of this.#rising.outputs) {
        const lines = new LineSplitter(this.#rising.maxLine, (line) => void (pattern.test(line) && resolve()));
        const release = output.tap(lines);
        over.addEventListener('abort', release, { once: true });
      }
    });
  }

  /** Never rejects: what it throws is told when its time is over. */
  async #isAnswered(ask: (signal: AbortSignal) => unknown, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        if ((await ask(over)) !== false) return;
      } catch (thrown) {
        this.#trouble = thrown;
      }
      await this.#pause(over);
    }
  }

  /** Passes in real time too: a virtual clock that nobody turns must not hold up a real process. */
  #pause(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const disarm = this.#rising.clock.setDeadline(resolve, ASK_EVERY);
      over.addEventListener('abort', () => resolve(disarm()), { once: true });
    });
  }
}
