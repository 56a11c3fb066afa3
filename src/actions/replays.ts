// Replays: a call that is sent again, as after a lost connection, is one run; whoever asks again gets its answer.
import { hash } from 'node:crypto';
import { type Clock, checkDuration } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import type { ActionAnswer } from './answer.js';
import { CallGivenUpError, CallIdError, CallIdReusedError } from './errors.js';
import type { Tell } from './jobs.js';
import { Kept } from './kept.js';
import { type Begin, Run } from './run.js';

/** How calls that are sent again find their answers. */
export interface ReplayOptions {
  /** Milliseconds for which an answer is kept. 0: calls that come again run again. @default 300,000 */
  readonly window?: number;
  /** The most answers that are kept; the oldest go first. @default 10,000 */
  readonly most?: number;
  /** Milliseconds for a client to come back before the signal of its call is aborted. @default 5,000 */
  readonly patience?: number;
}

/** The name that a client gave its call. */
export interface Named {
  readonly id: string;
  readonly action: string;
  /** The session of whoever calls, where callers are known. */
  readonly caller: string | undefined;
}

/** One call that has a name. */
export interface NamedCall extends Named {
  readonly payload: unknown;
  /** Aborted when the client has gone, or the door is about to close. */
  readonly signals: readonly AbortSignal[];
  /** To the socket that waits. */
  readonly tell?: Tell | undefined;
}

/** What is kept of a run that has ended. */
interface Given extends ActionAnswer {
  /** What its payload was, so that another one shows. */
  readonly print: string;
}

/** For how long a call that was given up may still be on its way through the guards. */
const ARRIVING = 60_000;

/** The calls that have a name: those that run, and the answers of those that have run. */
export class Replays {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #running = new Map<string, Run>();
  readonly #given: Kept<Given>;
  /** Given up before they ran. */
  readonly #unwanted: Kept<{ readonly text: string }>;

  constructor(clock: Clock, { window = 300_000, most = 10_000, patience = 5_000 }: ReplayOptions = {}) {
    checkDuration('the option actions.window', window);
    checkDuration('the option actions.patience', patience);
    if (!(most >= 0)) throw new InvalidArgumentError('the option actions.most', 'a number of at least 0', most);
    this.#clock = clock;
    this.#patience = patience;
    this.#given = new Kept(clock, { window, most });
    this.#unwanted = new Kept(clock, { window: ARRIVING, most });
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#given.size;
  }

  /**
   * The answer of a call: that of its run, which is begun when it is not there yet.
   *
   * @param begin - its signal is aborted when nobody has come back for the answer for a while; what it tells goes to whoever waits
   * @throws CallIdReusedError, CallGivenUpError
   */
  async answer(call: NamedCall, begin: Begin): Promise<ActionAnswer> {
    const key = keyOf(call);
    if (this.#unwanted.get(key)) throw new CallGivenUpError();
    const print = printOf(call.payload);
    const known = this.#given.get(key) ?? this.#running.get(key) ?? this.#begin(key, print, begin);
    if (known.print !== print) throw new CallIdReusedError();
    return known instanceof Run ? known.waitFor(call.signals, call.tell) : known;
  }

  /** Whether it has come before: its run is under way, or its answer is there. */
  knows(call: Named): boolean {
    const key = keyOf(call);
    return this.#running.has(key) || this.#given.get(key) !== undefined;
  }

  /** The caller does not want the answer any more, and says so. */
  giveUp(call: Named, reason: Error): void {
    const key = keyOf(call);
    const run = this.#running.get(key);
    if (run) run.abort(reason);
    else if (!this.#given.get(key)) this.#unwanted.add(key, { text: key });
  }

  /** Waits for nobody any more, and keeps nothing. */
  close(): void {
    for (const run of this.#running.values()) run.close();
    this.#given.clear();
    this.#unwanted.clear();
  }

  #begin(key: string, print: string, begin: Begin): Run {
    const run = new Run({ print, clock: this.#clock, patience: this.#patience }, begin);
    this.#running.set(key, run);
    void run.answer.then((answer) => {
      this.#running.delete(key);
      if (!answer.undone) this.#given.add(key, { ...answer, print });
    });
    return run;
  }
}

function keyOf({ action, id, caller }: Named): string {
  return `${action} ${id} ${caller ?? ''}`;
}

/** @throws CallIdError for what is no name of a call */
export function checkCallId(id: unknown): void {
  if (typeof id !== 'string' || !/^[\w-]{16,128}$/.test(id)) throw new CallIdError();
}

/** What tells payloads apart, without keeping them. Over sockets, `null` stands for none. */
export function printOf(payload: unknown): string {
  return hash('sha256', JSON.stringify(payload ?? null));
}
