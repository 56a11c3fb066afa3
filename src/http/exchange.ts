// Exchange: one request and its response while they last.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';
import type { Context } from 'koa';
import { SpecterError } from '../kernel/errors.js';
import type { HttpError } from './errors.js';
import type { Session } from './guard.js';

/** The client left before it had its response. Nobody is to blame and nothing is sent. */
export class ClientGoneError extends SpecterError {
  constructor() {
    super('SPECTER_CLIENT_GONE', 'The client left before it had its response. Stop working for it.');
  }
}

/** One request and its response while they last. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Monotonic milliseconds. */
  begun: number;
  /** Whether koa answers it, and not somebody else on the same server. */
  ours = false;
  /** The controller that answers; `http` until one is found. */
  service = 'http';
  /** The path of its route, as `/films/:id`. */
  route: string | undefined;
  /** Why nobody answered, unless somebody further out does. */
  unanswered: HttpError | undefined;
  /** What was reported about it last. */
  failure: unknown;
  /** The query of its URL, once somebody has asked. */
  query: ParsedUrlQuery | undefined;
  /** Whose it is, to be told when it has ended. */
  owner: { left(exchange: Exchange): void } | undefined;
  /** Who is calling, once somebody has asked. */
  session: Promise<Session | undefined> | undefined;
  #id: string | undefined;
  #abort: AbortController | undefined;
  #ended: Error | undefined;
  #gone = false;

  constructor(request: IncomingMessage, response: ServerResponse, begun: number) {
    this.request = request;
    this.response = response;
    this.begun = begun;
  }

  /** Names the request in problems and in the log. */
  get requestId(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  /** Aborted when the client goes or the application stops. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#ended !== undefined) this.#abort.abort(this.#ended);
    return this.#abort.signal;
  }

  /** Whether the client left before it had everything. */
  get aborted(): boolean {
    return this.#gone;
  }

  /** Asks the work for it to end. */
  stop(reason: Error): void {
    this.#ended ??= reason;
    this.#abort?.abort(reason);
  }

  /** The response has been sent, or nobody is there to get it. */
  end(): void {
    this.#gone = !this.response.writableFinished;
    if (this.#gone) this.stop(new ClientGoneError());
    this.owner?.left(this);
  }
}

const EXCHANGE = Symbol('exchange');

/** Makes an exchange that of a koa context. */
export function bindExchange(ctx: Context, exchange: Exchange): void {
  ctx[EXCHANGE] = exchange;
}

/** The exchange that a koa context belongs to. */
export function exchangeOf(ctx: Context): Exchange {
  return ctx[EXCHANGE] as Exchange;
}
