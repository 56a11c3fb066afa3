// @Progress: how a running action says how far it is, and Reporter, which does not tell its caller more often than is of use.
import { noteParameter, type ParameterTag } from '../app/tags.js';
import { Asked } from '../http/parameters.js';
import type { Clock, Release } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { JobProgress } from '../queue/backend.js';

/** Says how far an action is: 0 to 100, and a message for a person. It never throws: what is wrong with a report is told in the log. */
export type Report = (percent: number, message?: string) => void;

/**
 * A function, on a parameter of an `@Action` method, that tells the caller how far the action is. Over HTTP nobody hears it, unless the
 * action is deferred.
 *
 * @example
 * @Controller()
 * class CopyController {
 *   @Action({ type: String }) copy(file: string, @Progress() report: Report) {
 *     for (let percent = 0; percent < 100; percent += 10) report(percent, `copying ${file}`);
 *   }
 * }
 */
export function Progress(): ParameterTag {
  return noteParameter(new Asked('progress', '@Progress'));
}

/** Milliseconds between two tellings. */
const PAUSE = 100;

/** The longest message that is told whole. */
const LONGEST = 1_000;

/** Tells the first report at once, then at most ten in a second, and the last one always. */
export class Reporter {
  readonly #clock: Clock;
  readonly #tell: (progress: JobProgress) => void;
  #complain: ((error: Error) => void) | undefined;
  #held: JobProgress | undefined;
  #disarm: Release | undefined;
  #ended = false;

  /** @param complain - hears what is wrong with the first report that cannot be told */
  constructor(clock: Clock, tell: (progress: JobProgress) => void, complain: (error: Error) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#complain = complain;
  }

  readonly report: Report = (percent, message) => {
    const fault = faultOf(percent, message);
    if (fault) return this.#refuse(fault);
    if (this.#ended) return;
    this.#held = message === undefined ? { percent } : { percent, message: message.slice(0, LONGEST) };
    if (!this.#disarm) this.#next();
  };

  /** Tells what is still held back, and nothing more. */
  end(): void {
    this.#ended = true;
    this.#disarm?.();
    if (this.#held) this.#tell(this.#held);
    this.#held = undefined;
  }

  #next(): void {
    this.#disarm = undefined;
    if (!this.#held) return;
    const held = this.#held;
    this.#held = undefined;
    this.#disarm = this.#clock.setTimeout(() => this.#next(), PAUSE);
    this.#tell(held);
  }

  #refuse(fault: Error): void {
    this.#complain?.(fault);
    this.#complain = undefined;
  }
}

function faultOf(percent: unknown, message: unknown): Error | undefined {
  const where = 'the report of @Progress()';
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100))
    return new InvalidArgumentError(where, 'a number from 0 to 100', percent);
  if (message === undefined || typeof message === 'string') return undefined;
  return new InvalidArgumentError(where, 'a text as its message', message);
}
