// Intake: takes what a socket emits: not too much of it, hands it to the ingress, and answers in time.
import { type Release, systemClock } from '../kernel/clock.js';
import { errorOf } from '../kernel/errors.js';
import { Reply, unpack } from './ack.js';
import type { Connection } from './call.js';
import { SlowAnswerError, shortened } from './errors.js';
import type { SocketIngress } from './ingress.js';
import type { SocketSettings } from './options.js';
import { Overdue } from './overdue.js';
import type { Handled } from './round.js';
import { sending } from './sendable.js';

/** What cannot be sent, in errors. */
const ANSWER = 'What the handler returned';

/** Handles what clients send, and answers them. */
export class Intake {
  readonly #ingress: SocketIngress;
  readonly #settings: Pick<SocketSettings, 'ackTimeout'>;
  readonly #overdue = new Overdue();

  constructor(ingress: SocketIngress, settings: Pick<SocketSettings, 'ackTimeout'>) {
    this.#ingress = ingress;
    this.#settings = settings;
  }

  /** Handles what a client sent: its event, its values, and the acknowledgement if it asked for one. */
  receive(sent: readonly unknown[], from: Connection): void {
    const { event, args, ack } = unpack(sent);
    const reply = new Reply(event, from.socket, ack);
    if (!this.#passes(reply, from)) return;
    try {
      const handled = this.#ingress.handle(event, args, from);
      if (handled instanceof Promise) void this.#ingress.calls.run(() => this.#replyLater(reply, handled, from));
      else answer(reply, handled);
    } catch (thrown) {
      this.#refuse(reply, thrown);
    }
  }

  /** Whether the socket may emit one more event; when it may not, it is told. */
  passes(sent: readonly unknown[], from: Connection): boolean {
    const { event, ack } = unpack(sent);
    return this.#passes(new Reply(event, from.socket, ack), from);
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#overdue.close();
  }

  #passes(reply: Reply, from: Connection): boolean {
    const now = systemClock.monotonic();
    from.throttle ??= from.wire.throttleOf(from.namespace);
    try {
      const own = this.#ingress.ownLimit(from.namespace, reply.event, 'rate');
      from.throttle.pass(reply.event, own, now);
      return true;
    } catch (tooMuch) {
      this.#refuse(reply, tooMuch);
      if (from.throttle.spent) from.wire.drop('rate', 'told');
      return false;
    }
  }

  async #replyLater(reply: Reply, handling: Promise<Handled>, from: Connection): Promise<void> {
    const release = reply.awaited ? this.#limit(reply, from) : undefined;
    try {
      answer(reply, await handling);
    } catch (thrown) {
      this.#refuse(reply, thrown);
    } finally {
      release?.();
    }
  }

  /** The handler goes on, but its client is told not to wait. */
  #limit(reply: Reply, { namespace }: Connection): Release | undefined {
    const ms = this.#ingress.ownLimit(namespace, reply.event, 'timeout') ?? this.#settings.ackTimeout;
    if (ms === false) return undefined;
    return this.#overdue.add(ms, () => this.#refuse(reply, new SlowAnswerError(ms)));
  }

  /** Nobody was called. */
  #refuse(reply: Reply, thrown: unknown): void {
    const error = errorOf(thrown);
    this.#ingress.failures.tell('sockets', { socket: reply.socket.id, what: `event ${shortened(reply.event)}` }, error);
    reply.reject(error);
  }
}

function answer(reply: Reply, handled: Handled): void {
  const { value, failure } = handled;
  if (value === undefined && failure) return reply.reject(failure);
  // Nobody has asked what is returned for himself.
  if (!reply.awaited) return;
  try {
    sending(value, ANSWER, () => reply.send(value));
  } catch (thrown) {
    handled.refuse(errorOf(thrown));
    reply.reject(errorOf(thrown));
  }
}
