// Ack: what a client's acknowledgement gets, for a returned value and for an error.
import type { Socket } from 'socket.io';
import { Outcome } from '../kernel/outcome.js';
import { makeProblem, type Problem, problemOf } from '../kernel/problem.js';
import { retryInOf } from './errors.js';

/** Answers the client. Only the first answer counts. */
export type Ack = (...answer: readonly unknown[]) => void;

/** How a rejection reaches a client. */
export interface Rejection {
  readonly error: Problem;
  /** Milliseconds after which trying again may help. */
  readonly retryIn?: number;
}

/** What a client sent: an event, its values, and the acknowledgement that it asked for, if it did. */
export interface Packet {
  readonly event: unknown;
  readonly args: readonly unknown[];
  readonly ack: Ack | undefined;
}

/** Takes a packet of socket.io apart. Only socket.io puts functions into it: a client cannot send one. */
export function unpack(sent: readonly unknown[]): Packet {
  const last = sent.at(-1);
  if (typeof last === 'function') return { event: sent[0], args: sent.slice(1, -1), ack: last as Ack };
  return { event: sent[0], args: sent.slice(1), ack: undefined };
}

/**
 * What a returned value means: an `Outcome` is its value, everything else is itself.
 *
 * @throws ProblemError when the outcome is a failure
 */
export function resultOf(returned: unknown): unknown {
  return Outcome.is(returned) ? returned.unwrap() : returned;
}

/** The longest name of an event that is repeated to its client. */
const LONGEST_EVENT = 256;

/** The answer to one event: to the acknowledgement, if the client asked for one. Only the first answer counts. */
export class Reply {
  readonly #ack: Ack | undefined;
  #given = false;

  constructor(
    readonly event: unknown,
    readonly socket: Pick<Socket, 'emit' | 'id'>,
    ack: Ack | undefined,
  ) {
    this.#ack = ack;
  }

  /** Whether somebody waits for it. */
  get awaited(): boolean {
    return this.#ack !== undefined && !this.#given;
  }

  /** @throws when JSON cannot hold the value; nothing has been sent then */
  send(value: unknown): void {
    if (this.#given) return;
    if (value === undefined) this.#ack?.();
    else this.#ack?.(value);
    this.#given = true;
  }

  /** Tells the client what it may see of an error; as an `exception` event when it asked for no acknowledgement. */
  reject(error: Error): void {
    if (this.#given) return;
    this.#given = true;
    try {
      this.#sendRejection(rejectionOf(error));
    } catch {
      // The problem itself holds what JSON cannot.
      this.#sendRejection({ error: makeProblem(500) });
    }
  }

  #sendRejection(rejection: Rejection): void {
    if (this.#ack) this.#ack(rejection);
    else this.socket.emit('exception', { event: nameFor(this.event), ...rejection });
  }
}

function rejectionOf(error: Error): Rejection {
  const retryIn = retryInOf(error);
  return { error: problemOf(error), ...(retryIn === undefined ? {} : { retryIn }) };
}

/** The name as the client knows it, unless it is one that only serves to be sent back. */
function nameFor(event: unknown): unknown {
  return typeof event === 'string' && event.length > LONGEST_EVENT ? event.slice(0, LONGEST_EVENT) : event;
}
