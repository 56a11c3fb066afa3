// Replays: a call that is sent again, as after a lost connection, is one run; whoever asks again gets its answer.
import { hash } from 'node:crypto';
import { type Clock, checkDuration } from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { checkStructure, DEFAULT_LIMITS } from '../validation/limits.js';
import type { ActionAnswer } from './answer.js';
import { CallIdError, CallIdReusedError } from './errors.js';
import type { Tell } from './jobs.js';
import { type Begin, Run } from './run.js';

/** How calls that are sent again find their answers. */
export interface ReplayOptions {
  /** Milliseconds for which an answer is kept. 0: calls that come again run again. @default 60,000 */
  readonly window?: number;
  /** The most answers that are kept; the oldest go first. @default 10,000 */
  readonly most?: number;
  /** Milliseconds for a client to come back before the signal of its call is aborted. @default 5,000 */
  readonly patience?: number;
}

/** One call, by the name that its client gave it. */
export interface NamedCall {
  readonly id: string;
  readonly action: string;
  /** The session of whoever calls, where callers are known. */
  readonly caller: string | undefined;
  readonly payload: unknown;
  /** Aborted when the client has gone, or the door is about to close. */
  readonly signals: readonly AbortSignal[];
  /** To the socket that waits. */
  readonly tell?: Tell | undefined;
}

/** The most characters of all answers that are kept. */
const MOST_TEXT = 16 * 1024 * 1024;

/** The calls that have a name: those that run, and the answers of those that have run. */
export class Replays {
  readonly #clock: Clock;
  readonly #window: number;
  readonly #most: number;
  readonly #patience: number;
  readonly #running = new Map<string, Run>();
  /** In the order in which they were given. */
  readonly #given = new Map<string, { run: Run; answer: ActionAnswer; until: number }>();
  #text = 0;

  constructor(clock: Clock, { window = 60_000, most = 10_000, patience = 5_000 }: ReplayOptions = {}) {
    checkDuration('the option actions.window', window);
    checkDuration('the option actions.patience', patience);
    if (!(most >= 0)) throw new InvalidArgumentError('the option actions.most', 'a number of at least 0', most);
    this.#clock = clock;
    this.#window = window;
    this.#most = most;
    this.#patience = patience;
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#given.size;
  }

  /**
   * The answer of a call: that of its run, which is begun when it is not there yet.
   *
   * @param begin - its signal is aborted when nobody has come back for the answer for a while; what it tells goes to whoever waits
   * @throws CallIdError, CallIdReusedError
   */
  async answer(call: NamedCall, begin: Begin): Promise<ActionAnswer> {
    checkId(call.id);
    this.#forgetOld();
    const key = `${call.action} ${call.id} ${call.caller ?? ''}`;
    const print = printOf(call.payload);
    const kept = this.#given.get(key);
    const run = kept?.run ?? this.#running.get(key) ?? this.#begin(key, print, begin);
    if (run.print !== print) throw new CallIdReusedError();
    return kept ? kept.answer : run.waitFor(call.signals, call.tell);
  }

  /** The caller does not want the answer any more, and says so. */
  giveUp({ id, action, caller }: Pick<NamedCall, 'id' | 'action' | 'caller'>, reason: Error): void {
    this.#running.get(`${action} ${id} ${caller ?? ''}`)?.abort(reason);
  }

  /** Waits for nobody any more, and keeps nothing. */
  close(): void {
    for (const run of this.#running.values()) run.close();
    this.#given.clear();
    this.#text = 0;
  }

  #begin(key: string, print: string, begin: Begin): Run {
    const run = new Run({ print, clock: this.#clock, patience: this.#patience }, begin);
    this.#running.set(key, run);
    void run.answer.then((answer) => {
      this.#running.delete(key);
      this.#keep(key, run, answer);
    });
    return run;
  }

  #keep(key: string, run: Run, answer: ActionAnswer): void {
    if (this.#window === 0) return;
    this.#given.set(key, { run, answer, until: this.#clock.monotonic() + this.#window });
    this.#text += answer.text.length;
    this.#forgetOld();
  }

  /** Without a timer: what is kept too long is only in the way of what comes next. */
  #forgetOld(): void {
    const now = this.#clock.monotonic();
    for (const [key, { answer, until }] of this.#given) {
      if (until > now && this.#given.size <= this.#most && this.#text <= MOST_TEXT) return;
      this.#given.delete(key);
      this.#text -= answer.text.length;
    }
  }
}

function checkId(id: string): void {
  if (typeof id !== 'string' || !/^[\w-]{16,128}$/.test(id)) throw new CallIdError();
}

/** What tells payloads apart, without keeping them. Over sockets, `null` stands for none. */
export function printOf(payload: unknown): string {
  checkStructure(payload, DEFAULT_LIMITS, 'payload');
  return hash('sha256', JSON.stringify(payload ?? null));
}
