// Entrance: koa, and what every request passes on its way to a route. The only file that loads koa.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Context, default as Koa } from 'koa';
import { ApplicationStateError } from '../app/errors.js';
import type { Events } from '../kernel/events.js';
import { andThen, isThenable } from '../kernel/thenable.js';
import { admit } from './admission.js';
import { keepKeys } from './cookie-keys.js';
import { Envelope } from './envelope.js';
import { HttpError, NotFound } from './errors.js';
import { bindExchange, type Exchange, exchangeOf } from './exchange.js';
import type { HostList } from './hosts.js';
import type { Load } from './load.js';
import { type MiddlewareFunction, surround } from './middleware.js';
import type { HttpSettings } from './options.js';
import { answerError } from './problem-response.js';
import { forwardWith, type Proxies } from './proxy.js';
import type { RequestContext } from './request-context.js';
import { send } from './send.js';
import type { Run } from './slot.js';

/** What stands behind the entrance. */
interface Behind {
  readonly settings: HttpSettings;
  readonly events: Events;
  /** Whose requests these are; undefined without `http.trustProxy`. */
  readonly proxies: Proxies | undefined;
  /** Undefined when every name of this server is welcome. */
  readonly hosts: HostList | undefined;
  /** Answers health checks, undefined for other requests. */
  readonly health: ((ctx: Context) => Promise<void> | undefined) | undefined;
  exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange;
  /** Says when a request may begin. */
  readonly load: Load;
  /** Finds the route. */
  readonly dispatch: Run;
}

export const HSTS = 'Strict-Transport-Security';
/** Browsers come back with TLS for a year. */
export const TLS_ONLY = 'max-age=31536000';

/** Koa and its middleware around the routes. */
export class Entrance {
  /** Middleware of the root module, around every route. */
  around: readonly MiddlewareFunction[] = [];
  /** Where each request is entered, once somebody asks for it. */
  context: RequestContext | undefined;
  readonly #behind: Behind;
  readonly #envelope: Envelope;
  /** Whether requests may come over TLS. */
  readonly #secured: boolean;
  #koa: Koa | undefined;
  #callback: RequestListener | undefined;

  constructor(behind: Behind) {
    this.#behind = behind;
    this.#envelope = new Envelope(behind.settings);
    this.#secured = mayBeSecured(behind);
  }

  /** The koa application, made on first need. */
  get koa(): Koa {
    this.#koa ??= this.#make();
    return this.#koa;
  }

  /** Takes no more middleware: from now on it would not be seen. */
  seal(): void {
    this.#callback ??= this.#compose();
  }

  /** Answers one request. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#callback ??= this.#compose();
    void this.#callback(request, response);
  }

  /** Answers with what a client may see of anything thrown. */
  fail(ctx: Context, thrown: unknown): void {
    answerError(ctx, thrown, { events: this.#behind.events, envelope: this.#envelope });
  }

  #make(): Koa {
    const KoaClass = createRequire(import.meta.url)('koa') as typeof Koa;
    const koa = new KoaClass();
    const respond = respondOf(koa);
    Object.assign(koa, {
      compose: (middleware: readonly MiddlewareFunction[]) => this.#enterWith(middleware),
      handleRequest: (ctx: Context, enter: Run) => this.#handle(ctx, enter, respond),
    });
    const { proxies } = this.#behind;
    const fail = (ctx: Context, thrown: unknown) => this.fail(ctx, thrown);
    koa.silent = true;
    keepKeys(koa, this.#behind.settings.cookieKeys);
    koa.context.onerror = function onerror(this: Context, thrown: unknown) {
      if (thrown !== null && thrown !== undefined) fail(this, thrown);
    };
    if (proxies) forwardWith(koa, proxies);
    return koa;
  }

  #compose(): RequestListener {
    const { koa } = this;
    const callback = koa.callback();
    koa.use = () => {
      throw new ApplicationStateError(
        'app.koa.use()',
        'the application has started, and koa does not see middleware added later; add it before start()',
      );
    };
    return callback as RequestListener;
  }

  /** Everything that a request goes through, as one function: what is not there costs nothing. */
  #enterWith(middleware: readonly MiddlewareFunction[]): Run {
    const { settings, hosts, health, load, dispatch } = this.#behind;
    const around = surround([...middleware, ...this.around], dispatch);
    const welcomed: Run = hosts ? (ctx) => around(hosts.welcome(ctx)) : around;
    const begin: Run = (ctx) => (this.context ? this.context.run(ctx, settings, () => welcomed(ctx)) : welcomed(ctx));
    const inside: Run = (ctx) => {
      const exchange = exchangeOf(ctx);
      return load.check(exchange.arrived) ? load.wait(exchange, () => begin(ctx)) : begin(ctx);
    };
    const answer: Run = health ? (ctx) => health(ctx) ?? inside(ctx) : inside;
    return (ctx) => this.#enter(ctx, answer);
  }

  /** In place of koa's own, which would follow each response with listeners of its own where its exchange has one. */
  #handle(ctx: Context, enter: Run, koa: Run): void {
    ctx.res.statusCode = 404;
    const fail = (thrown: unknown) => this.fail(ctx, thrown);
    try {
      const pending = enter(ctx);
      if (isThenable(pending)) void pending.then(() => send(ctx, { koa, fail })).then(undefined, fail);
      else send(ctx, { koa, fail });
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Waits only for what takes time: a plain answer is given in the turn in which it was asked for. */
  #enter(ctx: Context, answer: Run): unknown {
    const envelope = this.#envelope;
    bindExchange(ctx, this.#behind.exchangeOf(ctx.req, ctx.res));
    if (this.#secured && ctx.secure) ctx.res.setHeader(HSTS, TLS_ONLY);
    envelope.open(ctx);
    admit(ctx.req, this.#behind.settings);
    if (envelope.answersPreflight(ctx)) return undefined;
    return andThen(answer(ctx), () => {
      if (isEmptyError(ctx)) throw exchangeOf(ctx).unanswered ?? this.#emptyAnswer(ctx);
      return envelope.close(ctx);
    });
  }

  /** Nobody gave a body: a middleware went no further, or a handler of a router forgot `ctx.body`. */
  #emptyAnswer({ status, method, req, res }: Context): HttpError {
    const { service, route, requestId } = this.#behind.exchangeOf(req, res);
    if (status === 404) this.#behind.events.emit('http-unanswered', { service, method, route, requestId });
    return status === 404
      ? new NotFound(undefined, { code: 'SPECTER_NO_ROUTE' })
      : new HttpError(Math.min(status, 599));
  }
}

/** What koa does to send an answer, for one that has been found. */
function respondOf(koa: Koa): Run {
  const { handleRequest } = koa as unknown as { handleRequest(ctx: Context, answer: Run): unknown };
  return (ctx) => {
    const { statusCode } = ctx.res;
    return handleRequest.call(koa, ctx, async () => {
      ctx.res.statusCode = statusCode;
    });
  };
}

/** Whether requests may come over TLS, and nobody has said what browsers are to be told then. */
export function mayBeSecured({
  settings: { tls, securityHeaders },
  proxies,
}: Pick<Behind, 'settings' | 'proxies'>): boolean {
  const said =
    securityHeaders === false || Object.keys(securityHeaders).some((name) => name.toLowerCase() === HSTS.toLowerCase());
  return !said && (tls !== undefined || proxies !== undefined);
}

/** An error status that nobody has given a body. */
function isEmptyError(ctx: Context): boolean {
  return ctx.res.statusCode >= 400 && (ctx.body ?? null) === null && ctx.respond !== false && !ctx.headerSent;
}
