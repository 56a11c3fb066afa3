// RequestContext: what belongs to the HTTP request under way, for code that no parameter reaches.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'koa';
import { SpecterError } from '../kernel/errors.js';
import type { Token } from '../kernel/token.js';
import { exchangeOf } from './exchange.js';
import type { Session } from './guard.js';
import type { HttpSettings } from './options.js';
import { sessionOf } from './query.js';

/** Something of a request was asked for, where there is none. */
export class NoRequestError extends SpecterError {
  constructor(what: string) {
    super(
      'SPECTER_NO_REQUEST',
      `RequestContext.${what} was asked for outside of an HTTP request. Ask from what a route calls, or look at \`active\` before.`,
    );
  }
}

/** One request, and what was put beside it. */
interface Entered {
  readonly ctx: Context;
  readonly settings: HttpSettings;
  values?: Map<Token, unknown>;
}

/**
 * The HTTP request under way, in services that do not get it as an argument. An application in which nobody injects it does not
 * pay for it. It follows `await`, timers and event streams; sockets have none.
 *
 * @example
 * const TENANT = token<string>('tenant');
 *
 * @Service()
 * class Films {
 *   constructor(private readonly request: RequestContext) {}
 *   list() { return [`films of ${this.request.get(TENANT)}`, this.request.requestId]; }
 * }
 */
export class RequestContext {
  readonly #storage = new AsyncLocalStorage<Entered>();

  /** Whether there is a request. */
  get active(): boolean {
    return this.#storage.getStore() !== undefined;
  }

  /** The same as in the problem that the client gets, and in the log. @throws SPECTER_NO_REQUEST */
  get requestId(): string {
    return exchangeOf(this.#entered('requestId').ctx).requestId;
  }

  /** Aborted when the client goes or the application stops. @throws SPECTER_NO_REQUEST */
  get signal(): AbortSignal {
    return exchangeOf(this.#entered('signal').ctx).signal;
  }

  /** Who is calling, as `http.session` says; asked once for each request. @throws SPECTER_NO_REQUEST */
  session(): Promise<Session | undefined> {
    const { ctx, settings } = this.#entered('session()');
    return sessionOf(ctx, settings);
  }

  /** What was put beside the request; undefined when nothing was, or when there is no request. */
  get<T>(key: Token<T>): T | undefined {
    return this.#storage.getStore()?.values?.get(key) as T | undefined;
  }

  /** Puts something beside the request, until it has ended. @throws SPECTER_NO_REQUEST */
  set<T>(key: Token<T>, value: T): void {
    const entered = this.#entered('set()');
    entered.values ??= new Map();
    entered.values.set(key, value);
  }

  /** Does the work of one request; what it calls finds the request here. The HTTP door calls it. */
  run<T>(ctx: Context, settings: HttpSettings, work: () => T): T {
    return this.#storage.run({ ctx, settings }, work);
  }

  /** The application has ended: the host need not follow its requests any more. The application calls it. */
  close(): void {
    this.#storage.disable();
  }

  #entered(what: string): Entered {
    const entered = this.#storage.getStore();
    if (!entered) throw new NoRequestError(what);
    return entered;
  }
}
