// Exchange: one request and its response while they last.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';
import type { Context } from 'koa';
import { SpecterError } from '../kernel/errors.js';
import type { HttpError } from './errors.js';
import type { Session } from './guard.js';
import type { HostList } from './hosts.js';
import type { Proxies } from './proxy.js';

/** The client left before it had its response. Nobody is to blame and nothing is sent. */
export class ClientGoneError extends SpecterError {
  constructor() {
    super('SPECTER_CLIENT_GONE', 'The client left before it had its response. Stop working for it.');
  }
}

/** What the server that a request came to has for it. */
export interface Door {
  /** Whose word is taken about the client. */
  readonly proxies: Proxies | undefined;
  /** Hosts that a response may send the client to. */
  readonly redirects: HostList | undefined;
  readonly load: { busy: number; enter(now: number): void };
  readonly patience: { begin(exchange: Exchange): void; allow(exchange: Exchange, ms: number): void };
  /** Answers a request in place of what took too long. */
  expire(exchange: Exchange): void;
}

/** One request and its response while they last. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Monotonic milliseconds. */
  begun: number;
  /** When it came, and when it must have its answer, in real monotonic milliseconds. */
  arrived = 0;
  due = Number.POSITIVE_INFINITY;
  /** How long its answer may take, in milliseconds, as it was said. */
  limit = 0;
  /** Where it came in; undefined when somebody else on the same server answers, and not koa. */
  door: Door | undefined;
  /** As koa has it. */
  context: Context | undefined;
  /** Whether its response waits for a slow client. */
  sending = false;
  /** The controller that answers; `http` until one is found. */
  service = 'http';
  /** The path of its route, as `/films/:id`. */
  route: string | undefined;
  /** Why nobody answered, unless somebody further out does. */
  unanswered: HttpError | undefined;
  /** What was reported about it last. */
  failure: unknown;
  /** What is sent in place of koa's body, which it says in other words. */
  text: string | undefined;
  /** The query of its URL, once somebody has asked. */
  query: ParsedUrlQuery | undefined;
  /** Whose it is, to be told when it has ended. */
  owner: { left(exchange: Exchange): void } | undefined;
  /** Who is calling, once somebody has asked. */
  session: Promise<Session | undefined> | undefined;
  /** Whether its end has come. */
  over = false;
  /** Whether it was answered because its handler did not. */
  expired = false;
  /** Why the server itself ended the connection before the response was whole. */
  cut: string | undefined;
  #id: string | undefined;
  #busy = false;
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
    this.#id ??= this.door?.proxies?.requestId(this.request) ?? randomUUID();
    return this.#id;
  }

  /** Whether koa answers it. */
  get ours(): boolean {
    return this.door !== undefined;
  }

  /** Aborted when the client goes, the application stops or the time for an answer is over. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#ended !== undefined) this.#abort.abort(this.#ended);
    return this.#abort.signal;
  }

  /** Whether the client has not got everything. */
  get aborted(): boolean {
    return this.#gone;
  }

  /** Asks the work for it to end. */
  stop(reason: Error): void {
    this.#ended ??= reason;
    this.#abort?.abort(reason);
  }

  /** Drops a client that does not take its response. */
  drop(): void {
    this.#gone = true;
    this.cut ??= 'its client took nothing of it';
    this.request.socket.destroy();
  }

  /** Ends a response that cannot become whole: cutting the connection is the only way left to say so. */
  cutOff(why: string): void {
    if (!this.response.destroyed) this.cut ??= why;
    this.response.destroy();
  }

  /** Comes in through a door. */
  enter(door: Door): void {
    this.door = door;
    this.#busy = true;
    door.load.enter(this.arrived);
    door.patience.begin(this);
  }

  /** Is work no more: what goes on is a stream that may last for days. */
  rest(): void {
    if (this.#busy && this.door) this.door.load.busy--;
    this.#busy = false;
  }

  /** The time for an answer is over. */
  expire(): void {
    this.due = Number.POSITIVE_INFINITY;
    this.expired = true;
    this.door?.expire(this);
  }

  /** The response has been sent, or nobody is there to get it. */
  end(): void {
    this.over = true;
    this.rest();
    // Node says of a response that was handed over whole that it is finished, even when its connection broke.
    this.#gone ||= !this.response.writableFinished || this.request.socket.destroyed;
    if (this.#gone) this.stop(new ClientGoneError());
    this.owner?.left(this);
  }
}

const EXCHANGE = Symbol('exchange');

/** Makes an exchange that of a koa context. */
export function bindExchange(ctx: Context, exchange: Exchange): void {
  ctx[EXCHANGE] = exchange;
  exchange.context = ctx;
}

/** The exchange that a koa context belongs to. */
export function exchangeOf(ctx: Context): Exchange {
  return ctx[EXCHANGE] as Exchange;
}

/** A request, for a report: `GET /slow (SlowController)`. */
export function inWords({ request, route = 'an unknown path', service }: Exchange): string {
  return `${request.method} ${route} (${service})`;
}
