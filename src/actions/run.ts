// Run: one run of an action that several requests may wait for, one after the other, as their connections come and go.
import { ClientGoneError } from '../http/exchange.js';
import type { Clock, Release } from '../kernel/clock.js';
import { GoneError } from '../sockets/errors.js';
import type { ActionAnswer } from './answer.js';
import { follow } from './call-signal.js';
import type { Tell } from './jobs.js';

/** What is known of a run when it begins. */
interface Beginning {
  /** What its payload was, so that another one shows. */
  readonly print: string;
  readonly clock: Clock;
  /** Milliseconds for somebody to come back when nobody waits any more. */
  readonly patience: number;
}

/** Begins the action. */
export type Begin = (signal: AbortSignal, tell: Tell) => Promise<ActionAnswer>;

/** One run of an action. */
export class Run {
  readonly print: string;
  /** Never rejects: whatever happens is an answer. */
  readonly answer: Promise<ActionAnswer>;
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #abort = new AbortController();
  #tell: Tell | undefined;
  readonly #waiting = new Set<symbol>();
  #alone: Release | undefined;
  #ended = false;

  constructor({ print, clock, patience }: Beginning, begin: Begin) {
    this.print = print;
    this.#clock = clock;
    this.#patience = patience;
    const tell: Tell = (event, data) => this.#tell?.(event, data);
    this.answer = begin(this.#abort.signal, tell).finally(() => this.close());
  }

  /** Somebody waits for the answer, until one of the signals is aborted. */
  async waitFor(signals: readonly AbortSignal[], tell?: Tell): Promise<ActionAnswer> {
    this.#tell = tell ?? this.#tell;
    this.#alone?.();
    const waiter = Symbol('waiter');
    this.#waiting.add(waiter);
    const releases = signals.map((signal) => follow(signal, (reason) => this.#left(waiter, reason)));
    try {
      return await this.answer;
    } finally {
      for (const release of releases) release();
    }
  }

  /** Asks the action to end. */
  abort(reason: Error): void {
    this.#alone?.();
    this.#abort.abort(reason);
  }

  /** Waits for nobody to come back. */
  close(): void {
    this.#ended = true;
    this.#alone?.();
  }

  /** A client that has gone may come back; a door that closes, or a time that is over, is an end. */
  #left(waiter: symbol, reason: Error): void {
    this.#waiting.delete(waiter);
    if (this.#waiting.size > 0 || this.#ended) return;
    this.#alone?.();
    if (!(reason instanceof ClientGoneError || reason instanceof GoneError)) return this.abort(reason);
    this.#alone = this.#clock.setTimeout(() => this.abort(reason), this.#patience);
  }
}
