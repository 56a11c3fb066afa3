// Ack: what a client's acknowledgement gets, for a returned value and for an error.
import type { Socket } from 'socket.io';
import { Outcome } from '../kernel/outcome.js';
import { makeProblem, type Problem, problemOf } from '../kernel/problem.js';

/** Answers the client. Only the first answer counts. */
export type Ack = (...answer: readonly unknown[]) => void;

/** How a rejection reaches a client. */
export interface Rejection {
  readonly error: Problem;
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

/** The answer to one event: to the acknowledgement, if the client asked for one. */
export class Reply {
  readonly #ack: Ack | undefined;

  constructor(
    readonly event: unknown,
    readonly socket: Pick<Socket, 'emit' | 'id'>,
    ack: Ack | undefined,
  ) {
    this.#ack = ack;
  }

  /** @throws when JSON cannot hold the value; nothing has been sent then */
  send(value: unknown): void {
    if (value === undefined) this.#ack?.();
    else this.#ack?.(value);
  }

  /** Tells the client what it may see of an error; as an `exception` event when it asked for no acknowledgement. */
  reject(error: Error): void {
    try {
      this.#sendRejection({ error: problemOf(error) });
    } catch {
      // The problem itself holds what JSON cannot.
      this.#sendRejection({ error: makeProblem(500) });
    }
  }

  #sendRejection(rejection: Rejection): void {
    if (this.#ack) this.#ack(rejection);
    else this.socket.emit('exception', { event: this.event, ...rejection });
  }
}
