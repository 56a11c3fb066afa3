// Slot: the place of one controller in the table; its routes stay there when it stops, and answer 503 until it is back.
import type { Context } from 'koa';
import type { Scope } from '../kernel/scope.js';
import { Unavailable } from './errors.js';
import { type Exchange, exchangeOf } from './exchange.js';

/** Answers one route of a controller that runs. */
export type Run = (ctx: Context) => unknown;

/** The place of one controller. */
export class Slot<Runs> {
  readonly service: string;
  #runs: Runs | undefined;
  readonly #exchanges = new Set<Exchange>();
  /** Resolves when nothing is in flight any more; one for all who wait. */
  #quiet: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(service: string) {
    this.service = service;
  }

  /** Takes requests until `scope` closes: then it takes no more, asks those in flight to end, and is waited for. */
  open(runs: Runs, scope: Scope): void {
    this.#runs = runs;
    scope.hold({
      kind: 'resource',
      label: `routes of ${this.service}`,
      drain: () => this.#close(),
      quiesce: () => this.#close(),
      release: () => this.#cut(),
    });
  }

  /** Takes no more requests; those in flight go on. */
  shut(): void {
    this.#runs = undefined;
  }

  /** A request comes in. @returns what answers it. @throws Unavailable while the controller is not attached */
  enter(ctx: Context, route: string): Runs {
    const exchange = exchangeOf(ctx);
    exchange.service = this.service;
    exchange.route = route;
    const runs = this.#runs;
    if (!runs) throw awayError();
    // One whose client went while middleware held it back has ended already: nobody would tell of it again.
    if (exchange.over) return runs;
    exchange.owner = this;
    this.#exchanges.add(exchange);
    return runs;
  }

  /** A request has ended. */
  left(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size > 0) return;
    this.#quiet?.resolve();
    this.#quiet = undefined;
  }

  #close(): Promise<void> | undefined {
    this.shut();
    if (this.#exchanges.size === 0) return undefined;
    for (const exchange of this.#exchanges) exchange.stop(awayError());
    this.#quiet ??= withResolve();
    return this.#quiet.promise;
  }

  #cut(): void {
    this.shut();
    for (const exchange of this.#exchanges) exchange.cutOff(`${this.service} stops`);
  }
}

function withResolve(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function awayError(): Unavailable {
  return new Unavailable('This part of the application is not available at the moment; try again shortly.', {
    code: 'SPECTER_UNAVAILABLE',
    headers: { 'Retry-After': '1' },
  });
}
